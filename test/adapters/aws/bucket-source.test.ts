import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

async function read(
  bucket: Pick<Bucket, 'name' | 'url'>,
  search: Search,
  { prefix = 'presence', newest }: { prefix?: string; newest?: number } = {},
): Promise<SourceItem[]> {
  const options = { region: 'us-east-1', endpointUrl: bucket.url, toolVersion: '0', now: () => NOW, newest };
  const items: SourceItem[] = [];
  const source = bucketSource({ bucket: bucket.name, prefix }, options);
  for await (const item of source.read(search, AbortSignal.timeout(15_000))) items.push(item);
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

  it('are read from the folder of the client alone, where a rule made one for each, the newest first', async () => {
    await using bucket = await aBucket();
    for (const ago of [3, 1, 2])
      bucket.put(`presence/a/b#1 ü/${ago}.json`, json(event('a/b#1 ü', ago)), at(ago));
    bucket.put('presence/pump-18/1.json', json(event('pump-18', 1)), at(1));
    expect(found(await read(bucket, forClient('a/b#1 ü')))).toEqual(
      [1, 2, 3].map((ago) => [`a/b#1 ü-${ago}`, `s3://history/presence/a/b#1 ü/${ago}.json`]),
    );
    expect(bucket.asked.filter((one) => !one.includes('a/b#1 ü'))).toEqual([]);
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

  it('of a bucket that is not there are refused by its name', async () => {
    await using bucket = await aBucket();
    await expect(read({ ...bucket, name: 'absent' }, forClient('pump-17'))).rejects.toMatchObject({
      code: 'bad-option',
      message: 'there is no bucket "absent"',
    });
  });
});
