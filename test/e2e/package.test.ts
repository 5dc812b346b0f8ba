import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { DOCUMENTS } from '../../src/domain/documents.ts';
import { VERSION } from '../../src/cli/version.ts';
import { aCheckout, anInstalledPackage, type InstalledPackage } from './a-package.ts';
import { runTool } from './a-tool.ts';
import { aHome, evictionOf, onlyDocument } from './run.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };
const run = promisify(execFile);
const sandboxDocument = z.object({ config: z.string() });

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await anInstalledPackage();
}, 120_000);
afterAll(async () => {
  await installed[Symbol.asyncDispose]();
});

describe('an install', () => {
  it('brings nothing else along but what the journal needs, and does without where that cannot be had', async () => {
    const manifest: unknown = JSON.parse(await readFile(join(installed.directory, 'package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).toMatchObject({
      optionalDependencies: { libsql: expect.stringMatching(/^\d+\.\d+\.\d+$/u) },
    });
    expect(installed.neighbours.filter((name) => !name.startsWith('.'))).toEqual(['evict']);
    expect(existsSync(join(installed.directory, 'node_modules'))).toBe(false);
  });

  it('gives the shell a command', async () => {
    expect((await run(installed.bin, ['--version'], { env })).stdout).toBe(`${VERSION}\n`);
    expect((await run(installed.bin, ['--help'], { env })).stdout).toContain('evict <clientId>');
  });

  it('is not needed for npx', async () => {
    const place = await installed.place('npx');
    const words = ['exec', '--yes', `--package=${installed.tarball}`, '--', 'evict', '--version'];
    expect(await installed.npm(place, ...words)).toMatchObject({ code: 0, stdout: `${VERSION}\n` });
  });

  it('responds to a client of a sandbox that it started itself', async () => {
    await using home = await aHome(await realpath(installed.bin));
    const sandbox = home.start(['sandbox', '--json', '--directory', join(home.directory, 'drill')]);
    await sandbox.said('\n', 'stdout');
    const config = join(home.directory, 'drill', 'config.yaml');
    const ended = await home.run(['pump-17', '--config', config, '--dry-run', '--json']);
    expect({ code: ended.code, verdict: evictionOf(ended).verdict }).toEqual({ code: 0, verdict: 'planned' });
    sandbox.kill('SIGINT');
    expect(sandboxDocument.parse(onlyDocument(await sandbox.ended)).config).toBe(config);
  });

  it('says what the journal needs where it is missing', async () => {
    await using home = await aHome(await realpath(installed.bin));
    const ended = await home.run(['watch', '--region', 'us-east-1', '--json']);
    expect({ code: ended.code, document: onlyDocument(ended) }).toMatchObject({
      code: 2,
      document: { kind: 'error', message: expect.stringContaining('libsql') },
    });
  });

  it('does not fail in a checkout where there is nothing to build with', async () => {
    const checkout = await aCheckout(await installed.place('bare'));
    const { code, stderr } = await installed.npm(checkout, 'ci', '--omit=dev', '--foreground-scripts');
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('not built') });
    expect(await runTool({ path: join(checkout, 'bin', 'evict.js') }, { args: [], env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm run build'),
    });
  });
});

const ALWAYS = [
  'bin/evict.js',
  'dist/cli/main.js',
  'dist/index.js',
  'dist/types/index.d.ts',
  'dist/THIRD-PARTY-LICENSES.txt',
  'docs/sandbox.md',
  'policies/respond.json',
  'LICENSE',
  'README.md',
];
const EXPECTED = new RegExp(
  [
    /^bin\/evict\.js$/u,
    /^dist\/(?:cli\/)?[\w-]+\.js(?:\.LEGAL\.txt)?$/u,
    /^dist\/THIRD-PARTY-LICENSES\.txt$/u,
    /^dist\/types\/.+\.d\.ts$/u,
    /^dist\/schemas\/[\w-]+\.json$/u,
    /^(?:policies|docs)\/[\w-]+\.(?:json|yaml|md|svg|cast)$/u,
    /^src\/sandbox\/sandbox\.md$/u,
    /^(?:LICENSE|(?:README|CONTRIBUTING)\.md|package\.json)$/u,
  ]
    .map(({ source }) => source)
    .join('|'),
  'u',
);

