import { readFile, writeFile } from 'node:fs/promises';
import { GENERATED_IN, withGenerated } from './generated.ts';

/** Puts the generated tables of the documentation in their places: `npm run generate`, after an action was changed. */
for (const file of GENERATED_IN) await writeFile(file, withGenerated(file, await readFile(file, 'utf8')));
