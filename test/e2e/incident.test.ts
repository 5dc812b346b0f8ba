import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord } from './a-record.ts';
import { aConnectedClient, setStatus } from './a-scene.ts';
import { aHome, evictionOf, type Home, onlyDocument } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const run = (...words: string[]) => home.run([...words, '--config', sandbox.config, '--json']);

/** A client that was just evicted, with its incident. */
async function anEvicted(clientId: string, ...more: string[]) {
  const client = await aConnectedClient(sandbox, { clientId });
  const ended = await run(clientId, '--events', client.events, '--yes', '--hold', '0', ...more);
  const { incident = '', record, verdict } = evictionOf(ended);
  if (verdict !== 'evicted') throw new Error(`${clientId} was not evicted: ${ended.stdout}`);
  await client.device[Symbol.asyncDispose]();
  return { client, incident, record: { file: record?.file ?? '', hash: record?.hash ?? '' } };
}

const undo = (incident: string, ...more: string[]) => run('undo', incident, ...more);
const listed = z.object({ at: z.string() });

describe('the record', () => {
  it('is chained line by line, with every act intended before it is done', async () => {
    const { client, incident, record } = await anEvicted('recorded', '--hold', '500ms', '--case', 'INC-1');
    const lines = await aCheckedRecord(record.file);
    expect(lines[0]).toMatchObject({ seq: 0, kind: 'opened', incident, toolVersion: expect.any(String) });
    expect(lines.at(-1)).toMatchObject({ kind: 'ended', verdict: 'evicted', hash: record.hash });
    const acts = lines.filter(({ kind }) => ['intended', 'done', 'failed'].includes(kind));
    expect(acts.map(({ kind, step }) => `${kind} ${String(step)}`)).toEqual([
      'intended deactivate',
      'done deactivate',
      'intended takeover',
      'done takeover',
    ]);
    const sighted = lines.find(({ kind }) => kind === 'sighted');
    const received: unknown = JSON.parse(await readFile(client.events, 'utf8'));
    expect(sighted).toMatchObject({
      sighting: { line: 1, event: received, sha256: expect.stringMatching(/^[0-9a-f]{64}$/u) },
    });
    const kinds = lines.map(({ kind }) => kind);
    expect(kinds.indexOf('watch-proved')).toBeLessThan(kinds.indexOf('intended'));
    expect(lines.find(({ kind }) => kind === 'planned')).toHaveProperty('planHash');
    expect(lines.find(({ kind }) => kind === 'identified')).toHaveProperty('clockSkewMs');
  });

  it('is for its owner alone, and holds no secret', async () => {
    const { record } = await anEvicted('private');
    expect((await stat(record.file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(record.file))).mode & 0o777).toBe(0o700);
    const text = await readFile(record.file, 'utf8');
    expect(text).not.toContain(sandbox.accessKey.secretAccessKey);
    expect(text).not.toContain('PRIVATE KEY');
  });

  it('lands below XDG_STATE_HOME where no directory is given', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'at-home' });
    const config = join(sandbox.directory, 'no-state.yaml');
    await writeFile(config, (await sandbox.file('config.yaml')).replace(/^state-dir:.*$/mu, ''));
    const words = ['at-home', '--events', client.events, '--yes', '--json', '--hold', '0'];
    const { incident = '', record } = evictionOf(await home.run([...words, '--config', config]));
    expect(record?.file).toBe(join(home.directory, 'xdg-state', 'evict', 'incidents', `${incident}.jsonl`));
    expect((await stat(dirname(record?.file ?? ''))).mode & 0o777).toBe(0o700);
  });
});

