import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { IncidentDirectory } from '../../src/adapters/disk/incident-records.ts';
import { incidentId } from '../../src/domain/incident.ts';
import { opened } from '../domain/an-incident.ts';
import { aShell, type Shell, type ShellName } from './a-shell.ts';
import { script } from './a-terminal.ts';
import { findTool } from './a-tool.ts';
import { describeWith } from './describe-with.ts';
import { aHome, type Home, onlyDocument } from './run.ts';

const BIN = fileURLToPath(new URL('../../bin/evict.js', import.meta.url));
const INCIDENT = incidentId(Date.UTC(2026, 10, 22, 14, 6, 31), '7f3a9c');
const SHELLS: readonly ShellName[] = ['bash', 'zsh', 'fish'];

let home: Home;
beforeAll(async () => {
  home = await aHome();
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

/** What a user would have: the script in a file, and an `evict` on the PATH, here one that a test writes. */
async function aCompletedShell(
  name: ShellName,
  evict = `exec '${process.execPath}' '${BIN}' "$@"`,
): Promise<Shell> {
  const ended = await home.run(['completion', name]);
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
  const directory = join(home.directory, name);
  const path = join(directory, 'bin');
  await mkdir(path, { recursive: true });
  await writeFile(join(directory, 'script'), ended.stdout);
  await writeFile(join(path, 'evict'), `#!/bin/sh\n${evict}\n`);
  await chmod(join(path, 'evict'), 0o755);
  return aShell(name, { directory, path, script: './script' });
}

describe.each(SHELLS)('the script for %s', (name) => {
  const shell = findTool(name);

  describeWith(
    `${name}, typed at`,
    [
      ['bsdutils', script],
      [name, shell],
    ],
    () => {
      let typing: Shell;
      const directory = () => join(home.directory, name);
      beforeAll(async () => {
        typing = await aCompletedShell(name);
        await writeFile(join(directory(), 're sponder $(touch executed).pem'), '');
        await writeFile(join(directory(), 'pump-17'), '');
        await mkdir(join(directory(), 'states'));
        await writeFile(join(directory(), 'stately.txt'), '');
        for (const state of ['.local/state/evict', 'states/one']) {
          const records = new IncidentDirectory(join(directory(), state));
          await using record = await records.create(INCIDENT);
          await record.append(opened({ incident: INCIDENT }));
        }
      });
      afterAll(async () => {
        await typing[Symbol.asyncDispose]();
      });

      it.each([
        ['a command', 'evict comp\t fi\t', ['completion', 'fish']],
        ['a command after an option with a value', 'evict --region undo sho\t', ['--region', 'undo', 'show']],
        ['an option of a command', 'evict undo --fo\t', ['undo', '--force']],
        ['an option of a response', 'evict pump-17 --req\t', ['pump-17', '--require-proof']],
        ['a choice', 'evict x --action rev\t', ['x', '--action', 'revoke']],
        ['a choice after =', 'evict x --method=ta\t', ['x', '--method=takeover']],
        ['a command to have explained', 'evict help dem\t', ['help', 'demo']],
        ['a file', 'evict x --cert re\t', ['x', '--cert', 're sponder $(touch executed).pem']],
        ['a directory, and no file', 'evict x --state-dir stat\t', ['x', '--state-dir', 'states']],
        ['a source', 'evict x --events jou\t', ['x', '--events', 'journal']],
        ['no source that an audit refuses', 'evict audit x --events li\t', ['audit', 'x', '--events', 'li']],
        ['no source where none is taken', 'evict watch --events jou\t', ['watch', '--events', 'jou']],
        ['a source that wants a name', 'evict x --events dyn\tpump', ['x', '--events', 'dynamodb:pump']],
        [
          'the name behind it with nothing',
          'evict x --events cloudwatch:gr\t',
          ['x', '--events', 'cloudwatch:gr'],
        ],
        ['a bucket', 'evict x --events s3\tb/p', ['x', '--events', 's3://b/p']],
        // fish offers the files that the word may name behind its colon, too.
        [
          'a bucket',
          `evict x --events s3:${name === 'fish' ? '//' : '\t'}b/p`,
          ['x', '--events', 's3://b/p'],
        ],
        ['a source after =', 'evict x --events=dyn\tpump', ['x', '--events=dynamodb:pump']],
        ['a file of events', 'evict x --events pum\t', ['x', '--events', 'pump-17']],
        ['a command after a source', 'evict --events dynamodb:t sho\t', ['--events', 'dynamodb:t', 'show']],
        ['an incident', 'evict undo 2026\t', ['undo', INCIDENT]],
        ['an incident to resume', 'evict resume 2026\t --y\t', ['resume', INCIDENT, '--yes']],
        [
          'an incident of another directory',
          'evict show --state-dir states/one 2026\t',
          ['show', '--state-dir', 'states/one', INCIDENT],
        ],
        [
          'no incident of a directory that is a trap',
          "evict show --state-dir '$(touch executed)' 2026\t",
          ['show', '--state-dir', '$(touch executed)', '2026'],
        ],
        ['no second operand', 'evict undo x 2026\t', ['undo', 'x', '2026']],
        ['no client ID', 'evict pump\t', ['pump']],
        ['no client ID after client', 'evict client un\t', ['client', 'un']],
        ['nothing after --', 'evict -- un\t', ['--', 'un']],
        ['no option of another command', 'evict incidents --fo\t', ['incidents', '--fo']],
        ['no text', 'evict x --reason pump\t', ['x', '--reason', 'pump']],
      ])('completes %s', async (_, line, words) => {
        const typed = await typing.type(line);
        // zsh takes the slash of a directory away again when the line ends there.
        expect(typed.map((word) => word.replace(/\/$/u, ''))).toEqual(words);
      });

      it('has executed nothing of what it found', async () => {
        expect(await readdir(directory())).not.toContain('executed');
      });
    },
  );

  describeWith(
    `${name}, with an evict that`,
    [
      ['bsdutils', script],
      [name, shell],
    ],
    () => {
      it('fails: nothing is completed, and nothing is said', async () => {
        await using typing = await aCompletedShell(name, 'echo SHOUT >&2; echo SHOUT; exit 2');
        expect(await typing.type('evict undo 2026\t')).toEqual(['undo', '2026']);
        expect(typing.screen()).not.toContain('SHOUT');
      });

      it('prints what is hostile: only an incident ID is believed, and nothing executed', async () => {
        const lines = [
          '{"incident":"2026$(touch executed)"}',
          '{"incident":"20261122T140631Z-7f3a9c;touch executed"}',
          String.raw`{"clientId":"\"incident\":\"20270101T000000Z-ffffff\""}`,
          '`touch executed`',
          `{"incident":"${INCIDENT}","clientId":"$(touch executed)"}`,
        ];
        await writeFile(join(home.directory, 'hostile'), `${lines.join('\n')}\n`);
        await using typing = await aCompletedShell(name, `cat '${join(home.directory, 'hostile')}'`);
        expect(await typing.type('evict undo 20\t')).toEqual(['undo', INCIDENT]);
        for (const typed of ['$(touch executed)', '`touch executed`', '";touch executed;"'])
          await typing.type(`evict undo '${typed}\t'`);
        expect(await readdir(join(home.directory, name))).not.toContain('executed');
      });
    },
  );
});

describe('evict completion', () => {
  it.each([[['tcsh']], [[]], [['BASH']]])('%j: exit 2, and the three that there are', async (words) => {
    const ended = await home.run(['completion', ...words]);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe('');
    for (const name of SHELLS) expect(ended.stderr).toContain(name);
    expect(onlyDocument(await home.run(['--json', 'x', 'y']))).toMatchObject({ kind: 'error' });
  });

  it('loads neither the SDK nor zod: a shell that starts waits for it', async () => {
    const coverage = join(home.directory, 'coverage');
    await home.run(['completion', 'bash'], { env: { NODE_V8_COVERAGE: coverage } });
    const [report = ''] = await readdir(coverage);
    const { result } = z
      .object({ result: z.array(z.object({ url: z.string() })) })
      .parse(JSON.parse(await readFile(join(coverage, report), 'utf8')));
    const loaded = result.map(({ url }) => url).filter((url) => url.includes('/dist/'));
    expect(loaded.length).toBeGreaterThan(1);
    const sizes = await Promise.all(loaded.map(async (url) => (await readFile(fileURLToPath(url))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120_000);
    const texts = await Promise.all(loaded.map((url) => readFile(fileURLToPath(url), 'utf8')));
    for (const text of texts) expect(text).not.toMatch(/ZodError|IoTClient/u);
  });
});
