import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { bucketSource } from '../../../src/adapters/aws/bucket-source.ts';
import type { Search, SourceItem } from '../../../src/domain/source-ports.ts';
import { principalOf } from '../../../src/domain/principal.ts';
import { aConnectedEvent } from '../../domain/an-event.ts';
import { aBucket } from './a-bucket.ts';
import type { Bucket } from './a-bucket.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const DAY = 86_400_000;
const at = (ago: number) => new Date(NOW - ago);
const event = (clientId: string, ago: number, principalIdentifier = 'a'.repeat(64)) =>
  aConnectedEvent({
    clientId,
    timestamp: NOW - ago,
    sessionIdentifier: `${clientId}-${ago}`,
    principalIdentifier,
  });
const json = (...events: readonly unknown[]) => events.map((one) => `${JSON.stringify(one)}\n`).join('');

type Reading = {
  readonly prefix?: string;
  readonly newest?: number;
  readonly signal?: AbortSignal;
  readonly onItem?: (item: SourceItem) => void;
};

async function read(
  bucket: Pick<Bucket, 'name' | 'url'>,
  search: Search,
  {
    prefix = 'presence',
    newest,
    signal = AbortSignal.timeout(15_000),
    onItem = () => undefined,
  }: Reading = {},
): Promise<SourceItem[]> {
  const options = { region: 'us-east-1', endpointUrl: bucket.url, toolVersion: '0', now: () => NOW, newest };
  const items: SourceItem[] = [];
  const source = bucketSource({ bucket: bucket.name, prefix }, options);
  for await (const item of source.read(search, signal)) {
    items.push(item);
    onItem(item);
  }
  return items;
}

const forClient = (clientId: string): Search => ({ for: 'client', clientId });
const found = (items: readonly SourceItem[]) =>
  items.flatMap((item) =>
    item.kind === 'event' ? [[item.found.event.sessionIdentifier, item.found.source]] : [],
  );

