import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../temporary-directory.ts';

const system = promisify(execFile);

/** A disk of so many kB that can be filled. Loudly `undefined` where none can be mounted; under CI, that fails. */
export async function aSmallDisk(
  kilobytes: number,
  untried: string,
): Promise<({ readonly path: string } & AsyncDisposable) | undefined> {
  const directory = await temporaryDirectory();
  try {
    await system('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', directory.path]);
  } catch (error) {
    await directory[Symbol.asyncDispose]();
    if (process.env['CI'] === 'true') throw error; // a test that was not run must not look like one that passed
    process.stderr.write(`SKIPPED: no small disk can be mounted here: ${untried} was not tried\n`);
    return undefined;
  }
  return {
    path: directory.path,
    [Symbol.asyncDispose]: async () => {
      await system('umount', [directory.path]);
      await directory[Symbol.asyncDispose]();
    },
  };
}
