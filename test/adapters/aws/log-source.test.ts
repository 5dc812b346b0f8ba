import { SetV2LoggingOptionsCommand } from '@aws-sdk/client-iot';
import { CreateLogGroupCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { logSource } from '../../../src/adapters/aws/log-source.ts';
import { systemClock } from '../../../src/cli/system.ts';
import type { Search, SourceItem } from '../../../src/domain/source-ports.ts';
import { principalOf } from '../../../src/domain/principal.ts';
import { aConnectedClient } from '../../e2e/a-scene.ts';
import type { ConnectedClient } from '../../e2e/a-scene.ts';
import { aLogsClient } from '../../sandbox/a-caller.ts';
import { actionsOf, aPolicyDirectory, readPolicy, without } from '../../sandbox/a-policy-directory.ts';
import { aSandbox, eventually } from '../../sandbox/a-sandbox.ts';
import type { TestSandbox } from '../../sandbox/a-sandbox.ts';
import { aLogsServer } from './a-logs-server.ts';
import type { LogsReply } from './a-logs-server.ts';

const SOON = 15_000;
const forClient = (clientId: string): Search => ({ for: 'client', clientId });

type Where = {
  readonly group?: string;
  readonly profile?: string;
  readonly logsUrl?: string;
  readonly iotUrl?: string;
};

function aSource(
  { controlUrl, directory }: TestSandbox,
  { group, profile = 'default', logsUrl, iotUrl }: Where,
) {
  const iot = {
    region: 'us-east-1',
    endpointUrl: controlUrl,
    profile,
    credentialsFile: join(directory, 'aws/credentials'),
    configFile: join(directory, 'aws/config'),
    toolVersion: 'test',
  };
  return logSource(group, {
    logs: { ...iot, endpointUrl: logsUrl ?? controlUrl },
    iot: { ...iot, endpointUrl: iotUrl ?? controlUrl },
    clock: systemClock,
  });
}

async function read(
  sandbox: TestSandbox,
  search: Search,
  where: Where = {},
  signal: AbortSignal = AbortSignal.timeout(SOON),
): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const item of aSource(sandbox, where).read(search, signal)) items.push(item);
  return items;
}

const eventsOf = (items: readonly SourceItem[]) =>
  items.flatMap((item) => (item.kind === 'event' ? [item.found] : []));
const flawsOf = (items: readonly SourceItem[]) =>
  items.flatMap((item) => (item.kind === 'flawed' ? [item.why] : []));

const log = ({ iot }: TestSandbox, defaultLogLevel: 'INFO' | 'ERROR' | 'DISABLED', more: object = {}) =>
  iot.send(new SetV2LoggingOptionsCommand({ defaultLogLevel, ...more }));

