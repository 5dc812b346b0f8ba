import {
  GetTopicRuleCommand,
  ListTopicRulesCommand,
  type ListTopicRulesCommandInput,
} from '@aws-sdk/client-iot';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { matchesFilter } from '../../src/sandbox/broker/topic-filter.ts';
import { makeDirectory } from '../../src/sandbox/directory.ts';
import { evaluate } from '../../src/sandbox/rule/evaluate.ts';
import { openRule } from '../../src/sandbox/rule/rule.ts';
import { parseSql } from '../../src/sandbox/rule/sql.ts';
import { readTemplate } from '../../src/sandbox/rule/template.ts';
import { aConnectFailedEvent, aConnectedEvent, aDisconnectedEvent, SIGHTED_AT } from '../domain/an-event.ts';
import { anyText } from '../domain/any-text.ts';
import { aSandbox } from './a-sandbox.ts';
import { anError } from './an-error.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

/** No file of these tests is on a disk that is full. */
const onFailure = (problem: Error): never => {
  throw problem;
};

const TEMPLATE = readFileSync('policies/presence-history.yaml', 'utf8');
const SELECT = parseSql(readTemplate(TEMPLATE).sql);
const DAY = 86_400;
const TOPIC = '$aws/events/presence/connected/pump-17';

const record = z.record(z.string(), z.unknown());
type Json = z.infer<typeof record>;

/** The template as CloudFormation would see it, with every short form as `{ name: text }`. */
const asWritten = (() => {
  const customTags = ['!Ref', '!Sub', '!GetAtt'].map((tag) => ({
    tag,
    resolve: (text: string) => ({ [tag]: text }),
  }));
  const document = parseDocument(TEMPLATE, { customTags });
  expect([...document.errors, ...document.warnings]).toEqual([]);
  return record.parse(document.toJS());
})();

/** What stands at a path in the template. */
function at(...path: string[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (Array.isArray(value) ? value[Number(step)] : record.parse(value)[step]),
    asWritten,
  );
}

/** Every value of a short form in the template, at any depth. */
function textsOf(tag: string, value: unknown = asWritten): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inside]) =>
    key === tag ? [String(inside)] : textsOf(tag, inside),
  );
}

const properties = (resource: string) => record.parse(at('Resources', resource, 'Properties'));

const sample = (name: string): Json =>
  record.parse(JSON.parse(readFileSync(join('test/samples', `${name}.json`), 'utf8')));

/** What the template's rule makes of a payload. */
function itemOf(payload: object): Json {
  return Object.fromEntries(evaluate(SELECT, new Map(Object.entries(payload))));
}

/** What an expression gives, for a payload. */
function valueOf(expression: string, payload: Json = {}): unknown {
  const select = parseSql(`SELECT ${expression} AS it FROM 'a'`);
  return evaluate(select, new Map(Object.entries(payload))).get('it');
}

