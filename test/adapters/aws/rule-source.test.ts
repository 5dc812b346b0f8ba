import { describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ruleSource } from '../../../src/adapters/aws/rule-source.ts';
import { EvictError } from '../../../src/domain/errors.ts';
import type { EventSource, SourceItem } from '../../../src/domain/source-ports.ts';
import { aConnectedEvent } from '../../domain/an-event.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';
import { aRulesServer, type AnsweredRule } from './a-rules-server.ts';

const ALL = "SELECT * FROM '$aws/events/presence/#'";
const roleArn = 'arn:aws:iam::123456789012:role/rule';
const event = aConnectedEvent();
const CONTENTS: readonly SourceItem[] = [
  { kind: 'event', found: { event, raw: event, source: 'there' } },
  { kind: 'covers', since: 1 },
];

/** What the rules lead to, how often AWS was asked for what, and what those places then yield. */
async function ledTo(
  rules: Readonly<Record<string, AnsweredRule>>,
  read: EventSource['read'] = async function* all() {
    yield* CONTENTS;
  },
) {
  await using home = await temporaryDirectory();
  const credentialsFile = join(home.path, 'credentials');
  await writeFile(
    credentialsFile,
    '[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n',
  );
  await using server = await aRulesServer(rules);
  const source = ruleSource({
    region: 'us-east-1',
    endpointUrl: server.url,
    credentialsFile,
    configFile: credentialsFile,
    toolVersion: 'test',
    open: (name) => Promise.resolve({ name, byDefault: true, read }),
  });
  const first = await answerOf(source);
  const { length } = server.asked;
  expect(await answerOf(source)).toEqual(first);
  expect(server.asked).toHaveLength(length); // an answer is remembered, be it that they keep nothing
  if (first instanceof EvictError) throw first;
  const leads = first.flatMap((item) => (item.kind === 'leads-to' ? [item.source] : []));
  const notes = first.flatMap((item) => (item.kind === 'flawed' ? [`${item.source}: ${item.why}`] : []));
  return { leads, names: leads.map(({ name }) => name), notes, asked: server.asked };
}

async function answerOf(source: EventSource): Promise<SourceItem[] | EvictError> {
  try {
    return await itemsOf(source);
  } catch (error) {
    if (error instanceof EvictError) return error;
    throw error;
  }
}

async function itemsOf(source: EventSource): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  const search = { for: 'client', clientId: 'pump-17' } as const;
  for await (const item of source.read(search, AbortSignal.timeout(30_000))) items.push(item);
  return items;
}

const table = (tableName: string) => [{ dynamoDBv2: { roleArn, putItem: { tableName } } }];

describe('the rules of AWS IoT', () => {
  it('lead to what they keep, each place once, over all pages, asked once, and only those that may matter', async () => {
    const { names, notes, asked } = await ledTo({
      Fleet: { topicPattern: 'fleet/#', sql: "SELECT * FROM 'fleet/#'", actions: table('fleet') },
      Table: { topicPattern: '$aws/events/presence/#', sql: ALL, actions: table('presence') },
      Again: { topicPattern: '$aws/events/#', sql: ALL, actions: table('presence') },
      Bucket: {
        sql: ALL,
        actions: [{ s3: { roleArn, bucketName: 'history', key: 'presence/${clientId}/${newuuid()}' } }],
      },
      Stream: { sql: ALL, actions: [{ firehose: { roleArn, deliveryStreamName: 'lake' } }] },
    });
    expect(names).toEqual(['dynamodb:presence', 's3://history/presence/${clientId}/']);
    expect(notes).toEqual([expect.stringMatching(/^rule Stream: .*Firehose stream "lake".*export/u)]);
    expect(asked.toSorted()).toEqual([
      '/rules',
      '/rules',
      '/rules',
      '/rules/Again',
      '/rules/Bucket',
      '/rules/Stream',
      '/rules/Table',
    ]);
  });

  it('lead to no log group that is looked in as the log of AWS IoT', async () => {
    const log = (logGroupName: string) => [{ cloudwatchLogs: { roleArn, logGroupName } }];
    const own = { sql: ALL, actions: log('AWSIotLogsV2') };
    expect((await ledTo({ Own: own, Other: { sql: ALL, actions: log('/presence') } })).names).toEqual([
      'cloudwatch:/presence',
    ]);
    await expect(ledTo({ Own: own })).rejects.toMatchObject({
      code: 'no-history',
      message: expect.stringContaining('which is looked in anyway'),
    });
  });

  it('claim to know of everybody only where all events go to a place', async () => {
    const some = "SELECT * FROM '$aws/events/presence/connected/pump-17'";
    const { leads } = await ledTo({
      All: { sql: ALL, actions: table('all') },
      Some: { sql: some, actions: table('some') },
    });
    expect(await Promise.all(leads.map(itemsOf))).toEqual([CONTENTS, CONTENTS.slice(0, 1)]);
  });

  it('name what is not there any more, which is nobody’s mistake; what may not be read stays a failure', async () => {
    for (const [code, expected] of [
      ['bad-option', { code: 'no-history', message: "no table: AWS IoT's rule Table names it" }],
      ['access-denied', { code: 'access-denied' }],
    ] as const) {
      const { leads } = await ledTo({ Table: { sql: ALL, actions: table('presence') } }, () => {
        throw new EvictError(code, 'no table', { hint: 'check it' });
      });
      await expect(Promise.all(leads.map(itemsOf))).rejects.toMatchObject(expected);
    }
  });

  it('that keep nothing, or may not be asked for, are no history; one that may not be read does not cost the others', async () => {
    const refused = { sql: ALL, refused: 'AccessDeniedException' };
    await expect(ledTo({})).rejects.toMatchObject({ code: 'no-history' });
    await expect(ledTo({ One: refused })).rejects.toMatchObject({
      code: 'no-history',
      message: expect.stringContaining('rule One: it may keep presence events, and could not be read'),
    });
    const { names, notes } = await ledTo({
      One: { sql: ALL, refused: 'UnauthorizedException' },
      Two: { sql: ALL, actions: table('presence') },
    });
    expect({ names, notes: notes.length }).toEqual({ names: ['dynamodb:presence'], notes: 1 });
  });
});
