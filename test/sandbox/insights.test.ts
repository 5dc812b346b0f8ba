import {
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  GetQueryResultsCommand,
  PutLogEventsCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { SetV2LoggingOptionsCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aLogsClient } from './a-caller.ts';
import { aDevice, anIdentity, type Device } from './a-device.ts';
import { aPolicyDirectory } from './a-policy-directory.ts';
import { aSandbox, eventually, type TestSandbox } from './a-sandbox.ts';
import { anError } from './an-error.ts';

const GROUP = 'AWSIotLogsV2';

type Setting = { eventType: string; logLevel?: 'INFO' | 'ERROR'; logDestination?: string };

const log = ({ iot }: TestSandbox, defaultLogLevel: 'INFO' | 'ERROR', ...eventConfigurations: Setting[]) =>
  iot.send(new SetV2LoggingOptionsCommand({ defaultLogLevel, eventConfigurations }));

/** Somebody who reads logs. */
async function aReader(sandbox: TestSandbox, profile = 'default') {
  const client = await aLogsClient(sandbox, profile);
  const start = async (queryString: string, more: object = {}) => {
    const times = { startTime: 0, endTime: Math.floor(Date.now() / 1_000) + 60 };
    const command = new StartQueryCommand({ logGroupName: GROUP, queryString, ...times, ...more });
    return (await client.send(command)).queryId;
  };
  const results = (queryId: string | undefined) => client.send(new GetQueryResultsCommand({ queryId }));
  const ask = async (queryString: string, more: object = {}) => {
    const { results: rows = [] } = await results(await start(queryString, more));
    return rows.map((row) => Object.fromEntries(row.map(({ field = '', value }) => [field, value])));
  };
  return { client, start, results, ask, [Symbol.dispose]: () => client.destroy() };
}

async function connected(sandbox: TestSandbox, clientId: string): Promise<Device> {
  const device = aDevice(sandbox, { identity: await anIdentity(sandbox), clientId });
  device.client.on('error', () => {});
  expect(await device.outcome).toBe('connected');
  return device;
}

describe('2.11 the log of what clients do', () => {
  it('2.11.1 has who connected, what they did and how it ended, with the principal and without a session, at INFO', async () => {
    await using sandbox = await aSandbox();
    using reader = await aReader(sandbox);
    await log(sandbox, 'INFO');
    const device = await connected(sandbox, 'pump-17');
    await device.client.subscribeAsync('a');
    await device.client.publishAsync('a', 'x', { qos: 1 });
    await device.client.unsubscribeAsync('a');
    await device.client.endAsync();
    const events = await eventually(async () => {
      const { events: found = [] } = await reader.client.send(
        new FilterLogEventsCommand({ logGroupName: GROUP }),
      );
      return found.length === 5 ? found : undefined;
    });
    const [connect, ...more] = events.map(({ message = '' }): unknown => JSON.parse(message));
    expect(connect).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/u),
      logLevel: 'INFO',
      traceId: expect.any(String),
      accountId: '123456789012',
      status: 'Success',
      eventType: 'Connect',
      protocol: 'MQTT',
      clientId: 'pump-17',
      principalId: expect.stringMatching(/^[0-9a-f]{64}$/u),
      sourceIp: '127.0.0.1',
      sourcePort: expect.any(Number),
    });
    const types = ['Subscribe', 'Publish-In', 'Unsubscribe', 'Disconnect'];
    expect(more).toEqual(types.map((eventType) => expect.objectContaining({ eventType, status: 'Success' })));
    expect(more.at(-1)).toMatchObject({ disconnectReason: 'CLIENT_INITIATED_DISCONNECT' });
  });

  it('2.11.2 has at ERROR, spelled as it is in the log, only whom another connection displaced', async () => {
    await using sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
    using reader = await aReader(sandbox);
    await log(sandbox, 'ERROR');
    await using _displaced = await connected(sandbox, 'pump-17');
    await using _other = await connected(sandbox, 'pump-17');
    const rows = await eventually(async () => {
      const found = await reader.ask('fields eventType, status, reason').catch(() => []);
      return found.length > 0 ? found : undefined;
    });
    const displaced = { eventType: 'Disconnect', status: 'Failure', reason: 'DUPLICATE_CLIENT_ID' };
    expect(rows).toEqual([{ '@ptr': expect.any(String), ...displaced }]);
  });

  it('2.11.3 has Ping only where it is switched on by its name, and each type in a group of its own where one is named', async () => {
    await using sandbox = await aSandbox();
    using reader = await aReader(sandbox);
    await log(sandbox, 'INFO', { eventType: 'Connect', logLevel: 'INFO', logDestination: 'the/doors' });
    await using device = await connected(sandbox, 'pump-17');
    device.client.sendPing();
    await device.client.publishAsync('a', 'x', { qos: 1 });
    expect(await reader.ask('fields eventType', { logGroupName: 'the/doors' })).toHaveLength(1);
    expect(await reader.ask('filter eventType != "Publish-In"')).toEqual([]);
    await log(sandbox, 'INFO', { eventType: 'Ping', logLevel: 'INFO' });
    device.client.sendPing();
    await device.client.publishAsync('a', 'x', { qos: 1 });
    expect(await reader.ask('filter eventType = "Ping"')).toHaveLength(1);
  });
});