/** A rule whose files are read back as they are on the disk. */
async function aRule(template = TEMPLATE) {
  const directory = await temporaryDirectory();
  const rule = await openRule({ template, directory: directory.path, onFailure });
  const path = (name: string) => join(directory.path, 'rule', `${name}.jsonl`);
  const lines = async (name: string): Promise<Json[]> =>
    (await readFile(path(name), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => record.parse(JSON.parse(line)));
  const close = async () => {
    rule[Symbol.dispose]();
    await directory[Symbol.asyncDispose]();
  };
  return { ...rule, directory: directory.path, path, lines, [Symbol.asyncDispose]: close };
}

describe('8.1 the template', () => {
  it('has a parameter, a resource or a pseudo parameter for every name that it uses', () => {
    const resources = Object.keys(record.parse(at('Resources')));
    const pseudo = ['AWS::AccountId', 'AWS::Partition', 'AWS::Region'];
    const known = [...Object.keys(record.parse(at('Parameters'))), ...resources, ...pseudo];
    const inText = textsOf('!Sub').flatMap((text) =>
      [...text.matchAll(/\$\{([^}]*)\}/gu)].map(([, name]) => name),
    );
    expect(known).toEqual(expect.arrayContaining([...textsOf('!Ref'), ...inText]));
    expect(resources.flatMap((name) => `${name}.Arn`)).toEqual(expect.arrayContaining(textsOf('!GetAtt')));
  });

  it('allows the rule to put items into its table and to write to its log group, and nothing else', () => {
    const { Policies, ManagedPolicyArns } = properties('RuleRole');
    expect(ManagedPolicyArns).toBeUndefined();
    expect(Policies).toEqual([
      {
        PolicyName: expect.any(String),
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: { '!GetAtt': 'History.Arn' } },
            {
              Effect: 'Allow',
              Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
              Resource: { '!GetAtt': 'Failures.Arn' },
            },
          ],
        },
      },
    ]);
  });

  it('lets nobody take the role but AWS IoT, for rules of this account and region', () => {
    expect(properties('RuleRole')['AssumeRolePolicyDocument']).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'iot.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: { 'aws:SourceAccount': { '!Ref': 'AWS::AccountId' } },
            ArnLike: {
              'aws:SourceArn': {
                '!Sub': 'arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/*',
              },
            },
          },
        },
      ],
    });
  });

  it('keeps the table and the failures when the stack goes, encrypted and recoverable', () => {
    for (const resource of ['History', 'Failures'])
      expect(at('Resources', resource)).toMatchObject({
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      });
    expect(properties('History')).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });

  it('keeps events for longer than the 15 days that the look-up goes back, and failures just as long', () => {
    const { Default, AllowedValues } = record.parse(at('Parameters', 'RetentionDays'));
    const allowed = z.array(z.number().min(16)).parse(AllowedValues);
    expect(allowed).toContain(Default);
    const byCloudWatchLogs = [
      30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ];
    expect(byCloudWatchLogs).toEqual(expect.arrayContaining(allowed));
    expect(properties('Failures')).toEqual({ RetentionInDays: { '!Ref': 'RetentionDays' } });
  });

  it('writes to the table, and to the log group what could not be written', () => {
    const RoleArn = { '!GetAtt': 'RuleRole.Arn' };
    expect(properties('Rule')['TopicRulePayload']).toMatchObject({
      AwsIotSqlVersion: '2016-03-23',
      Actions: [{ DynamoDBv2: { PutItem: { TableName: { '!Ref': 'History' } }, RoleArn } }],
      ErrorAction: { CloudwatchLogs: { LogGroupName: { '!Ref': 'Failures' }, RoleArn } },
    });
  });

  it('is read as one SELECT and one table keyed by client and by what happened when', () => {
    const { sql, tables } = readTemplate(TEMPLATE);
    expect(parseSql(sql).filter).toBe('$aws/events/presence/#');
    const keys = [
      { attribute: 'clientId', kind: 'HASH' },
      { attribute: 'sk', kind: 'RANGE' },
    ];
    expect(tables).toEqual([{ logicalId: 'History', keys }]);
  });
});

