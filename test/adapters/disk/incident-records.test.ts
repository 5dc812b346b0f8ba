import { createHash } from 'node:crypto';
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { IncidentDirectory } from '../../../src/adapters/disk/incident-records.ts';
import { readChain } from '../../../src/adapters/disk/hash-chain.ts';
import type { IncidentEntry } from '../../../src/domain/incident.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const INCIDENT = '20261122T140631Z-7f3a9c';

const opened: IncidentEntry = {
  kind: 'opened',
  version: 1,
  incident: INCIDENT,
  toolVersion: '0.0.0',
  user: 'alice',
  host: 'desk',
  request: {
    clientId: 'pump-17',
    actions: [],
    policies: [],
    method: 'takeover',
    keepSession: false,
    publishWill: false,
    identifyByKick: false,
    deadlineMs: 1,
    timeoutMs: 1,
    lookupTimeoutMs: 1,
    allowShared: false,
    allowOwn: false,
    requireProof: false,
    protect: [],
    responders: [],
  },
  dryRun: false,
  lifted: [],
  commands: {},
  startedAt: 0,
};
const warned = (message: string): IncidentEntry => ({ kind: 'warned', warning: { code: 'test', message } });

async function written(path: string, entries: readonly IncidentEntry[]) {
  const directory = new IncidentDirectory(path);
  await using store = await directory.create(INCIDENT);
  for (const entry of entries) await store.append(entry);
  return { directory, file: store.file };
}

describe('an incident record', () => {
  it('is a chain: each line has the hash of itself without its hash, and the hash of the line before', async () => {
    await using temporary = await temporaryDirectory();
    const { file } = await written(temporary.path, [opened, warned('one'), warned('two')]);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    let prev = '0'.repeat(64);
    for (const [seq, line] of lines.entries()) {
      const unhashed = line.replace(/,"hash":"[0-9a-f]{64}"\}$/u, '}');
      const hash = createHash('sha256').update(unhashed).digest('hex');
      expect(JSON.parse(line)).toMatchObject({ seq, prev, hash });
      expect(line).toMatch(/^\{"seq":\d+,"at":"[^"]+","kind":/u);
      prev = hash;
    }
  });

  it('is for its owner alone', async () => {
    await using temporary = await temporaryDirectory();
    const { file } = await written(join(temporary.path, 'state'), [opened]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(temporary.path, 'state', 'incidents'))).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['a changed entry', (text: string) => text.replace('one', 'eno'), 'entry 1 was changed'],
    ['a missing entry', (text: string) => text.split('\n').toSpliced(1, 1).join('\n'), 'entry 1 is missing'],
    ['swapped entries', (text: string) => swapped(text), 'entry 1 is missing or out of place'],
    ['a line that is no entry', (text: string) => `${text}{}\n`, 'line 4 is no entry'],
  ])('shows %s', async (_, tamper, problem) => {
    await using temporary = await temporaryDirectory();
    const { directory, file } = await written(temporary.path, [opened, warned('one'), warned('two')]);
    await writeFile(file, tamper(await readFile(file, 'utf8')));
    expect((await directory.read(INCIDENT)).problem).toContain(problem);
  });

  it('that was cut off in a line is read up to there, and goes on from there', async () => {
    await using temporary = await temporaryDirectory();
    const { directory, file } = await written(temporary.path, [opened, warned('one')]);
    await appendFile(file, '{"seq":2,"at":"2026');
    const reading = await directory.read(INCIDENT);
    expect(reading).toMatchObject({ torn: true, problem: undefined });
    {
      await using store = await directory.append(reading);
      await store.append(warned('after the cut'));
    }
    const chain = readChain(await readFile(file, 'utf8'));
    expect(chain).toMatchObject({ torn: false, problem: undefined });
    expect(chain.entries).toHaveLength(3);
  });

  it('notices that another process writes to it, and leaves it as it is', async () => {
    await using temporary = await temporaryDirectory();
    const directory = new IncidentDirectory(temporary.path);
    await using store = await directory.create(INCIDENT);
    await store.append(opened);
    await appendFile(store.file, 'something else\n');
    const before = await readFile(store.file, 'utf8');
    await expect(store.append(warned('one'))).rejects.toMatchObject({ code: 'record-unwritable' });
    expect(await readFile(store.file, 'utf8')).toBe(before);
  });

  it('is never begun twice under one name', async () => {
    await using temporary = await temporaryDirectory();
    const { directory } = await written(temporary.path, [opened]);
    await expect(directory.create(INCIDENT)).rejects.toMatchObject({ code: 'state-dir-unusable' });
  });

  it('is found by its ID or by its path, never by a path in disguise', async () => {
    await using temporary = await temporaryDirectory();
    const { directory, file } = await written(temporary.path, [opened]);
    expect((await directory.read(INCIDENT)).incident).toBe(INCIDENT);
    expect((await directory.read(file)).incident).toBe(INCIDENT);
    await expect(directory.read(`../incidents/${INCIDENT}`)).rejects.toMatchObject({
      code: 'no-such-incident',
    });
    await expect(directory.read('')).rejects.toMatchObject({ code: 'no-such-incident' });
  });

  it('is listed with its neighbours, and a file that is none is named', async () => {
    await using temporary = await temporaryDirectory();
    const { directory } = await written(temporary.path, [opened]);
    await writeFile(join(temporary.path, 'incidents', 'stray.jsonl'), 'no record\n');
    const { incidents, unreadable } = await directory.list();
    expect(incidents.map(({ incident }) => incident)).toEqual([INCIDENT]);
    expect(unreadable).toEqual(['stray.jsonl']);
  });

  it('cannot be kept below a file, which is said with the place', async () => {
    await using temporary = await temporaryDirectory();
    const place = join(temporary.path, 'a-file');
    await writeFile(place, '');
    await expect(new IncidentDirectory(place).create(INCIDENT)).rejects.toMatchObject({
      code: 'state-dir-unusable',
      message: expect.stringContaining(place),
    });
  });
});

function swapped(text: string): string {
  const [first, second, third] = text.split('\n');
  return [first, third, second, ''].join('\n');
}