let sandbox: TestSandbox;
let hostile: ConnectedClient;
let shared: ConnectedClient;
beforeAll(async () => {
  sandbox = await aSandbox();
  await log(sandbox, 'INFO');
  hostile = await aConnectedClient(sandbox, { clientId: '" | limit 1 #ü' });
  shared = await aConnectedClient(sandbox, { clientId: 'pump-18', identity: hostile.identity });
});
afterAll(async () => {
  await hostile[Symbol.asyncDispose]();
  await shared[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

describe('the log of AWS IoT in CloudWatch', () => {
  it('tells who is connected as a client, whatever that is called, as it was logged', async () => {
    const [found, ...more] = eventsOf(await read(sandbox, forClient(hostile.clientId)));
    expect(more).toEqual([]);
    const { clientId, identity } = hostile;
    expect(found).toMatchObject({
      event: { eventType: 'connected', clientId, principalIdentifier: identity.certificateId },
      raw: { eventType: 'Connect', status: 'Success', clientId, traceId: expect.any(String) },
      source: 'cloudwatch:AWSIotLogsV2',
    });
  });

  it('tells so by what a client does, too, where its beginning was not logged', async () => {
    await using quiet = await aSandbox();
    await log(quiet, 'ERROR');
    await using client = await aConnectedClient(quiet, { clientId: 'pump-17' });
    await log(quiet, 'INFO');
    await client.device.client.publishAsync('a', 'x', { qos: 1 });
    const [found, ...more] = eventsOf(await read(quiet, forClient('pump-17')));
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      event: { eventType: 'connected', principalIdentifier: client.identity.certificateId },
      raw: { eventType: 'Publish-In' },
    });
  });

  it('tells who else was seen with a principal, and since when it would know', async () => {
    const principal = principalOf(hostile.identity.certificateId);
    const items = await read(sandbox, { for: 'principal', principal });
    expect(
      eventsOf(items)
        .map(({ event }) => event.clientId)
        .toSorted(),
    ).toEqual([hostile.clientId, 'pump-18']);
    expect(items.find((item) => item.kind === 'covers')).toEqual({
      kind: 'covers',
      since: expect.any(Number),
    });
    const everybody = await read(sandbox, { for: 'everybody' });
    expect(eventsOf(everybody)).toHaveLength(2);
  });

  it('is read although nothing is logged now, and that is said; where there is none, how to have one', async () => {
    await log(sandbox, 'DISABLED');
    const items = await read(sandbox, forClient('pump-18'));
    await log(sandbox, 'INFO');
    expect(flawsOf(items)).toEqual([expect.stringContaining('at the level DISABLED')]);
    expect(eventsOf(items)).toHaveLength(1);
    await using never = await aSandbox();
    await expect(read(never, forClient('pump-18'))).rejects.toMatchObject({
      code: 'no-history',
      message: expect.stringContaining('never set up'),
      hint: expect.stringContaining('set-v2-logging-options'),
    });
  });

  it('is not looked for where something else answers in the place of AWS IoT', async () => {
    await using server = await aLogsServer(() => ({ eventConfigurations: [{ logDestination: { a: 1 } }] }));
    await expect(read(sandbox, forClient('pump-18'), { iotUrl: server.url })).rejects.toMatchObject({
      code: 'service-failed',
      message: expect.stringContaining('GetV2LoggingOptions'),
    });
  });

  it('may be several groups, of which one has nothing yet', async () => {
    const own = { eventType: 'Ping', logLevel: 'INFO', logDestination: 'the/pings' };
    await log(sandbox, 'INFO', { eventConfigurations: [own] });
    const items = await read(sandbox, forClient('pump-18'));
    await log(sandbox, 'INFO');
    expect(eventsOf(items)).toHaveLength(1);
    expect(flawsOf(items)).toEqual([expect.stringContaining('no log group "the/pings"')]);
  });
});

describe('a log group that a rule fills', () => {
  it('has the events as AWS IoT published them', async () => {
    const client = await aLogsClient(sandbox, 'default');
    const group = { logGroupName: 'presence' };
    await client.send(new CreateLogGroupCommand(group));
    const published = await eventually(async () => {
      const events = await sandbox.events();
      return events.length > 0 ? events : undefined;
    });
    const logEvents = published.map((event) => ({
      timestamp: event.timestamp,
      message: JSON.stringify(event),
    }));
    await client.send(new PutLogEventsCommand({ ...group, logStreamName: 'any', logEvents }));
    client.destroy();
    const items = await read(sandbox, forClient('pump-18'), { group: 'presence' });
    const event = published.find(({ clientId }) => clientId === 'pump-18');
    expect(eventsOf(items)).toEqual([{ event, raw: event, source: 'cloudwatch:presence' }]);
  });

  it('that is not there is told by its name', async () => {
    await expect(read(sandbox, forClient('pump-18'), { group: 'absent' })).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringContaining('"absent"'),
    });
  });
});

