import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventFile } from '../../../src/adapters/disk/event-source.ts';
import type { SourceItem } from '../../../src/domain/ports.ts';
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
  const items: SourceItem[] = [];
  for await (const item of eventFile(path).read(
    { for: 'client', clientId: 'pump-17' },
    AbortSignal.timeout(10_000),
  ))
    items.push(item);
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

  it('that is empty holds nothing', async () => {
    expect(await itemsOf('')).toEqual([]);
  });

  it('that is binary is refused by name', async () => {
    await expect(itemsOf(Buffer.from([0x7f, 0x45, 0, 0, 1]))).rejects.toMatchObject({ code: 'file-invalid' });
  });

  it('that is not there is refused by name', async () => {
    const read = eventFile('/no/such/file').read(
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
