import { readdir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';

/** Exports are a few folders deep (year, month, day, hour); a hostile tree is not followed for ever. */
const MOST_DEPTH = 16;

/** A file, or what cannot be looked into, and why. */
type Entry = { readonly path: string; readonly why?: unknown };

/** The files in a directory and below it, in the order of their names. Hidden ones and links are left out. */
export async function* entriesOf(directory: string, depth = 0): AsyncIterable<Entry> {
  for (const entry of await listed(directory)) {
    if ('why' in entry) yield entry;
    else if (entry.name.startsWith('.')) continue;
    else if (entry.isFile()) yield { path: join(directory, entry.name) };
    else if (entry.isDirectory() && depth < MOST_DEPTH)
      yield* entriesOf(join(directory, entry.name), depth + 1);
    else if (entry.isDirectory())
      yield {
        path: join(directory, entry.name),
        why: new Error(`it is more than ${MOST_DEPTH} directories deep`),
      };
  }
}

async function listed(directory: string): Promise<readonly (Dirent | Required<Entry>)[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.toSorted((one, two) => (one.name < two.name ? -1 : 1));
  } catch (error) {
    return [{ path: directory, why: error }];
  }
}
