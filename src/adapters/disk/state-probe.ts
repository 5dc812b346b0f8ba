import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StateProbe } from '../../domain/checkup-ports.ts';
import { EvictError, codeOf, messageOf } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';

/** More than a record of a usual response needs. */
const ROOM_BYTES = 64 * 1024;

/** Tries whether records could be kept below a state directory, where nothing is left behind. */
export function stateProbeAt(stateDirectory: string): StateProbe {
  const records = join(stateDirectory, 'incidents');
  return {
    async proveWritable() {
      try {
        await writeAndRemove(await nearestThatIs(records));
        return records;
      } catch (error) {
        throw new EvictError(
          'state-dir-unusable',
          `no record can be kept in "${printable(records)}": ${messageOf(error)}`,
          { hint: 'give a directory that can be written with --state-dir', cause: error },
        );
      }
    },
  };
}

/** A directory that is not there yet would be made in the nearest above it that is. */
async function nearestThatIs(directory: string): Promise<string> {
  try {
    await stat(directory);
    return directory;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(directory) === directory) throw error;
    return nearestThatIs(dirname(directory));
  }
}

/** A directory of its own, and a file in it that reaches the disk: a right alone does not tell that there is room. */
async function writeAndRemove(place: string): Promise<void> {
  const directory = await mkdtemp(join(place, '.evict-doctor-'));
  try {
    await using file = await open(join(directory, 'room'), 'wx', 0o600);
    await file.writeFile(Buffer.alloc(ROOM_BYTES));
    await file.sync();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
