import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import * as z from 'zod';

const manifest = z.object({ name: z.string(), version: z.string(), license: z.string() });

/** What the packages in a bundle ask to go along with every copy: their licences and notices, each text once. */
export async function licenceTexts(metafile: Metafile): Promise<string> {
  const packages = new Map<string, string[]>();
  for (const directory of bundledPackages(metafile)) {
    const text = await textsOf(directory);
    packages.set(text, [...(packages.get(text) ?? []), await nameOf(directory)]);
  }
  return [...packages]
    .map(([text, names]) => `${names.join('\n')}\n\n${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** The directories of the packages of which something is left in the bundle. */
function bundledPackages({ outputs }: Metafile): readonly string[] {
  const directories = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(path) ?? []);
  return [...new Set(directories)].toSorted();
}

async function nameOf(directory: string): Promise<string> {
  const { name, version, license } = manifest.parse(
    JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')),
  );
  return `${name} ${version} (${license})`;
}

async function textsOf(directory: string): Promise<string> {
  const files = (await readdir(directory)).filter((file) => /^(?:licen[cs]e|notice)/iu.test(file)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
  return texts.map((text) => text.trim()).join('\n\n');
}
