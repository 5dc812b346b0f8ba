import { readFile, writeFile } from 'node:fs/promises';
import { GENERATED_IN, withGenerated } from './generated.ts';
import { ASSEMBLED_IN, assembled } from './web-assembly.ts';

/**
 * Puts the generated tables of the documentation in their places, and assembles what is written in WebAssembly:
 * `npm run generate`, after an action or a `.wat` file was changed.
 */
for (const file of GENERATED_IN) await writeFile(file, withGenerated(file, await readFile(file, 'utf8')));
await writeFile(ASSEMBLED_IN, await assembled());