describe('show and incidents', () => {
  it('show the entries as they were written, by ID or by file, and that they verify', async () => {
    const { incident, record } = await anEvicted('shown');
    const lines = await aCheckedRecord(record.file);
    for (const name of [incident, record.file]) {
      const ended = await run('show', name, '--verify', '--hash', record.hash);
      expect(ended.code).toBe(0);
      expect(onlyDocument(ended)).toMatchObject({
        version: 1,
        kind: 'incident',
        entries: lines,
        verified: true,
      });
    }
    const { code, stdout } = await home.run(['show', incident, '--config', sandbox.config]);
    expect(code).toBe(0);
    expect(stdout).toContain('verified');
    expect(stdout).not.toContain('unfinished');
  });

  it('a missing tail shows against the hash kept elsewhere, and as unfinished', async () => {
    const { record } = await anEvicted('cut-short');
    const cut = join(home.directory, 'cut.jsonl');
    const lines = (await readFile(record.file, 'utf8')).trimEnd().split('\n');
    await writeFile(cut, `${lines.slice(0, -1).join('\n')}\n`);
    const against = await run('show', cut, '--verify', '--hash', record.hash);
    expect(against.code).toBe(1);
    expect(onlyDocument(against)).toMatchObject({ verified: false });
    const { stdout } = await home.run(['show', cut, '--config', sandbox.config]);
    expect(stdout).toContain('unfinished');
  });

  it('incidents --json has one line for each, oldest first', async () => {
    const { incident } = await anEvicted('listed', '--case', 'INC-2');
    const { code, stdout } = await run('incidents');
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({
      incident,
      clientId: 'listed',
      verdict: 'evicted',
      contained: 'yes',
      case: 'INC-2',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
    });
    const times = lines.map((line) => listed.parse(line).at);
    expect(times).toEqual(times.toSorted());
  });

  it('name an incident that is not there', async () => {
    const ended = await run('show', '20200101T000000Z-000000');
    expect(ended.code).toBe(2);
    expect(onlyDocument(ended)).toMatchObject({ kind: 'error', code: 'no-such-incident' });
    expect(ended.stderr).toContain('20200101T000000Z-000000');
  });
});

describe('a record that was tampered with', () => {
  let evicted: Awaited<ReturnType<typeof anEvicted>>;
  let lines: string[];
  beforeAll(async () => {
    evicted = await anEvicted('tampered');
    lines = (await readFile(evicted.record.file, 'utf8')).trimEnd().split('\n');
  });

  it.each([
    ['a changed word', () => lines.map((line) => line.replace('"ACTIVE"', '"INACTIVE"'))],
    ['a line that is missing', () => lines.toSpliced(3, 1)],
    ['two lines that changed places', () => [...lines.slice(0, -2), ...lines.slice(-2).toReversed()]],
    ['a line twice', () => [...lines, lines.at(-1) ?? '']],
    ['a line that is no JSON', () => lines.with(4, 'x')],
    ['a first line that is missing', () => lines.slice(1)],
  ])('does not verify, and is no basis for an undo: %s', async (_, tamper) => {
    const file = join(home.directory, 'tampered.jsonl');
    await writeFile(file, `${tamper().join('\n')}\n`);
    const shown = await run('show', file, '--verify');
    expect(shown.code).toBe(1);
    expect(onlyDocument(shown)).toMatchObject({ kind: 'incident', verified: false });
    const undone = await undo(file, '--yes');
    expect(undone.code).toBe(2);
    expect(onlyDocument(undone)).toMatchObject({ kind: 'error' });
    expect(await evicted.client.status()).toBe('INACTIVE');
  });
});

