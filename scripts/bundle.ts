import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { licenceTexts } from './licences.ts';

/**
 * Bundles the command line and the library with all that they import, so that a run loads a handful of files and an
 * install brings nothing else along. `npm run bundle -- --sourcemap` adds maps for debugging; they are not shipped.
 */
const { metafile } = await build({
  entryPoints: ['src/cli/main.ts', 'src/index.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.17',
  sourcemap: process.argv.includes('--sourcemap'),
  legalComments: 'linked',
  define: { 'process.env.NODE_ENV': '"production"' },
  // Packages in CommonJS call `require`, which an ES module does not have.
  banner: {
    js: "import{createRequire as evictRequire}from'node:module';const require=evictRequire(import.meta.url);",
  },
  // It brings a binary along, which no bundle can hold.
  external: ['libsql'],
  alias: { '@inquirer/external-editor': './scripts/no-editor.ts' },
  metafile: true,
  logLevel: 'warning',
});
await writeFile('dist/THIRD-PARTY-LICENSES.txt', await licenceTexts(metafile));
