import { readFile } from 'node:fs/promises';
import wabt from 'wabt';

/** What is written as WebAssembly text, and the module that carries it as bytes. */
const TEXT = 'src/adapters/disk/line-hits.wat';
export const ASSEMBLED_IN = 'src/adapters/disk/line-hits.wasm.ts';

/** The text of that module. */
export async function assembled(): Promise<string> {
  const toolkit = await wabt();
  const module = toolkit.parseWat(TEXT, await readFile(TEXT, 'utf8'), { simd: true, mutable_globals: true });
  try {
    module.validate();
    const bytes = Buffer.from(module.toBinary({}).buffer).toString('base64');
    return `/** \`line-hits.wat\`, assembled (\`npm run generate\`), in base64. */\nexport const LINE_HITS =\n  '${bytes}';\n`;
  } finally {
    module.destroy();
  }
}
