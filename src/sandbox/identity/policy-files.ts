import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SandboxProblem } from '../problem.ts';
import { parsePolicyDocument, type PolicyDocument } from '../policy/document.ts';

/** The policies of this package that somebody in the sandbox works under. */
const FILES = {
  respond: 'respond.json',
  audit: 'dry-run-audit.json',
  watch: 'watch.json',
  certificate: 'respond-by-certificate.json',
} as const;

export type PolicyFile = { readonly text: string; readonly document: PolicyDocument };
export type PolicyFiles = Readonly<Record<keyof typeof FILES, PolicyFile>>;

/** Reads the policies that the responder's identities have. @param directory instead of this package's `policies/` */
export function readPolicyFiles(directory = packagedPolicies()): PolicyFiles {
  const read = (name: keyof typeof FILES): PolicyFile => {
    const path = join(directory, FILES[name]);
    const text = readText(path);
    const parsed = parsePolicyDocument(text);
    if ('problem' in parsed) {
      throw new SandboxProblem(`${path} is no policy that the sandbox can evaluate: ${parsed.problem}`);
    }
    return { text, document: parsed };
  };
  return {
    respond: read('respond'),
    audit: read('audit'),
    watch: read('watch'),
    certificate: read('certificate'),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SandboxProblem(`${path} cannot be read`, { cause: error });
  }
}

/** The bundle and the sources lie at different depths below the package. */
function packagedPolicies(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'policies', FILES.respond))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('the policies/ of this package are not where they should be');
    directory = parent;
  }
  return join(directory, 'policies');
}