describe('undo', () => {
  it('previews, then takes back, and any further undo leaves it as it is', async () => {
    const { client, incident, record } = await anEvicted('undone');
    const before = await readFile(record.file, 'utf8');
    const preview = await undo(incident, '--dry-run');
    expect(preview.code).toBe(0);
    expect(evictionOf(preview)).toMatchObject({
      kind: 'undo',
      verdict: 'planned',
      dryRun: true,
      incident,
      steps: [{ status: 'planned', before: 'INACTIVE', after: 'ACTIVE' }],
    });
    expect(await client.status()).toBe('INACTIVE');
    expect(await readFile(record.file, 'utf8')).toBe(before);

    const done = await undo(incident, '--yes');
    expect(done.code).toBe(0);
    expect(evictionOf(done)).toMatchObject({
      kind: 'undo',
      verdict: 'restored',
      incident,
      steps: [{ status: 'done', before: 'INACTIVE', after: 'ACTIVE' }],
    });
    expect(await client.status()).toBe('ACTIVE');
    await aCheckedRecord(record.file);

    for (const _ of ['second', 'third', 'fourth']) {
      const again = await undo(incident, '--yes');
      expect(again.code).toBe(0);
      const { verdict, steps } = evictionOf(again);
      expect(verdict).toBe('restored');
      expect(steps.filter(({ status }) => status !== 'already')).toEqual([]);
      expect(await client.status()).toBe('ACTIVE');
    }
    const lines = await aCheckedRecord(record.file);
    expect(lines.at(-1)).toMatchObject({ kind: 'ended', verdict: 'restored' });
  });

  it('counts "already so" as done', async () => {
    const { client, incident } = await anEvicted('already');
    await setStatus(sandbox, client.identity.certificateId, 'ACTIVE');
    const ended = await undo(incident, '--yes');
    expect(ended.code).toBe(0);
    expect(evictionOf(ended)).toMatchObject({ verdict: 'restored', steps: [{ status: 'already' }] });
    expect(await client.status()).toBe('ACTIVE');
  });

  it.each([
    ['by itself', []],
    ['even with --force: it is final', ['--force']],
  ])('refuses a certificate that was revoked meanwhile, %s', async (_, force) => {
    const { client, incident } = await anEvicted('revoked');
    await setStatus(sandbox, client.identity.certificateId, 'REVOKED');
    const ended = await undo(incident, '--yes', ...force);
    expect(ended.code).toBe(7);
    const document = evictionOf(ended);
    expect(document).toMatchObject({ kind: 'undo', verdict: 'refused' });
    expect(document.blockers[0]?.message).toContain('REVOKED');
    expect(await client.status()).toBe('REVOKED');
  });

  it('refuses while another incident holds the same target, until that one is undone', async () => {
    const first = await anEvicted('held');
    const again = await run(
      'held',
      '--events',
      first.client.events,
      '--yes',
      '--hold',
      '0',
      '--timeout',
      '1s',
    );
    const second = evictionOf(again).incident ?? '';
    const refused = await undo(first.incident, '--yes');
    expect(refused.code).toBe(7);
    expect(evictionOf(refused).blockers).toMatchObject([
      { message: expect.stringContaining(second), lift: '--force' },
    ]);
    expect(await first.client.status()).toBe('INACTIVE');

    expect((await undo(second, '--yes')).code).toBe(0);
    expect(await first.client.status()).toBe('INACTIVE'); // it was so before the second, which changed nothing
    expect((await undo(first.incident, '--yes')).code).toBe(0);
    expect(await first.client.status()).toBe('ACTIVE');
  });

  it('needs --yes, and an incident', async () => {
    const { client, incident } = await anEvicted('kept');
    const unconfirmed = await undo(incident);
    expect(unconfirmed.code).toBe(2);
    expect(unconfirmed.stderr).toContain('--yes');
    expect((await undo('nonsense', '--yes')).code).toBe(2);
    expect((await home.run(['undo', '--yes'])).code).toBe(2);
    expect(await client.status()).toBe('INACTIVE');
  });

  it('works from a record that was moved elsewhere', async () => {
    const { client, record } = await anEvicted('moved');
    const file = join(home.directory, 'moved.jsonl');
    await copyFile(record.file, file);
    const ended = await undo(file, '--yes');
    expect(ended.code).toBe(0);
    expect(await client.status()).toBe('ACTIVE');
  });
});
