import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

/** A program of somebody else that tests run; `undefined` where it is not installed. */
export type Tool = {
  readonly path: string;
  readonly version: string;
};

/** What a program said, and how it ended. */
export type Said = { readonly code: number; readonly stdout: string; readonly stderr: string };

const run = promisify(execFile);

const text = z
  .string()
  .nullish()
  .transform((given) => given ?? '');

/** What the error of a program that failed has to tell; one that could not be started has no output. */
const outcome = z.looseObject({
  code: z.union([z.number(), z.string()]).optional(),
  stdout: text,
  stderr: text,
});

export function findTool(path: string, versionFlag = '--version'): Tool | undefined {
  try {
    const version = execFileSync(path, [versionFlag], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return { path, version: version.split('\n')[0] ?? '' };
  } catch (error) {
    // Some programs say their version and exit as if it were an error.
    const { stdout } = outcome.parse(error);
    return stdout === '' ? undefined : { path, version: stdout.split('\n')[0] ?? '' };
  }
}

type Call = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
};

/** Runs it to its end, for at most twenty seconds unless it may take longer. */
export async function runTool(
  { path }: Pick<Tool, 'path'>,
  { args, env, cwd, timeoutMs = 20_000 }: Call,
): Promise<Said> {
  try {
    return { code: 0, ...(await run(path, [...args], { env, cwd, encoding: 'utf8', timeout: timeoutMs })) };
  } catch (error) {
    const { code, stdout, stderr } = outcome.parse(error);
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}
