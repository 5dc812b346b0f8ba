import { PassThrough } from 'node:stream';
import { spooled } from '../../../src/adapters/disk/spool.ts';
import { createHash } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { eventFile } from '../../../src/adapters/disk/event-source.ts';
import type { Search, SourceItem } from '../../../src/domain/source-ports.ts';
import { principalOf } from '../../../src/domain/principal.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const connected = (clientId: string) => ({
  clientId,
  timestamp: 1_702_566_391_861,
  eventType: 'connected',
  sessionIdentifier: '7e229bae',
  principalIdentifier: 'a'.repeat(64),
  versionNumber: 1,
});

async function itemsOf(contents: string | Buffer): Promise<SourceItem[]> {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'events');
  await writeFile(path, contents);
  return await allOf(path);
}

const FOR_CLIENT: Search = { for: 'client', clientId: 'pump-17' };

async function allOf(
  path: string,
  search = FOR_CLIENT,
  source = eventFile(path, { hashes: true }),
): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const item of source.read(search, AbortSignal.timeout(20_000))) items.push(item);
  return items;
}

const clientsIn = (items: readonly SourceItem[]) =>
  items.flatMap((item) => (item.kind === 'event' ? [item.found.event.clientId] : []));
const passedOver = (items: readonly SourceItem[]) =>
  items.flatMap((item) => (item.kind === 'passed-over' ? [[item.why, item.line]] : []));