describe('2.12 Logs Insights', () => {
  const NOW = Date.now();
  const message = (clientId: string, eventType: string, more: object = {}) =>
    JSON.stringify({ clientId, eventType, principalIdentifier: `of ${clientId}`, ...more });
  const EVENTS = [
    { timestamp: NOW - 3_000, message: message('pump-17', 'connected') },
    { timestamp: NOW - 2_000, message: message('pump#18', 'connected', { versionNumber: 3 }) },
    { timestamp: NOW - 1_000, message: message('pump-17', 'disconnected') },
    { timestamp: NOW - 90_000_000, message: 'not JSON' },
  ];
  let sandbox: TestSandbox;
  let reader: Awaited<ReturnType<typeof aReader>>;
  beforeAll(async () => {
    sandbox = await aSandbox();
    reader = await aReader(sandbox);
    await reader.client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
    const events = { logGroupName: GROUP, logStreamName: 'any', logEvents: EVENTS };
    await reader.client.send(new PutLogEventsCommand(events));
  });
  afterAll(async () => {
    reader[Symbol.dispose]();
    await sandbox[Symbol.asyncDispose]();
  });

  it('2.12.1 a group is made once, and what is put into it has a time of its own', async () => {
    const again = reader.client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
    await expect(again).rejects.toMatchObject(anError('ResourceAlreadyExistsException', 400));
    const absent = { logGroupName: 'absent', logStreamName: 'any', logEvents: EVENTS };
    await expect(reader.client.send(new PutLogEventsCommand(absent))).rejects.toMatchObject(
      anError('ResourceNotFoundException', 400),
    );
    const { events = [] } = await reader.client.send(new FilterLogEventsCommand({ logGroupName: GROUP }));
    expect(events.map(({ timestamp }) => timestamp)).toEqual(
      EVENTS.map((one) => one.timestamp).toSorted((a, b) => a - b),
    );
  });

  it('2.12.2 finds by conditions over the fields of JSON, sorted, as far as a limit, with a pointer to each', async () => {
    const found = await reader.ask(
      'fields @timestamp, @message | filter clientId = "pump-17" and (eventType in ["connected", "x"] or status = "y") | sort @timestamp desc | limit 5',
    );
    const [{ timestamp, message: text } = { timestamp: 0, message: '' }] = EVENTS;
    const time = new Date(timestamp).toISOString().replace('T', ' ').replace('Z', '');
    expect(found).toEqual([{ '@timestamp': time, '@message': text, '@ptr': expect.any(String) }]);
    expect(await reader.ask('filter ispresent(clientId) | limit 2')).toHaveLength(2);
    expect(await reader.ask('filter clientId like /^pump.1/ and eventType != "x"')).toHaveLength(3);
  });

  it('2.12.3 sums up by fields, a time that was calculated with being a number', async () => {
    const text = 'stats latest(eventType) as last, min(@timestamp) as since by clientId, principal';
    const rows = await reader.ask(
      `fields coalesce(principalId, principalIdentifier) as principal | filter ispresent(clientId) | ${text} | sort since asc`,
    );
    const [first, second] = EVENTS.map(({ timestamp }) => String(timestamp));
    expect(rows).toEqual([
      { clientId: 'pump-17', principal: 'of pump-17', last: 'disconnected', since: first },
      { clientId: 'pump#18', principal: 'of pump#18', last: 'connected', since: second },
    ]);
    expect(await reader.ask('stats count_distinct(clientId) as clients')).toEqual([{ clients: '2' }]);
  });

  it('2.12.4 looks from one second to another, both included', async () => {
    const second = Math.floor((NOW - 2_000) / 1_000);
    const times = { startTime: second, endTime: second };
    expect(await reader.ask('filter clientId = "pump#18"', times)).toHaveLength(1);
    expect(await reader.ask('filter clientId = "pump-17"', times)).toEqual([]);
  });

  it('2.12.5 refuses what the sandbox cannot evaluate, rather than passing over it', async () => {
    for (const text of [
      'filter clientId = "a\\"b"',
      'filter a > 1',
      'stats avg(a) as b',
      'parse @message "*" as a',
      'limit 0',
      'filter a like /(/',
      'filter a = "b" "c"',
    ])
      await expect(reader.start(text)).rejects.toMatchObject(anError('MalformedQueryException', 400));
    const refused = anError('InvalidParameterException', 400);
    await expect(reader.start('limit 1', { limit: 3 })).rejects.toMatchObject(refused);
  });

  it('2.12.6 query-delay: a query runs for so long, without results, and can be stopped until it is over', async () => {
    const { id } = sandbox.faults.add({ fault: 'query-delay', ms: 60_000 });
    const running = await reader.start('limit 1');
    expect(await reader.results(running)).toMatchObject({ status: 'Running', results: [] });
    expect(await reader.client.send(new StopQueryCommand({ queryId: running }))).toMatchObject({
      success: true,
    });
    expect(await reader.results(running)).toMatchObject({ status: 'Cancelled', results: [] });
    sandbox.faults.remove(id);
    const over = await reader.start('limit 1');
    const late = reader.client.send(new StopQueryCommand({ queryId: over }));
    await expect(late).rejects.toMatchObject(anError('InvalidParameterException', 400));
    await expect(reader.results('absent')).rejects.toMatchObject(anError('ResourceNotFoundException', 400));
  });

  it('2.12.7 at most a hundred run at a time', async () => {
    const { id } = sandbox.faults.add({ fault: 'query-delay', ms: 60_000 });
    const started = await Promise.all(Array.from({ length: 100 }, () => reader.start('limit 1')));
    await expect(reader.start('limit 1')).rejects.toMatchObject(anError('LimitExceededException', 400));
    for (const queryId of started) await reader.client.send(new StopQueryCommand({ queryId }));
    sandbox.faults.remove(id);
    expect(await reader.ask('limit 1')).toHaveLength(1);
  });

  it('2.12.8 needs the operation on the group, and logs:StopQuery on all, each by its name', async () => {
    const statement = (Action: string[], Resource: string) => ({ Effect: 'Allow', Action, Resource });
    const ofGroup = 'arn:aws:logs:us-east-1:123456789012:log-group:mine:*';
    await using policies = await aPolicyDirectory({
      'respond.json': {
        Version: '2012-10-17',
        Statement: [statement(['logs:StartQuery'], ofGroup), statement(['logs:StopQuery'], ofGroup)],
      },
    });
    await using strict = await aSandbox({ policies: policies.directory });
    using owner = await aReader(strict);
    using responder = await aReader(strict, 'responder');
    const denied = (action: string) => ({
      ...anError('AccessDeniedException', 400),
      message: expect.stringContaining(action),
    });
    await expect(responder.start('limit 1')).rejects.toMatchObject(denied('logs:StartQuery'));
    await owner.client.send(new CreateLogGroupCommand({ logGroupName: 'mine' }));
    const queryId = await responder.start('limit 1', { logGroupName: 'mine' });
    await expect(responder.results(queryId)).rejects.toMatchObject(denied('logs:GetQueryResults'));
    const stopping = responder.client.send(new StopQueryCommand({ queryId }));
    await expect(stopping).rejects.toMatchObject(denied('logs:StopQuery on resource: *'));
    const creating = responder.client.send(new CreateLogGroupCommand({ logGroupName: 'mine' }));
    await expect(creating).rejects.toMatchObject(denied('logs:CreateLogGroup'));
    const put = { logGroupName: 'mine', logStreamName: 'any', logEvents: EVENTS };
    await expect(responder.client.send(new PutLogEventsCommand(put))).rejects.toMatchObject(
      denied('logs:PutLogEvents'),
    );
  });
});