describe('8.2 the SELECT', () => {
  it.each([
    ['connected-certificate', '1702566391861#connected#7e229bae-555c-4ace-a308-df2c229d27d0'],
    ['connected-console', '1702562499818#connected#8b76421b-2b19-41a1-9115-cb5b1d91c648'],
    ['disconnected-client-initiated', '1702568225845#disconnected#c69eff23-69c3-4c07-9927-c8278833f4'],
    ['disconnected-connection-lost', '1702567748504#disconnected#2116bc07-0c75-4e3a-a89a-61e0c786ba'],
  ])("keeps the article's %s as it is, with its key and its expiry", (name, sk) => {
    const payload = sample(name);
    const timestamp = z.number().parse(payload['timestamp']);
    expect(itemOf(payload)).toEqual({ ...payload, sk, expiresAt: Math.floor(timestamp / 1000) + 30 * DAY });
  });

  it('lets an item expire, in seconds, as far after its event as the parameter says', () => {
    const longer = TEMPLATE.replace('Default: 30', 'Default: 365');
    const message = new Map(Object.entries(aConnectedEvent({ timestamp: 1_702_566_391_999 })));
    expect(evaluate(parseSql(readTemplate(longer).sql), message).get('expiresAt')).toBe(
      1_702_566_391 + 365 * DAY,
    );
  });

  it('keys an attempt that was refused, which has no version, and an old payload, which has no session', () => {
    expect(itemOf(aConnectFailedEvent())['sk']).toBe(`${SIGHTED_AT}#connect_failed#refused-session`);
    const { sessionIdentifier: _, ...old } = aConnectedEvent();
    expect(itemOf(old)['sk']).toBe(`${SIGHTED_AT}#connected#-`);
    expect(itemOf({ ...old, sessionIdentifier: null })['sk']).toBe(`${SIGHTED_AT}#connected#-`);
  });

  it('keys two sessions of one millisecond apart, the same event never', () => {
    const keys = [
      aConnectedEvent(),
      aConnectedEvent({ sessionIdentifier: 'another' }),
      aDisconnectedEvent(),
    ].map((event) => itemOf(event)['sk']);
    expect(new Set(keys).size).toBe(3);
    expect(itemOf(aConnectedEvent())).toEqual(itemOf(aConnectedEvent()));
  });

  it('makes no key of what is Undefined, and leaves it out', () => {
    const { timestamp: _, ...timeless } = aConnectedEvent();
    expect(itemOf(timeless)).toEqual(timeless);
  });

  it.each([
    ["concat('a', 1, 'b')", 'a1b'],
    ["concat('a', missing)", undefined],
    ['concat(1, 2)', undefined],
    ['concat(list, 4)', [1, 2, 4]],
    ['concat(missing)', undefined],
    ['cast(1.5 AS String)', '1.5'],
    ['cast(huge AS String)', '1000000000000000000000'],
    ['cast(yes AS String)', 'true'],
    ['cast(list AS String)', '[1,2]'],
    ['cast(nothing AS String)', undefined],
    ['cast(missing AS String)', undefined],
    ['floor(1.9)', 1],
    ["floor('1.9')", 1],
    ["floor('one')", undefined],
    ['floor(list)', undefined],
    ['floor(missing)', undefined],
    ["nanvl(missing, 'x')", 'x'],
    ["nanvl(nothing, 'x')", 'x'],
    ["NANVL('a', 'x')", 'a'],
    ['1 + 2', 3],
    ["'a' + 1", 'a1'],
    ["1 + 'a'", '1a'],
    ["'a' + missing", undefined],
    ['yes + 1', undefined],
    ['1 * missing', undefined],
    ["'2' * 3", 6],
    ["'two' * 3", undefined],
    ['7 / 2', 3],
    ['7 / 2.5', 2.8],
    ['1 / 0', undefined],
    ['(1 + 2) * 3', 9],
    ['1 + (2 * 3)', 7],
  ])('gives for %s what AWS documents, or nothing where it is silent: %j', (expression, value) => {
    expect(valueOf(expression, { list: [1, 2], nothing: null, yes: true, huge: 1e21 })).toEqual(value);
  });

  it('takes what is named like a part of every object for a field like any other', () => {
    const payload = record.parse(JSON.parse('{"__proto__": "mine", "toString": "own"}'));
    expect(valueOf('constructor', payload)).toBeUndefined();
    expect(valueOf('hasOwnProperty', payload)).toBeUndefined();
    expect(valueOf('toString', payload)).toBe('own');
    const hostile = new Map<string, unknown>([['__proto__', { polluted: true }]]);
    const item = Object.fromEntries(evaluate(parseSql("SELECT * FROM 'a'"), hostile));
    expect(JSON.stringify(item)).toBe('{"__proto__":{"polluted":true}}');
    expect(Object.getPrototypeOf(item)).toBe(Object.prototype);
  });

  it('lets a column replace what the payload has under its name', () => {
    const select = parseSql("select *, 'ours' as sk from 'a'");
    expect(evaluate(select, new Map([['sk', 'theirs']])).get('sk')).toBe('ours');
  });
});