describe('presence events in a bucket', () => {
  const before = { ...process.env };
  beforeAll(() => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
    });
  });
  afterAll(() => {
    process.env = before;
  });

  it('are read from the folder of the client alone, where it is said that each has one, the newest first', async () => {
    await using bucket = await aBucket();
    for (const ago of [3, 1, 2])
      bucket.put(`presence/a/b#1 ü/${ago}.json`, json(event('a/b#1 ü', ago)), at(ago));
    bucket.put('presence/pump-18/1.json', json(event('pump-18', 1)), at(1));
    expect(found(await read(bucket, forClient('a/b#1 ü'), { prefix: 'presence/${clientId}/' }))).toEqual(
      [1, 2, 3].map((ago) => [`a/b#1 ü-${ago}`, `s3://history/presence/a/b#1 ü/${ago}.json`]),
    );
    expect(bucket.asked.filter((one) => !one.includes('a/b#1 ü'))).toEqual([]);
  });

  it('are looked for elsewhere, too, where a folder is only called like the client', async () => {
    await using bucket = await aBucket();
    bucket.put('presence/pump-17/2025.json', json(event('pump-17', 40 * DAY)), at(0));
    bucket.put('presence/pump-18/x/1.json', json(event('pump-18/x', 1)), at(1));
    bucket.put('presence/2026/11.json', json(event('pump-17', 2), event('pump-18', 2)), at(2));
    expect(found(await read(bucket, forClient('pump-17')))[1]?.[0]).toBe('pump-17-2');
    expect(found(await read(bucket, forClient('pump-18')))[0]?.[0]).toBe('pump-18-2');
    const keys = { prefix: 'presence/${clientId}/' };
    expect(found(await read(bucket, forClient('pump-19'), keys))).toEqual([]);
    expect(found(await read(bucket, { for: 'everybody' }, keys))).toHaveLength(4);
  });

  it('are read on although one of them names a time to come', async () => {
    await using bucket = await aBucket();
    bucket.put('presence/1', json(event('pump-17', -400 * DAY)), at(0));
    for (let index = 2; index < 40; index += 1)
      bucket.put(`presence/${index}`, json(event('pump-17', index)), at(index));
    expect(found(await read(bucket, forClient('pump-17')))).toHaveLength(39);
  });

  it('are looked for in all objects otherwise, packed or not, until older ones cannot matter', async () => {
    await using bucket = await aBucket();
    bucket.put(
      'presence/2026/a.json.gz',
      gzipSync(json(event('pump-18', DAY), event('pump-17', DAY))),
      at(DAY),
    );
    bucket.put('presence/2026/b.json', json(event('pump-17', 2 * DAY)), at(2 * DAY));
    for (let day = 20; day < 40; day += 1)
      bucket.put(`presence/2025/${day}.json`, json(event('pump-17', day * DAY)), at(day * DAY));
    const items = await read(bucket, forClient('pump-17'));
    expect(
      found(items)
        .slice(0, 2)
        .map(([session]) => session),
    ).toEqual([`pump-17-${DAY}`, `pump-17-${2 * DAY}`]);
    expect(found(items).length).toBeLessThan(22);
    expect(items).toContainEqual({ kind: 'covers', since: expect.any(Number) });
  });

  it('are read as far as the newest objects, where nobody has named the bucket, and that is said', async () => {
    await using bucket = await aBucket();
    for (const ago of [3, 1, 2, 4]) bucket.put(`presence/${ago}.json`, json(event('pump-17', ago)), at(ago));
    const items = await read(bucket, forClient('pump-17'), { newest: 2 });
    expect(found(items).map(([session]) => session)).toEqual(['pump-17-1', 'pump-17-2']);
    expect(items).toContainEqual({
      kind: 'flawed',
      source: 's3://history/presence',
      why: expect.stringContaining('only the newest 2 of 4 objects were read'),
    });
  });

  it('tell who else was seen with a principal', async () => {
    await using bucket = await aBucket();
    bucket.put(
      'presence/1',
      json(event('pump-17', 1), event('pump-18', 1), event('pump-19', 1, 'b'.repeat(64))),
      at(1),
    );
    const items = await read(bucket, { for: 'principal', principal: principalOf('a'.repeat(64)) });
    expect(found(items).map(([session]) => session)).toEqual(['pump-17-1', 'pump-18-1']);
  });

  it('are read although one object cannot be, and that is said', async () => {
    await using bucket = await aBucket();
    bucket.put('presence/1', json(event('pump-17', 1)), at(1));
    bucket.put('presence/2', json(event('pump-17', 2)), at(2));
    bucket.refuse('presence/2', 403);
    const items = await read(bucket, forClient('pump-17'));
    expect(found(items)).toHaveLength(1);
    expect(items).toContainEqual(
      expect.objectContaining({
        kind: 'flawed',
        why: expect.stringMatching(/^presence\/2: GetObject .*AccessDenied/u),
      }),
    );
  });

  it('are read although an object is cut off in its middle, up to there', async () => {
    await using bucket = await aBucket();
    const whole = json(event('pump-17', 1));
    const cutOff = (body: string | Buffer) => (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': body.length + 1_000 });
      response.write(body, () => response.destroy());
    };
    for (const key of ['presence/1', 'presence/2', 'presence/3']) bucket.put(key, whole, at(1));
    bucket.answer('presence/1', cutOff(json(event('pump-17', 2))));
    bucket.answer('presence/2', cutOff(gzipSync(whole).subarray(0, 20)));
    const items = await read(bucket, forClient('pump-17'));
    expect(found(items).map(([session]) => session)).toEqual(['pump-17-2', 'pump-17-1']);
    const flaws = items.flatMap((item) => (item.kind === 'flawed' ? [item.why] : []));
    expect(flaws).toEqual([
      expect.stringMatching(/^presence\/1: it was cut off/u),
      expect.stringMatching(/^presence\/2: it was cut off/u),
    ]);
  });

  it('that may not be read at all are refused', async () => {
    await using bucket = await aBucket();
    bucket.put('presence/1', json(event('pump-17', 1)), at(1));
    bucket.refuse('presence/1', 403);
    await expect(read(bucket, forClient('pump-17'))).rejects.toMatchObject({ code: 'access-denied' });
  });

  it('are told as they come, and what is too long to be held is let go of with the one who reads', async () => {
    await using bucket = await aBucket();
    for (const key of ['presence/1', 'presence/2']) bucket.put(key, '', at(1));
    const started: ServerResponse[] = [];
    const endless = (response: ServerResponse) => {
      started.push(response);
      const more = () => {
        while (response.writable && response.write('{"a":"b"}\n'.repeat(10_000)));
      };
      response.on('drain', more).write(json(event('pump-17', 1)));
      more();
    };
    bucket.answer('presence/1', endless);
    bucket.answer('presence/2', endless);
    const stop = new AbortController();
    const onItem = ({ kind }: SourceItem) => {
      if (kind === 'event') stop.abort();
    };
    const reading = read(bucket, forClient('pump-17'), { signal: stop.signal, onItem });
    expect(found(await reading)).toHaveLength(1);
    await Promise.all(started.map(async (one) => one.destroyed || once(one, 'close')));
    expect(started.length).toBeLessThanOrEqual(3); // twice ahead, and once in its turn
  });

  it.each([
    ['plain', (body: Buffer) => body],
    ['packed', (body: Buffer) => gzipSync(body, { level: 1 })],
  ])('end with the signal in the middle of an object, %s, and give timers their turn', async (_, packed) => {
    await using bucket = await aBucket();
    const documents = 4_000_000;
    bucket.put('presence/1', packed(Buffer.from('{}'.repeat(documents))), at(1));
    const stop = new AbortController();
    let count = 0;
    const onItem = (item: SourceItem) => {
      if (count === 0) setTimeout(() => stop.abort(), 1);
      if (item.kind === 'passed-over') count += item.count ?? 1;
    };
    await read(bucket, forClient('pump-17'), { signal: stop.signal, onItem });
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(documents);
  });

  it('of a bucket that is not there are refused by its name', async () => {
    await using bucket = await aBucket();
    await expect(read({ ...bucket, name: 'absent' }, forClient('pump-17'))).rejects.toMatchObject({
      code: 'bad-option',
      message: 'there is no bucket "absent"',
    });
  });
});
