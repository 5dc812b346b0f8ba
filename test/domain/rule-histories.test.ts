import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { historiesOf } from '../../src/domain/rule-histories.ts';
import type { RuleAction, TopicRule } from '../../src/domain/rule-histories.ts';
import { presenceReach, presenceReachOf } from '../../src/domain/rule-sql.ts';
import { matchesFilter } from '../../src/sandbox/broker/topic-filter.ts';

const ALL = "SELECT * FROM '$aws/events/presence/#'";

const aRule = (actions: readonly RuleAction[], more: Partial<TopicRule> = {}): TopicRule => ({
  ruleName: 'Keeper',
  sql: ALL,
  actions,
  ...more,
});

/** What one action leads to, or why to nothing. */
const led = (action: RuleAction) => {
  const { kept, elsewhere } = historiesOf([aRule([action])]);
  return [...kept.map(({ words }) => words), ...elsewhere.map(({ why }) => why)];
};

describe('a rule', () => {
  it.each([
    ['SELECT * FROM "$aws/events/presence/#"', 'all'],
    ["select *,\n 'x' AS k\n\tfrom\n'$aws/events/#'", 'all'],
    ["SELECT clientId FROM '$aws/#'", 'all'],
    ["SELECT * FROM '$aws/events/presence/connected/#'", 'all'],
    ["SELECT * FROM '$aws/+/+/+/#'", 'all'],
    ["SELECT * FROM '$aws/events/presence/disconnected/#'", 'some'],
    ["SELECT * FROM '$aws/events/presence/+/+'", 'some'],
    ["SELECT * FROM '$aws/events/presence/connected/pump-17'", 'some'],
    ["SELECT * FROM '$aws/events/presence/connected/site/#'", 'some'],
    ["SELECT * FROM '$aws/events/presence/#' WHERE eventType = 'connected'", 'some'],
    ["SELECT (SELECT value FROM readings) AS r, ' FROM ' AS f FROM '$aws/events/presence/#'", 'all'],
    ["SELECT * FROM 'fleet/#' WHERE topic() <> '$aws/events/presence/#'", undefined],
    ["SELECT '$aws/events/presence/#' AS t FROM 'fleet/#'", undefined],
    ["SELECT * FROM '#'", undefined],
    ["SELECT * FROM '+/events/presence/#'", undefined],
    ["SELECT * FROM '$aws/events/presence/connect_failed/#'", undefined],
    ["SELECT * FROM '$aws/events/presence/connected'", undefined],
    ["SELECT * FROM '$aws/events/subscriptions/#'", undefined],
    ["SELECT * FROM '$aws/events/presence/#", undefined],
    ['SELECT *', undefined],
    ['', undefined],
  ])('with %s takes in: %s', (sql, reach) => {
    expect(presenceReachOf(sql)).toBe(reach);
  });

  it('takes in what its filter matches, as MQTT has it, and all where it matches whatever ID', () => {
    const name = fc.constantFrom('$aws', 'events', 'presence', 'connected', 'disconnected', 'a', '+');
    const like = fc.tuple(
      fc.constantFrom('$aws', '$aws', '+', 'a'),
      fc.constantFrom('events', 'events', '+', 'a'),
      fc.constantFrom('presence', 'presence', '+', 'a'),
    );
    const filters = fc
      .tuple(like, fc.integer({ min: 0, max: 3 }), fc.array(name, { maxLength: 4 }), fc.boolean())
      .map(([first, count, rest, rests]) =>
        [...first.slice(0, count), ...(count === 3 ? rest : []), ...(rests ? ['#'] : [])].join('/'),
      );
    const ids = ['a', 'a/a', 'a/connected', '$aws', '$aws/a/events/presence', 'connected/a', 'presence'];
    fc.assert(
      fc.property(filters, (filter) => {
        const matched = (kind: string, id: string) =>
          matchesFilter(filter, `$aws/events/presence/${kind}/${id}`);
        const reach = presenceReach(filter);
        if (reach === 'all') expect(ids.every((id) => matched('connected', id))).toBe(true);
        if (reach === undefined)
          expect(ids.some((id) => matched('connected', id) || matched('disconnected', id))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[RuleAction, string]>([
    [{ dynamoDB: { tableName: 'presence' } }, 'dynamodb:presence'],
    [{ dynamoDBv2: { putItem: { tableName: 'presence' } } }, 'dynamodb:presence'],
    [{ cloudwatchLogs: { logGroupName: '/iot/presence' } }, 'cloudwatch:/iot/presence'],
    [
      { s3: { bucketName: 'history', key: 'presence/${clientId}/${newuuid()}' } },
      's3://history/presence/${clientId}/',
    ],
    [{ s3: { bucketName: 'history', key: 'p-${clientId}.json' } }, 's3://history/p-${clientId}.json'],
    [{ s3: { bucketName: 'history', key: '${topic(4)}/${clientId}/a' } }, 's3://history/'],
    [{ s3: { bucketName: 'history', key: '${topic()}' } }, 's3://history/'],
    [{ s3: { bucketName: 'history', key: 'last.json' } }, 's3://history/last.json'],
  ])('keeps a history with %j in %s', (action, words) => {
    expect(led(action)).toEqual([words]);
  });

  it.each<[RuleAction, string]>([
    [{ dynamoDBv2: { putItem: { tableName: '${topic(4)}' } } }, 'the DynamoDB table "${topic(4)}"'],
    [{ s3: { bucketName: 'of-${accountid()}', key: 'a' } }, 'the S3 bucket "of-${accountid()}"'],
    [{ cloudwatchLogs: { logGroupName: 'of-${clientId}' } }, 'the log group "of-${clientId}"'],
    [{ firehose: { deliveryStreamName: 'lake' } }, 'the Firehose stream "lake"'],
    [{ kinesis: { streamName: 'lake' } }, 'the Kinesis stream "lake"'],
    [{ lambda: { functionArn: 'arn:lake' } }, 'the Lambda function "arn:lake"'],
    [{ republish: { topic: 'lake' } }, 'the MQTT topic "lake"'],
  ])('is named where %j sends them to what cannot be looked in', (action, target) => {
    expect(led(action)).toEqual([expect.stringContaining(`${target}, which cannot be looked in`)]);
  });

  it('that keeps nothing anywhere is none', () => {
    expect(led({})).toEqual([]);
    expect(
      historiesOf([aRule([{ dynamoDB: { tableName: 'other' } }], { sql: "SELECT * FROM 'a'" })]),
    ).toEqual({
      kept: [],
      elsewhere: [],
    });
  });

  it('has kept what it kept before it was disabled, but not the events of everybody', () => {
    const table = [{ dynamoDB: { tableName: 'presence' } }];
    expect(historiesOf([aRule(table, { ruleDisabled: true })]).kept).toEqual([
      { words: 'dynamodb:presence', rules: ['Keeper'], whole: false },
    ]);
    const both = [aRule(table, { ruleDisabled: true }), aRule(table, { ruleName: 'Other' })];
    for (const rules of [both, both.toReversed()])
      expect(historiesOf(rules).kept).toEqual([
        {
          words: 'dynamodb:presence',
          rules: rules.map(({ ruleName }) => ruleName),
          whole: true,
        },
      ]);
  });
});