describe('8.3 what it refuses', () => {
  it.each([
    ["SELECT * FROM 'a' WHERE b = 1", 'WHERE'],
    ["SELECT VALUE b FROM 'a'", 'VALUE'],
    ["SET @b = 1 SELECT * FROM 'a'", 'SET'],
    ["SELECT CASE b WHEN 1 THEN 2 END AS c FROM 'a'", 'CASE'],
    ["SELECT (SELECT b FROM c) AS d FROM 'a'", 'SELECT'],
    ["SELECT NULL AS b FROM 'a'", 'NULL'],
    ["SELECT newuuid() AS b FROM 'a'", 'newuuid()'],
    ["SELECT timestamp() AS b FROM 'a'", 'timestamp()'],
    ["SELECT floor(b, 2) AS c FROM 'a'", 'floor() has 2 operands'],
    ["SELECT cast(b AS Int) AS c FROM 'a'", 'Int'],
    ["SELECT b.c FROM 'a'", '"."'],
    ["SELECT b - 1 AS c FROM 'a'", '"-"'],
    ['SELECT "b" AS c FROM \'a\'', '"\\""'],
    ["SELECT [b] AS c FROM 'a'", '"["'],
    ["SELECT 1 + 2 * 3 AS b FROM 'a'", 'parentheses'],
    ["SELECT floor(b) FROM 'a'", 'AS and a name'],
    ["SELECT 'b FROM", '"\'"'],
    ['SELECT * FROM a', 'topic filter'],
    ["SELECT * FROM 'a/#/b'", 'a/#/b'],
    ["SELECT * FROM 'a+/b'", 'a+/b'],
    ["SELECT * FROM ''", 'topic filter'],
    ['SELECT *', 'FROM'],
    ['', 'SELECT'],
  ])('names what it does not evaluate: %s', (sql, named) => {
    expect(() => parseSql(sql)).toThrow(expect.objectContaining({ name: 'SandboxProblem' }));
    expect(() => parseSql(sql)).toThrow(named);
  });

  it.each([
    ['another action', 'DynamoDBv2:', 'Sns:', 'Sns'],
    ['a table of another template', 'TableName: !Ref History', 'TableName: history', 'TableName'],
    ['a table that is not there', 'TableName: !Ref History', 'TableName: !Ref Other', 'Other'],
    ['a table that is none', 'TableName: !Ref History', 'TableName: !Ref Failures', 'Resources.Failures'],
    ['a key that is no string', 'sk, AttributeType: S', 'sk, AttributeType: N', 'AttributeType'],
    ['a key without a definition', 'AttributeName: sk, KeyType', 'AttributeName: other, KeyType', 'other'],
    ['another version of SQL', "'2016-03-23'", "'2015-10-08'", 'AwsIotSqlVersion'],
    ['a disabled rule', 'AwsIotSqlVersion:', 'RuleDisabled: true\n        AwsIotSqlVersion:', 'RuleDisabled'],
    ['a condition', 'Type: AWS::IoT::TopicRule', 'Type: AWS::IoT::TopicRule\n    Condition: No', 'Condition'],
    ['a macro', 'Resources:', 'Transform: AWS::Serverless-2016-10-31\nResources:', 'Transform'],
    ['a parameter without a default', 'Default: 30', 'MinValue: 30', 'RetentionDays'],
    ['what only a stack knows, in the SQL', '${RetentionDays}', '${AWS::AccountId}', 'AWS::AccountId'],
    ['another function of CloudFormation', '!Sub >-', '!Join >-', '!Join'],
    ['no topic rule', 'AWS::IoT::TopicRule', 'AWS::IoT::Thing', '0 topic rules'],
    ['two topic rules', 'AWS::Logs::LogGroup', 'AWS::IoT::TopicRule', '2 topic rules'],
    ['an alias', 'Default: 30', 'Default: &days 30\n    MinValue: *days', 'Alias'],
    ['a key twice', 'Default: 30', 'Default: 30\n    Default: 31', 'unique'],
    ['no template', TEMPLATE, '- 1', 'its top'],
    ['no YAML', TEMPLATE, '{', 'cannot be read'],
  ])('names in a template %s', (_, standing, instead, named) => {
    const other = TEMPLATE.replaceAll(standing, () => instead);
    expect(other).not.toBe(TEMPLATE);
    expect(() => readTemplate(other)).toThrow(expect.objectContaining({ name: 'SandboxProblem' }));
    expect(() => readTemplate(other)).toThrow(named);
  });

  it.each(['../elsewhere', 'errors', 'Errors'])(
    'keeps no table named %s, whose file would be elsewhere or another',
    (name) => {
      const other = TEMPLATE.replaceAll('History', name);
      expect(() => readTemplate(other)).toThrow(`${JSON.stringify(name)}, which is no table`);
    },
  );

  it('writes nothing before it has refused', async () => {
    await using directory = await temporaryDirectory();
    const template = TEMPLATE.replace('concat(', 'newuuid(');
    await expect(openRule({ template, directory: directory.path, onFailure })).rejects.toThrow('newuuid()');
    await expect(stat(join(directory.path, 'rule'))).rejects.toThrow('ENOENT');
  });
});

