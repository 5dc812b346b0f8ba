import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Exports are a few folders deep (year, month, day, hour); a hostile tree is not followed for ever. */
const MOST_DEPTH = 16;

/** The files in a directory and below it, in the order of their names. Hidden ones and links are left out. */
export async function* filesUnder(directory: string, depth = 0): AsyncIterable<string> {
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.toSorted((one, two) => (one.name < two.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(directory, entry.name);
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && depth < MOST_DEPTH) yield* filesUnder(path, depth + 1);
  }
}