describe('look-up-in-logs.json', () => {
  const policy = readPolicy('look-up-in-logs.json');

  async function aSandboxWith(responder: object): Promise<TestSandbox> {
    await using policies = await aPolicyDirectory({ 'respond.json': responder });
    const strict = await aSandbox({ policies: policies.directory });
    await log(strict, 'INFO');
    await using _client = await aConnectedClient(strict, { clientId: 'pump-17' });
    return strict;
  }

  it('is enough, and to stop what is not needed any more', async () => {
    await using strict = await aSandboxWith(policy);
    const items = await read(strict, forClient('pump-17'), { profile: 'responder' });
    expect(flawsOf(items)).toEqual([]);
    expect(eventsOf(items).map(({ event }) => event.eventType)).toContain('connected');
  });

  it.each(actionsOf(policy).filter((action) => action !== 'logs:StopQuery'))(
    'has no action too many: without %s its call is said to be refused',
    async (action) => {
      await using strict = await aSandboxWith(without(policy, action));
      const said = await read(strict, forClient('pump-17'), { profile: 'responder' }).then(
        (items) => flawsOf(items).join(),
        (error: unknown) => (error instanceof Error ? error.message : ''),
      );
      expect(said).toContain(action.replace(/^\w+:/u, ''));
    },
  );
});

const RUNNING = { status: 'Running', results: [], statistics: { recordsScanned: 7 } };

