import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Makes the emitted types stand alone, as the bundles do: zod's own declarations go along, since nobody who installs the
 * package has zod. Runs after `tsc -p tsconfig.build.json`.
 */
const TYPES = 'dist/types';

for (const file of await declarationsIn(TYPES)) {
  const zod = relative(dirname(file), join(TYPES, 'zod/index.js'));
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace("from 'zod';", `from '${zod.startsWith('.') ? zod : `./${zod}`}';`));
}

const source = dirname(fileURLToPath(import.meta.resolve('zod')));
for (const part of ['index.d.ts', 'v4/classic', 'v4/core', 'v4/locales'])
  await cp(join(source, part), join(TYPES, 'zod', part), {
    recursive: true,
    filter: async (path) => path.endsWith('.d.ts') || (await stat(path)).isDirectory(),
  });

async function declarationsIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith('.d.ts')).map((name) => join(directory, name));
}