describe('what is shipped', () => {
  it('is what runs, its types, policies, schemas, documentation and licences, and nothing else', async () => {
    const names = [...(await installed.files()).keys()];
    for (const name of [...ALWAYS, ...Object.keys(DOCUMENTS).map((schema) => `dist/schemas/${schema}.json`)])
      expect(names).toContain(name);
    expect(names.filter((name) => !EXPECTED.test(name))).toEqual([]);
  });

  it('is small', async () => {
    const sizes = [...(await installed.files()).values()];
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(4_000_000);
  });

  it('has the licence of every package that is bundled', async () => {
    const text = await readFile(join(installed.directory, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['@aws-sdk/client-iot', 'aedes', 'commander', 'mqtt', 'yaml', 'zod'])
      expect(text).toMatch(new RegExp(`^${name} \\d`, 'mu'));
    expect(text).toContain('Permission is hereby granted');
  });

  it('has no link in its documentation that leads nowhere', async () => {
    const pages = [...(await installed.files()).keys()].filter((name) => name.endsWith('.md'));
    for (const page of pages) {
      const text = await readFile(join(installed.directory, page), 'utf8');
      for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/gu))
        expect([page, link, existsSync(resolve(installed.directory, dirname(page), link))]).toEqual([
          page,
          link,
          true,
        ]);
    }
  });

  it.each([
    ['publint', ['run', '--strict']],
    ['attw', ['--profile', 'esm-only', '--no-color']],
  ])('pleases %s', async (tool, words) => {
    const args = [...words, installed.tarball];
    expect(await runTool({ path: join(MODULES, '.bin', tool) }, { args, env })).toMatchObject({ code: 0 });
  });
});

describe('the library', () => {
  it('is imported, with its types and schemas, by a project that has nothing else', async () => {
    const project = await aConsumer();
    expect(await installed.npm(project, 'install', '--ignore-scripts', installed.tarball)).toMatchObject({
      code: 0,
    });
    // As every project in TypeScript for Node has them.
    await mkdir(join(project, 'node_modules', '@types'));
    for (const name of ['@types/node', 'undici-types'])
      await symlink(await realpath(join(MODULES, name)), join(project, 'node_modules', name));
    const compiler = { path: join(MODULES, '.bin', 'tsc') };
    expect(await runTool(compiler, { args: ['-p', project], env })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const { stdout } = await run(process.execPath, [join(project, 'use.js')], { env });
    expect(JSON.parse(stdout)).toEqual({ kind: 'certificate', exit: 0, id: 'urn:evict:schemas:1:eviction' });
  });
});

/** A project in TypeScript, with every check that there is, those of declarations included. */
async function aConsumer(): Promise<string> {
  const project = await installed.place('consumer');
  const files = {
    'package.json': JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        target: 'es2022',
        module: 'nodenext',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
      },
      include: ['use.ts'],
    }),
    'use.ts': `
      import { EXIT_CODES, evictionDocument, principalOf, respond } from 'evict';
      import type { ActingPorts, EvictionDocument, EvictionRequest, Sighting } from 'evict';
      import schema from 'evict/schemas/eviction.json' with { type: 'json' };

      export const run = (request: EvictionRequest, ports: ActingPorts): Promise<EvictionDocument> =>
        respond(request, ports, new AbortController().signal);
      export const read = (text: string): EvictionDocument => evictionDocument.parse(JSON.parse(text));
      export const confirmed: Sighting['confirmed'] = 'yes';
      // @ts-expect-error a verdict is one of a few words
      export const wrong: EvictionDocument['verdict'] = 'perhaps';

      const { kind } = principalOf('${'a'.repeat(64)}');
      console.log(JSON.stringify({ kind, exit: EXIT_CODES.evicted, id: schema.$id }));
    `,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
  return project;
}
