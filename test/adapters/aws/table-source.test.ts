import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tableSource } from '../../../src/adapters/aws/table-source.ts';
import { latest } from '../../../src/domain/history.ts';
import type { Search, SourceItem } from '../../../src/domain/source-ports.ts';
import { principalOf } from '../../../src/domain/principal.ts';
import { aLogsServer } from './a-logs-server.ts';
import { aTable, historyTable } from './a-table.ts';
import type { Table } from './a-table.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const DAY = 86_400_000;

/** An item as the template's rule writes it. */
const item = (clientId: string, ago: number, more: object = {}) => {
  const event = {
    clientId,
    timestamp: NOW - ago,
    eventType: 'connected',
    sessionIdentifier: `session-${ago}`,
    principalIdentifier: 'a'.repeat(64),
    versionNumber: 100 - Math.floor(ago / DAY),
    ipAddress: '198.51.100.7',
    ...more,
  };
  const sk = `${event.timestamp}#${event.eventType}#${event.sessionIdentifier}`;
  return { ...event, sk, expiresAt: Math.floor(event.timestamp / 1_000) + 30 * 86_400 };
};

async function read(search: Search, { url, name }: { url: string; name: string }): Promise<SourceItem[]> {
  const options = { region: 'us-east-1', endpointUrl: url, toolVersion: '0', now: () => NOW };
  const items: SourceItem[] = [];
  for await (const one of tableSource(name, options).read(search, AbortSignal.timeout(15_000)))
    items.push(one);
  return items;
}

const forClient = (clientId: string): Search => ({ for: 'client', clientId });
const eventsOf = (items: readonly SourceItem[]) =>
  items.flatMap((one) => (one.kind === 'event' ? [one.found] : []));

describe('the presence history in a DynamoDB table', () => {
  let table: Table;
  const before = { ...process.env };
  beforeAll(async () => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
    });
    table = await aTable();
    const ofPump = [1, 2, 3, 14, 17, 18].map((days) => item('pump-17', days * DAY));
    const other = item('pump-18', DAY, { principalIdentifier: 'b'.repeat(64) });
    const shuffled = [ofPump[3], ofPump[0], other, ofPump[5], ofPump[1], ofPump[0], ofPump[2], ofPump[4]];
    await table.put([
      ...shuffled.filter((one) => one !== undefined),
      item('pump-19', DAY / 2),
      { clientId: 'odd', sk: '1' },
    ]);
  });
  afterAll(async () => {
    process.env = before;
    await table[Symbol.asyncDispose]();
  });

  it('gives the events of a client, the newest first, and no more than a look-up asks for', async () => {
    const found = eventsOf(await read(forClient('pump-17'), table));
    expect(found.map(({ event }) => (NOW - event.timestamp) / DAY)).toEqual([1, 2, 3, 14, 17]);
    expect(found[0]?.source).toBe('dynamodb:presence');
    expect(latest(found)?.event.sessionIdentifier).toBe(`session-${DAY}`);
    expect(eventsOf(await read(forClient('pump-1'), table))).toEqual([]);
  });

  it('tells who else was seen with a principal, and since when it would know', async () => {
    const items = await read({ for: 'principal', principal: principalOf('a'.repeat(64)) }, table);
    expect(new Set(eventsOf(items).map(({ event }) => event.clientId))).toEqual(
      new Set(['pump-17', 'pump-19']),
    );
    expect(items[0]).toMatchObject({ kind: 'covers' });
  });

  it('tells so however the principal was spelled', async () => {
    const upper = item('pump-23', DAY, { principalIdentifier: 'AB'.repeat(32) });
    await table.put([upper, item('pump-21', DAY, { principalIdentifier: 'ab'.repeat(32) })]);
    const items = await read({ for: 'principal', principal: principalOf('ab'.repeat(32)) }, table);
    expect(eventsOf(items).map(({ event }) => event.clientId)).toEqual(['pump-21', 'pump-23']);
  });

  it('counts items that are no presence events', async () => {
    const items = await read({ for: 'everybody' }, table);
    expect(eventsOf(items)).toHaveLength(10);
    expect(items.filter(({ kind }) => kind === 'passed-over')).toHaveLength(1);
  });

  it('reads on behind what is dated in the future', async () => {
    await table.put([item('pump-20', -400 * DAY), item('pump-20', 2 * DAY), item('pump-20', 18 * DAY)]);
    const found = eventsOf(await read(forClient('pump-20'), table));
    expect(found.map(({ event }) => (NOW - event.timestamp) / DAY)).toEqual([-400, 2, 18]);
  });

  it('says that a table without a sort key keeps the last to arrive, not the latest', async () => {
    const { BillingMode, KeySchema = [], AttributeDefinitions = [] } = historyTable();
    const KEY = {
      BillingMode,
      KeySchema: KeySchema.slice(0, 1),
      AttributeDefinitions: AttributeDefinitions.slice(0, 1),
    };
    await using poor = await aTable(KEY);
    await poor.put([item('pump-17', DAY)]);
    const items = await read(forClient('pump-17'), poor);
    expect(items[0]).toMatchObject({ kind: 'flawed', why: expect.stringContaining('last to arrive') });
    expect(eventsOf(items)).toHaveLength(1);
    expect(await read({ for: 'principal', principal: principalOf('a'.repeat(64)) }, poor)).toEqual([]);
  });

  it('is refused by name where it is not there, or has other keys', async () => {
    await expect(read(forClient('pump-17'), { ...table, name: 'absent' })).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringContaining('"absent"'),
    });
    const [, sk] = historyTable().AttributeDefinitions ?? [];
    await using other = await aTable({
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: sk === undefined ? [] : [sk],
      KeySchema: [{ AttributeName: 'sk', KeyType: 'HASH' }],
    });
    await expect(read(forClient('pump-17'), other)).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringContaining('its keys are sk'),
    });
  });

  it.each([
    ['DescribeTable', { Table: { KeySchema: { a: 1 } } }],
    ['Query', { Items: { a: 1 } }],
  ])('that answers to %s with what AWS never would is an error of the service', async (call, answer) => {
    const Table = { KeySchema: [{ AttributeName: 'clientId', KeyType: 'HASH' }] };
    await using server = await aLogsServer(({ operation }) => (operation === call ? answer : { Table }));
    await expect(read(forClient('pump-17'), { name: 'presence', url: server.url })).rejects.toMatchObject({
      code: 'service-failed',
      message: expect.stringContaining(call),
    });
  });

  it('that cannot be reached is an error of the network', async () => {
    await expect(
      read(forClient('pump-17'), { name: 'presence', url: 'http://127.0.0.1:9' }),
    ).rejects.toMatchObject({
      code: 'endpoint-unreachable',
      message: expect.stringContaining('DynamoDB'),
    });
  });
});