describe('an event file', () => {
  it.each([
    ['one pretty-printed document', JSON.stringify(connected('a'), undefined, 4)],
    ['one compact document', JSON.stringify(connected('a'))],
    ['an array', JSON.stringify([connected('a')])],
    ['JSON lines', `${JSON.stringify(connected('a'))}\n`],
    ['JSON lines with Windows line ends', `${JSON.stringify(connected('a'))}\r\n`],
    ['a byte order mark', `\uFEFF${JSON.stringify(connected('a'))}`],
  ])('may be %s', async (_, contents) => {
    const items = await itemsOf(contents);
    expect(clientsIn(items)).toEqual(['a']);
    expect(passedOver(items)).toEqual([]);
  });

  it('may hold pretty-printed documents one after the other, as the samples of the article do', async () => {
    const names = [
      'connected-certificate',
      'connected-console',
      'disconnected-client-initiated',
      'disconnected-connection-lost',
    ];
    const samples = await Promise.all(names.map((name) => readFile(`test/samples/${name}.json`, 'utf8')));
    const items = await itemsOf(samples.join('\n'));
    expect(clientsIn(items)).toEqual([
      'test',
      'iotconsole-4b0d04fe-a776-472a-9121-f7fe39ab680f',
      'test',
      'test',
    ]);
    expect(passedOver(items)).toEqual([]);
  });

  it('tells the line of each event and the hash of the whole file, and keeps the event as received', async () => {
    const odd = { ...connected('b'), newerField: { nested: true } };
    const contents = `${JSON.stringify(connected('a'))}\n\n${JSON.stringify(odd)}\n`;
    const items = await itemsOf(contents);
    const found = items.flatMap((item) => (item.kind === 'event' ? [item.found] : []));
    expect(found.map(({ line }) => line)).toEqual([1, 3]);
    expect(found[1]?.raw).toEqual(odd);
    expect(items.at(-1)).toMatchObject({
      kind: 'digest',
      sha256: createHash('sha256').update(contents).digest('hex'),
    });
  });

  it('passes over and counts what is malformed or no presence event, with its line', async () => {
    const lines = [
      JSON.stringify(connected('a')),
      '{"clientId": "cut of',
      '{"some":"other"}',
      'plain text',
      JSON.stringify(connected('b')),
    ];
    const items = await itemsOf(lines.join('\n'));
    expect(clientsIn(items)).toEqual(['a', 'b']);
    expect(passedOver(items)).toEqual([
      ['malformed', 2],
      ['not-a-presence-event', 3],
      ['malformed', 4],
    ]);
  });

  it('finds the events of an array that was cut off', async () => {
    const whole = `[\n${JSON.stringify(connected('a'))},\n${JSON.stringify(connected('b'))},\n`;
    expect(clientsIn(await itemsOf(whole))).toEqual(['a', 'b']);
  });

  it.each([
    ['within', -40],
    ['behind', -1],
  ])(
    'of log events that was cut off %s the last one tells the whole ones, and that it was',
    async (_, end) => {
      const message = (clientId: string) => ({ message: JSON.stringify(connected(clientId)), timestamp: 1 });
      const whole = JSON.stringify({ events: [message('a'), message('b')] }, undefined, 2);
      const items = await itemsOf(whole.slice(0, end));
      expect(clientsIn(items)).toEqual(end === -1 ? ['a', 'b'] : ['a']);
      expect(items).toContainEqual(
        expect.objectContaining({ kind: 'flawed', why: expect.stringContaining('cut off') }),
      );
    },
  );

  it('that is empty holds nothing', async () => {
    expect(await itemsOf('')).toEqual([]);
  });

  it('that is binary is refused by name', async () => {
    await expect(itemsOf(Buffer.from([0x7f, 0x45, 0, 0, 1]))).rejects.toMatchObject({ code: 'file-invalid' });
  });

  it.each<[string, (text: string) => Buffer]>([
    ['gzip', (text) => gzipSync(text)],
    [
      'gzip of several members',
      (text) => Buffer.concat(text.match(/[^]{1,50}/gu)?.map((part) => gzipSync(part)) ?? []),
    ],
  ])('may be %s, and has the hash of the file as it lies there', async (_, packed) => {
    const contents = packed(`${JSON.stringify(connected('a'))}\n${JSON.stringify(connected('pump-17'))}\n`);
    const items = await itemsOf(contents);
    expect(clientsIn(items)).toEqual(['a', 'pump-17']);
    expect(items.at(-1)).toMatchObject({
      kind: 'digest',
      sha256: createHash('sha256').update(contents).digest('hex'),
    });
  });

  it('of gzip that is cut off is read up to there, and that is said', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => JSON.stringify({ ...connected('a'), index }));
    const items = await itemsOf(gzipSync(lines.join('\n')).subarray(0, -1_000));
    expect(clientsIn(items).length).toBeGreaterThan(1_000);
    expect(items).toContainEqual(
      expect.objectContaining({ kind: 'flawed', why: expect.stringContaining('cut off') }),
    );
  });

  it('of gzip that unpacks without an end is left, and that is said', async () => {
    const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024, ' '), { level: 9 });
    const items = await itemsOf(
      Buffer.concat([
        gzipSync(`${JSON.stringify(connected('a'))}\n`),
        ...Array.from({ length: 40 }, () => bomb),
      ]),
    );
    expect(clientsIn(items)).toEqual(['a']);
    expect(items).toContainEqual(expect.objectContaining({ kind: 'flawed' }));
  });

  it('of UTF-16 is refused, with the command that converts it', async () => {
    const contents = Buffer.from(`\uFEFF${JSON.stringify(connected('a'))}`, 'utf16le');
    await expect(itemsOf(contents)).rejects.toMatchObject({
      code: 'file-invalid',
      hint: expect.stringContaining('iconv'),
    });
  });

  it('that is not there is refused by name', async () => {
    const read = eventFile('/no/such/file', { hashes: true }).read(
      { for: 'client', clientId: 'pump-17' },
      AbortSignal.timeout(1_000),
    );
    const first = async () => {
      for await (const item of read) return item;
      return undefined;
    };
    await expect(first()).rejects.toMatchObject({
      code: 'file-unreadable',
      message: expect.stringContaining('/no/such/file'),
    });
  });
});

describe('events that can be read only once', () => {
  it('and never end are told of as such', async () => {
    const silent = new PassThrough();
    const late = {
      code: 'timed-out',
      message: expect.stringContaining('the end of the events did not come'),
    };
    await expect(spooled(silent, AbortSignal.timeout(20))).rejects.toMatchObject(late);
    expect(silent.destroyed).toBe(true);
  });
});