describe('a query', () => {
  const row = (index: number, second: number) => {
    const time = new Date(second * 1_000).toISOString().replace('T', ' ').replace('Z', '');
    const message = {
      clientId: 'pump-17',
      eventType: 'Connect',
      status: 'Success',
      principalId: 'a',
      timestamp: time,
    };
    return Object.entries({
      '@timestamp': time,
      '@message': JSON.stringify(message),
      '@ptr': String(index),
    }).map(([field, value]) => ({ field, value }));
  };

  it('that reaches the limit of rows is asked again for what is older, without a row twice', async () => {
    const end = Math.floor(Date.now() / 1_000);
    // 25,000 rows, a hundred in each second, the newest first.
    const rows = Array.from({ length: 25_000 }, (_, index) => ({
      second: end - Math.floor(index / 100),
      index,
    }));
    let started: number[] = [];
    await using server = await aLogsServer(({ operation, body }) => {
      const text = String(body['queryString']);
      if (operation === 'StartQuery') {
        started = [...started, Number(body['endTime'])];
        return { queryId: text.includes('stats') ? 'activity' : String(body['endTime']) };
      }
      const to = Number(body['queryId']);
      const found = rows.filter(({ second }) => second <= to).slice(0, 10_000);
      return { status: 'Complete', results: found.map(({ index, second }) => row(index, second)) };
    });
    const items = await read(sandbox, forClient('pump-17'), { group: 'any', logsUrl: server.url });
    expect(eventsOf(items)).toHaveLength(25_000);
    expect(flawsOf(items)).toEqual([]);
    expect(started).toHaveLength(4);
  });

  it.each([
    ['20 days ago', [20, 34, 36]],
    ['three days ago', [3, 17]],
    ['today', [0.5]],
  ])('of a client that was seen %s reaches 15 days back from there', async (_, days) => {
    const now = Math.floor(Date.now() / 1_000);
    const spans: { from: number; to: number }[] = [];
    await using server = await aLogsServer(({ operation, body }) => {
      if (operation === 'StartQuery') {
        spans.push({ from: Number(body['startTime']), to: Number(body['endTime']) });
        return { queryId: String(body['queryString']).includes('stats') ? 'none' : String(spans.length) };
      }
      const { from = 0, to = 0 } = spans[Number(body['queryId']) - 1] ?? {};
      const seen = days.map((ago) => now - ago * 86_400).filter((at) => from <= at && at <= to);
      return { status: 'Complete', results: seen.map((at) => row(at, at)) };
    });
    const items = await read(sandbox, forClient('pump-17'), { group: 'any', logsUrl: server.url });
    expect(eventsOf(items)).toHaveLength(days.length);
    expect(spans).toHaveLength(days[0] === 0.5 ? 2 : 4);
  });

  it('that ends before all that the group keeps has found nothing', async () => {
    let started = 0;
    await using server = await aLogsServer(({ operation }) => {
      if (operation !== 'StartQuery') return { status: 'Complete', results: [] };
      return (started += 1) > 2 ? 'MalformedQueryException' : { queryId: 'q' };
    });
    expect(await read(sandbox, forClient('pump-17'), { group: 'any', logsUrl: server.url })).toEqual([]);
    expect(started).toBe(3);
  });

  it('that finds more than its limit in one second says so, and does not go on for ever', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const results = Array.from({ length: 10_000 }, (_, index) => row(index, now));
    await using server = await aLogsServer(({ operation, body }) =>
      operation === 'StartQuery'
        ? { queryId: String(body['queryString']).includes('stats') ? 'activity' : 'sessions' }
        : { status: 'Complete', results: body['queryId'] === 'activity' ? [] : results },
    );
    const items = await read(sandbox, forClient('pump-17'), { group: 'any', logsUrl: server.url });
    expect(eventsOf(items)).toHaveLength(10_000);
    expect(flawsOf(items)).toEqual(['only the newest 10000 of its rows were read']);
  });

  it('waits its turn where too many run, for a while', async () => {
    let refusals = 2;
    await using server = await aLogsServer(({ operation }) => {
      if (operation === 'StartQuery' && (refusals -= 1) >= 0) return 'LimitExceededException';
      return operation === 'StartQuery' ? { queryId: 'q' } : { status: 'Complete', results: [] };
    });
    expect(await read(sandbox, forClient('pump-17'), { group: 'any', logsUrl: server.url })).toEqual([]);
    expect(server.named('StartQuery')).toHaveLength(2 + 4);
  });

  it.each([
    ['Failed', 'service-failed'],
    ['Cancelled', 'service-failed'],
    ['Timeout', 'timed-out'],
  ])('that ends as %s is an error, and is not stopped', async (status, code) => {
    await using server = await aLogsServer(({ operation }) =>
      operation === 'StartQuery' ? { queryId: 'q' } : { status, results: [] },
    );
    const reading = read(sandbox, forClient('pump-17'), { group: 'any', logsUrl: server.url });
    await expect(reading).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`ended as ${status}`),
    });
    expect(server.named('StopQuery')).toEqual([]);
  });

  it.each<[string, LogsReply, LogsReply]>([
    ['StartQuery', { queryId: 7 }, {}],
    ['GetQueryResults', { queryId: 'q' }, { status: 'Complete', results: { a: 1 } }],
    [
      'GetQueryResults',
      { queryId: 'q' },
      { status: 'Complete', results: [[{ field: '@message', value: 7 }]] },
    ],
  ])(
    'that is answered to %s with what AWS never would is an error of the service',
    async (call, started, results) => {
      await using server = await aLogsServer(({ operation }) =>
        operation === 'StartQuery' ? started : results,
      );
      const reading = read(sandbox, forClient('pump-17'), { group: 'any', logsUrl: server.url });
      await expect(reading).rejects.toMatchObject({
        code: 'service-failed',
        message: expect.stringContaining(call),
      });
    },
  );

  it.each([
    ['the signal aborts', true],
    ['nobody reads on', false],
  ])('that runs is stopped when %s, where that is allowed', async (_, aborts) => {
    await using server = await aLogsServer(({ operation }) => {
      if (operation === 'StopQuery') return 'AccessDeniedException';
      return operation === 'StartQuery' ? { queryId: 'q' } : RUNNING;
    });
    const stop = new AbortController();
    const readOnce = async () => {
      const source = aSource(sandbox, { group: 'any', logsUrl: server.url });
      for await (const item of source.read(forClient('pump-17'), stop.signal)) {
        expect(item).toEqual({ kind: 'progress', done: 7, unit: 'rows' });
        if (!aborts) return;
        stop.abort();
      }
    };
    if (aborts) await expect(readOnce()).rejects.toMatchObject({ code: 'timed-out' });
    else await readOnce();
    expect(server.named('StopQuery')).toEqual([{ operation: 'StopQuery', body: { queryId: 'q' } }]);
  });

  it('that nobody knows any more is an error, too', async () => {
    await using server = await aLogsServer(({ operation }) =>
      operation === 'StartQuery' ? { queryId: 'q' } : 'ResourceNotFoundException',
    );
    const reading = read(sandbox, forClient('pump-17'), { group: 'any', logsUrl: server.url });
    await expect(reading).rejects.toMatchObject({
      code: 'service-refused',
      message: expect.stringContaining('GetQueryResults'),
    });
  });
});