describe('8.4 the rows', () => {
  it('are in the file of the table at once, for the owner alone, a duplicate under the same key', async () => {
    await using rule = await aRule();
    const event = aConnectedEvent();
    rule.append(event, TOPIC);
    rule.append(event, TOPIC);
    const item = itemOf(event);
    expect(await rule.lines('History')).toEqual([item, item]);
    expect(await rule.lines('errors')).toEqual([]);
    const modes = await Promise.all(
      [rule.path('History'), rule.path('errors'), join(rule.directory, 'rule')].map((path) => stat(path)),
    );
    expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o600, 0o700]);
  });

  it('begin anew with each start, without those of another template', async () => {
    await using directory = await temporaryDirectory();
    const home = join(directory.path, 'rule');
    await makeDirectory(home);
    await writeFile(join(home, 'Other.jsonl'), '{}\n');
    for (const timestamp of [SIGHTED_AT, SIGHTED_AT + 1]) {
      using rule = await openRule({ template: TEMPLATE, directory: directory.path, onFailure });
      rule.append(aConnectedEvent({ timestamp }), TOPIC);
    }
    const rows = await readFile(join(home, 'History.jsonl'), 'utf8');
    expect(rows).toBe(`${JSON.stringify(itemOf(aConnectedEvent({ timestamp: SIGHTED_AT + 1 })))}\n`);
    await expect(stat(join(home, 'Other.jsonl'))).rejects.toThrow('ENOENT');
  });

  it('are of the topics that FROM takes in, client IDs with slashes included', async () => {
    await using rule = await aRule();
    rule.append(aConnectedEvent({ clientId: 'site/7/pump' }), '$aws/events/presence/connected/site/7/pump');
    rule.append(aConnectedEvent(), '$aws/events/subscriptions/subscribed/pump-17');
    expect((await rule.lines('History')).map(({ clientId }) => clientId)).toEqual(['site/7/pump']);
  });

  it.each([
    ['#', 'a/b', true],
    ['#', '$aws/a', false],
    ['+/a', '$aws/a', false],
    ['$aws/#', '$aws/a/b', true],
    ['a/#', 'a', false],
    ['a/+/c', 'a/b/c', true],
    ['a/+', 'a/b/c', false],
    ['a/+', 'a/', true],
    ['a', 'b', false],
  ])('are of a topic as MQTT matches it: %s and %s, %s', (filter, topic, matches) => {
    expect(matchesFilter(filter, topic)).toBe(matches);
  });

  it.each([
    [
      'is too long for a sort key',
      { sessionIdentifier: 'x'.repeat(1024) },
      'the key "sk" has 1048 bytes, more than 1024',
    ],
    [
      'is too long for a partition key',
      { clientId: 'é'.repeat(1025) },
      'the key "clientId" has 2050 bytes, more than 2048',
    ],
    ['is empty', { clientId: '' }, 'the key "clientId" is empty'],
  ])(
    'leave out an item whose key %s: the error action has it, with the reason',
    async (_, overrides, errorMessage) => {
      await using rule = await aRule();
      const event = aConnectedEvent(overrides);
      rule.append(event, TOPIC);
      expect(await rule.lines('History')).toEqual([]);
      expect(await rule.lines('errors')).toEqual([
        {
          ruleName: 'Rule',
          topic: TOPIC,
          base64OriginalPayload: Buffer.from(JSON.stringify(event)).toString('base64'),
          failures: [{ failedAction: 'DynamoDBv2Action', failedResource: 'History', errorMessage }],
        },
      ]);
    },
  );

  it.each([
    ['is missing', 'unknown AS sk', 'the item has no key "sk"'],
    ['is a number', 'timestamp AS sk', 'the key "sk" is no string'],
  ])('leave out an item whose key %s', async (_, column, errorMessage) => {
    const sql = `Sql: SELECT *, ${column} FROM '$aws/events/presence/#'`;
    await using rule = await aRule(TEMPLATE.replace(/Sql: !Sub >-[^']*'#[^]*?presence\/#'/u, sql));
    rule.append(aConnectedEvent(), TOPIC);
    expect(await rule.lines('History')).toEqual([]);
    expect(await rule.lines('errors')).toMatchObject([{ failures: [{ errorMessage }] }]);
  });

  type AnEvent = typeof anEvent extends fc.Arbitrary<infer T> ? T : never;
  const anEvent = fc.record({
    clientId: anyText({ minLength: 1, maxLength: 40 }),
    timestamp: fc.integer({ min: 1e12, max: 1e13 - 1 }),
    eventType: fc.constantFrom('connected', 'disconnected', 'connect_failed'),
    sessionIdentifier: fc.option(anyText({ minLength: 1, maxLength: 40 }), { nil: undefined }),
    versionNumber: fc.nat(),
  });

  it('are the same set, however events are reordered and repeated', () => {
    const selector = ({ clientId, timestamp, eventType, sessionIdentifier = '-' }: AnEvent) =>
      JSON.stringify([clientId, timestamp, eventType, sessionIdentifier]);
    const history = fc.uniqueArray(anEvent, { selector, maxLength: 20 });
    const delivered = history.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray([...events, ...events, ...events], { minLength: events.length * 3 }),
        fc.shuffledSubarray(events),
      ),
    );
    const stored = (events: readonly object[]) => {
      const table = new Map(
        events.map(itemOf).map((item) => [JSON.stringify([item['clientId'], item['sk']]), item]),
      );
      return [...table].toSorted(([left], [right]) => (left < right ? -1 : 1));
    };
    fc.assert(
      fc.property(delivered, ([events, shuffled, some]) => {
        expect(stored(shuffled)).toEqual(stored(events));
        expect(stored([...shuffled, ...some])).toEqual(stored(events));
        expect(stored(events)).toHaveLength(events.length);
      }),
    );
  });

  it('sort by time as text, whatever else is in the key', () => {
    fc.assert(
      fc.property(anEvent, anEvent, (one, other) => {
        fc.pre(one.timestamp < other.timestamp);
        const [earlier, later] = [one, other].map((event) => Buffer.from(String(itemOf(event)['sk'])));
        expect(Buffer.compare(earlier ?? Buffer.of(), later ?? Buffer.of())).toBe(-1);
      }),
    );
  });
});