describe('a directory of events', () => {
  it('is all files in it, each told by its own name, without hidden ones and links', async () => {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    await mkdir(join(path, '2026', '11'), { recursive: true });
    const files = { 'b.json': 'b', 'a.json': 'a', '2026/11/c.json.gz': 'c', '.hidden': 'hidden' };
    for (const [name, clientId] of Object.entries(files)) {
      const text = JSON.stringify(connected(clientId));
      await writeFile(join(path, name), name.endsWith('.gz') ? gzipSync(text) : text);
    }
    await symlink(path, join(path, 'loop'));
    const items = await allOf(path);
    expect(
      items.flatMap((item) =>
        item.kind === 'event' ? [[item.found.event.clientId, item.found.source]] : [],
      ),
    ).toEqual([
      ['c', `file:${join(path, '2026/11/c.json.gz')}`],
      ['a', `file:${join(path, 'a.json')}`],
      ['b', `file:${join(path, 'b.json')}`],
    ]);
    expect(items.filter(({ kind }) => kind === 'covers')).not.toEqual([]);
  });

  it('is read although one of its files cannot be, and that is said', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'a'), Buffer.from([0x7f, 0x45, 0, 0]));
    await writeFile(join(directory.path, 'b'), JSON.stringify(connected('b')));
    const items = await allOf(directory.path);
    expect(clientsIn(items)).toEqual(['b']);
    expect(items[0]).toMatchObject({ kind: 'flawed', source: `file:${join(directory.path, 'a')}` });
  });
});

describe('a large event file', () => {
  const lines = Array.from({ length: 70_000 }, (_, index) =>
    JSON.stringify({ ...connected(`pump-${index % 1_000}`), timestamp: 1_702_566_391_861 + index }),
  );
  const numbered = (items: readonly SourceItem[]) =>
    items.flatMap((item) => (item.kind === 'event' ? [[item.found.event.clientId, item.found.line]] : []));
  const ofPump17 = Array.from({ length: 70 }, (_, index) => ['pump-17', index * 1_000 + 18]);

  it.each([
    ['of lines', lines.join('\n')],
    ['that is one array', `[${lines.join(',\n')}]`],
    ['of lines in gzip', gzipSync(lines.join('\n'), { level: 1 })],
  ])('%s is searched, and only what is looked for is told, with its line', async (_, contents) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'events');
    await writeFile(path, contents);
    const items = await allOf(path);
    const told = numbered(items);
    if (typeof contents === 'string') expect(told).toEqual(ofPump17);
    else expect(told.length).toBeLessThan(lines.length); // it is small as it lies there, and much when unpacked
    expect(told.filter(([clientId]) => clientId === 'pump-17')).toEqual(ofPump17);
    expect(items).toContainEqual(expect.objectContaining({ kind: 'covers' }));
    expect(items.at(-1)).toMatchObject({
      kind: 'digest',
      sha256: createHash('sha256').update(contents).digest('hex'),
    });
  });

  it.each([
    ['small', 1],
    ['large', lines.length],
  ])('that is %s is not hashed where nothing is recorded', async (_, count) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'events');
    await writeFile(path, [...lines.slice(0, count), JSON.stringify(connected('pump-17'))].join('\n'));
    const items = await allOf(path, FOR_CLIENT, eventFile(path, { hashes: false }));
    expect(numbered(items)).toContainEqual(['pump-17', count + 1]);
    expect(items.some(({ kind }) => kind === 'digest')).toBe(false);
  });

  it('tells who else was seen with a principal', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'events');
    const other = { ...connected('valve-1'), principalIdentifier: 'b'.repeat(64) };
    await writeFile(path, `${lines.join('\n')}\n${JSON.stringify(other)}\n`);
    const items = await allOf(path, { for: 'principal', principal: principalOf('B'.repeat(64)) });
    expect(numbered(items)).toEqual([['valve-1', 70_001]]);
  });
});