describe('8.5 what the API tells of it', () => {
  it('is its SQL, its topic filter and its tables, and nothing of a rule that is not there', async () => {
    await using sandbox = await aSandbox({ rule: TEMPLATE });
    const rules = async (input: ListTopicRulesCommandInput) =>
      (await sandbox.iot.send(new ListTopicRulesCommand(input))).rules;
    const ruleArn = 'arn:aws:iot:us-east-1:123456789012:rule/Rule';
    const listed = { ruleName: 'Rule', ruleArn, topicPattern: '$aws/events/presence/#', ruleDisabled: false };
    expect(await rules({})).toEqual([{ ...listed, createdAt: expect.any(Date) }]);
    expect(await rules({ topic: TOPIC, ruleDisabled: false })).toHaveLength(1);
    expect([await rules({ topic: 'a' }), await rules({ ruleDisabled: true })]).toEqual([[], []]);

    expect(await sandbox.iot.send(new GetTopicRuleCommand({ ruleName: 'Rule' }))).toMatchObject({
      ruleArn,
      rule: {
        ruleName: 'Rule',
        sql: readTemplate(TEMPLATE).sql,
        actions: [{ dynamoDBv2: { putItem: { tableName: 'History' } } }],
        ruleDisabled: false,
      },
    });
    await expect(sandbox.iot.send(new GetTopicRuleCommand({ ruleName: 'Other' }))).rejects.toMatchObject(
      anError('UnauthorizedException', 401, "Access to topic rule 'Other' was denied"),
    );
  });

  it('is that there is none, where none was given', async () => {
    await using sandbox = await aSandbox();
    expect((await sandbox.iot.send(new ListTopicRulesCommand({}))).rules).toEqual([]);
  });
});
