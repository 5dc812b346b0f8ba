import {
  DescribeCertificateCommand,
  DescribeEndpointCommand,
  DetachPolicyCommand,
  IoTClient,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { DeleteConnectionCommand } from '@aws-sdk/client-iot-data-plane';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { DISCONNECT_REASONS, type Fault } from '../../src/sandbox/faults/fault.ts';
import { createFaults } from '../../src/sandbox/faults/faults.ts';
import {
  aClient,
  aDevice,
  anIdentity,
  aRawDevice,
  attachNewPolicy,
  ALLOW_ALL,
  type Device,
  type IssuedIdentity,
} from './a-device.ts';
import { aSandbox, eventually, type TestSandbox } from './a-sandbox.ts';
import { signedUrl } from './a-signed-url.ts';
import { anError } from './an-error.ts';

const HOUR_MS = 3_600_000;
const UNLIMITED: Fault = { fault: 'unlimited-connects' };
const TOO_SOON = 'Server unavailable';

let sandbox: TestSandbox;
let identity: IssuedIdentity;
beforeAll(async () => {
  sandbox = await aSandbox({ minimumKeepAliveSeconds: 1 });
  identity = await anIdentity(sandbox);
});
afterEach(async () => {
  expect((await fetch(`${sandbox.adminUrl}/faults`, { method: 'DELETE' })).status).toBe(200);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const active = z.looseObject({ id: z.number(), fault: z.string(), struck: z.number() });

type Asked = { readonly method?: string; readonly path?: string; readonly type?: string };

/** Asks the side door, as a drill would. */
async function ask(
  body: unknown,
  { method = 'POST', path = '/faults', type = 'application/json' }: Asked = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${sandbox.adminUrl}${path}`, {
    method,
    headers: { 'content-type': type },
    ...(body === undefined ? {} : { body: text }),
  });
  const answered: unknown = await response.json();
  return { status: response.status, body: answered };
}

/** Causes a fault through the side door; what is returned takes it off again. */
async function cause(fault: object) {
  const { status, body } = await ask(fault);
  expect(status).toBe(201);
  const { id } = active.parse(body);
  return { id, takeOff: () => ask(undefined, { method: 'DELETE', path: `/faults/${id}` }) };
}

async function connected(clientId: string, options: Partial<Parameters<typeof aDevice>[1]> = {}) {
  const device = aDevice(sandbox, { identity, clientId, ...options });
  expect(await device.outcome).toBe('connected');
  return device;
}

/** What becomes of one CONNECT. */
async function attempt(clientId: string, { at = sandbox, by = identity } = {}): Promise<string> {
  await using device = aDevice(at, { identity: by, clientId });
  return await device.outcome; // before the device goes
}

const isConnected = async (clientId: string) => (await sandbox.connection(clientId)).connected;
const endOf = (clientId: string, at = sandbox) =>
  at.untilEvent((event) => event.clientId === clientId && event.eventType === 'disconnected');
const eventsOf = async (clientId: string) =>
  (await sandbox.events())
    .filter((event) => event.clientId === clientId)
    .map(({ versionNumber, eventType }) => `${versionNumber} ${eventType}`);
const untilEvents = (clientId: string, count: number) =>
  eventually(async () => {
    const seen = await eventsOf(clientId);
    return seen.length >= count ? seen : undefined;
  });

const deactivate = ({ certificateId }: IssuedIdentity, at = sandbox) =>
  at.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
const activate = ({ certificateId }: IssuedIdentity, at = sandbox) =>
  at.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }));
const statusOf = async ({ certificateId }: IssuedIdentity) =>
  (await sandbox.iot.send(new DescribeCertificateCommand({ certificateId }))).certificateDescription?.status;

describe('10.1 whom a fault strikes', () => {
  const never = () => 1;
  const always = () => 0;

  it('10.1.1 everybody, always and for ever, unless it is narrowed', () => {
    const faults = createFaults([{ fault: 'throttle' }], never);
    for (const victim of [{}, { client: 'pump' }, { operation: 'DescribeEndpoint', client: 'pump' }]) {
      expect(faults.strike('throttle', victim)).toMatchObject({ fault: 'throttle' });
    }
    expect(faults.strike('lost-reply', {})).toBeUndefined();
    expect(faults.list()).toMatchObject([{ struck: 3 }]);
  });

  it('10.1.2 only the client, the operation and the kind of event that it names', () => {
    const faults = createFaults(
      [
        { fault: 'throttle', client: 'pump', operation: 'GetConnection' },
        { fault: 'lose-events', client: 'pump', event: 'connected' },
      ],
      always,
    );
    const throttled = (client: string | undefined, operation: string) =>
      faults.strike('throttle', { client, operation }) !== undefined;
    expect(throttled('pump', 'GetConnection')).toBe(true);
    expect(throttled('pump', 'DeleteConnection')).toBe(false);
    expect(throttled('valve', 'GetConnection')).toBe(false);
    expect(throttled(undefined, 'GetConnection')).toBe(false);
    expect(faults.strike('lose-events', { client: 'pump', event: 'connected' })).toBeDefined();
    expect(faults.strike('lose-events', { client: 'pump', event: 'disconnected' })).toBeUndefined();
  });

  it('10.1.3 at its rate, by chance', () => {
    const draws = [0.1, 0.49, 0.5, 0.9, 0];
    const faults = createFaults([{ fault: 'throttle', rate: 0.5 }], () => draws.shift() ?? 1);
    const struck = [1, 2, 3, 4, 5].map(() => faults.strike('throttle', {}) !== undefined);
    expect(struck).toEqual([true, true, false, false, true]);
    expect(createFaults([{ fault: 'throttle', rate: 0 }], always).strike('throttle', {})).toBeUndefined();
    const certain = createFaults([{ fault: 'throttle', rate: 1 }], () => 1 - Number.EPSILON);
    expect(certain.strike('throttle', {})).toBeDefined();
  });

  it('10.1.4 so many times, of which a miss is none', () => {
    const draws = [0.9, 0, 0, 0];
    const faults = createFaults([{ fault: 'throttle', times: 2, rate: 0.5 }], () => draws.shift() ?? 0);
    const struck = [1, 2, 3, 4].map(() => faults.strike('throttle', {}) !== undefined);
    expect(struck).toEqual([false, true, true, false]);
    expect(faults.list()).toMatchObject([{ times: 2, struck: 2 }]);
  });

  it('10.1.5 with the longest delay that fits, where several do', () => {
    const faults = createFaults(
      [
        { fault: 'drop-delay', ms: 10 },
        { fault: 'drop-delay', ms: 30, client: 'pump' },
        { fault: 'drop-delay', ms: 20 },
      ],
      always,
    );
    expect(faults.delayMs('drop-delay', { client: 'pump' })).toBe(30);
    expect(faults.delayMs('drop-delay', { client: 'valve' })).toBe(20);
    expect(faults.delayMs('detach-delay', { client: 'valve' }, 5)).toBe(5);
  });
});

describe('10.2 how a fault is caused and taken off', () => {
  it('10.2.1 from the start', async () => {
    await using own = await aSandbox({ faults: [{ fault: 'throttle', operation: 'DescribeEndpoint' }] });
    const asked = own.iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }));
    await expect(asked).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('10.2.1 not from the start, when it makes no sense: the sandbox says which one, and why', async () => {
    const faults = [{ fault: 'throttle' }, { fault: 'event-delay', ms: -1 }];
    await expect(aSandbox({ faults })).rejects.toMatchObject({
      name: 'SandboxProblem',
      message: expect.stringMatching(/"event-delay".*ms: /u),
    });
  });

  it('10.2.2 through the side door, one by one, and seen there with how often it struck', async () => {
    expect(await ask({ fault: 'throttle', times: 1 })).toMatchObject({
      status: 201,
      body: { fault: 'throttle', times: 1, struck: 0 },
    });
    const other = await cause({ fault: 'server-error' });
    await expect(sandbox.iot.send(new DescribeEndpointCommand({}))).rejects.toMatchObject({
      name: 'ThrottlingException',
    });
    expect(await ask(undefined, { method: 'GET' })).toMatchObject({
      status: 200,
      body: [
        { fault: 'throttle', struck: 1 },
        { id: other.id, fault: 'server-error', status: 500, struck: 0 },
      ],
    });
    expect(await other.takeOff()).toMatchObject({ status: 200, body: [{ fault: 'throttle' }] });
    expect(await other.takeOff()).toMatchObject({ status: 404 });
    expect(await ask(undefined, { method: 'DELETE' })).toEqual({ status: 200, body: [] });
  });

  it.each([
    { fault: 'deactivation-delay', ms: 5 },
    { fault: 'detach-delay', ms: 5 },
    { fault: 'drop-delay', ms: 5 },
    { fault: 'event-delay', ms: 5, event: 'subscribed', rate: 0.5, times: 3 },
    { fault: 'lose-events', event: 'connect_failed', rate: 0.5, times: 3 },
    { fault: 'duplicate-events', event: 'unsubscribed', rate: 0.5, times: 3 },
    { fault: 'reorder-events', event: 'disconnected', rate: 0.5, times: 3 },
    { fault: 'throttle', operation: 'GetConnection', rate: 0.5, times: 3 },
    { fault: 'server-error', status: 503, operation: 'GetConnection', rate: 0.5, times: 3 },
    { fault: 'lost-reply', operation: 'GetConnection', rate: 0.5, times: 3 },
    { fault: 'drop-connection', reason: 'THROTTLED', ms: 5, rate: 0.5, times: 3 },
    { fault: 'stall-connection', ms: 5, rate: 0.5, times: 3 },
    { fault: 'count-refused-connects' },
    { fault: 'unlimited-connects' },
  ])('10.2.3 for all or for one client: $fault', async (fault) => {
    for (const narrowed of [fault, { ...fault, client: 'pump, "17"' }]) {
      const { status, body } = await ask(narrowed);
      expect({ status, body }).toEqual({
        status: 201,
        body: { ...narrowed, id: expect.any(Number), struck: 0 },
      });
    }
  });

  it.each([
    ['no fault', {}],
    ['an unknown fault', { fault: 'meteor' }],
    ['an unknown field', { fault: 'throttle', clientId: 'pump' }],
    ['a field of another fault', { fault: 'clock-offset', ms: 1, client: 'pump' }],
    ['a delay without its time', { fault: 'drop-delay' }],
    ['a time that is no whole number', { fault: 'drop-delay', ms: 1.5 }],
    ['a negative time', { fault: 'drop-delay', ms: -1 }],
    ['more than a day', { fault: 'drop-delay', ms: 86_400_001 }],
    ['a clock that is off by more than a day', { fault: 'clock-offset', ms: -86_400_001 }],
    ['a number as text', { fault: 'drop-delay', ms: '5' }],
    ['a rate above 1', { fault: 'throttle', rate: 1.1 }],
    ['no time at all', { fault: 'throttle', times: 0 }],
    ['an empty client ID', { fault: 'throttle', client: '' }],
    ['what is no operation', { fault: 'throttle', operation: 'iot:GetConnection' }],
    ['an unknown kind of event', { fault: 'lose-events', event: 'reconnected' }],
    ['another status', { fault: 'server-error', status: 418 }],
    ['an unknown reason', { fault: 'drop-connection', reason: 'UNKNOWN' }],
    ['several at once', [{ fault: 'throttle' }]],
    ['null', 'null'],
    ['no JSON', '{"fault":'],
    ['nothing', ''],
  ])('10.2.4 refuses %s, and says why', async (_, body) => {
    expect(await ask(body)).toEqual({
      status: 400,
      body: { message: expect.stringMatching(/cannot be: ./u) },
    });
    expect(sandbox.faults.list()).toEqual([]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])(
    '10.2.5 refuses a fault that comes as %s, which a web page could send',
    async (type) => {
      expect((await ask({ fault: 'throttle' }, { type })).status).toBe(415);
      expect(sandbox.faults.list()).toEqual([]);
    },
  );

  it('10.2.5 refuses a name that was rebound to loopback', async () => {
    const statusFor = (host: string, method: string) =>
      new Promise<unknown>((resolve, reject) => {
        const headers = { host, 'content-type': 'application/json' };
        request(`${sandbox.adminUrl}/faults`, { method, headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .once('error', reject)
          .end(method === 'POST' ? '{"fault":"throttle"}' : undefined);
      });
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(await statusFor('attacker.example', method)).toBe(403);
      expect(await statusFor('localhost.attacker.example:80', method)).toBe(403);
    }
    expect(sandbox.faults.list()).toEqual([]);
    expect(await statusFor('localhost', 'POST')).toBe(201);
  });

  it('10.2.6 refuses a body that is too large, and takes one that just is not', async () => {
    const padded = (length: number) => '{"fault":"throttle"}'.padEnd(length);
    expect((await ask(padded(10_001))).status).toBe(413);
    expect((await ask(padded(2_000_000))).status).toBe(413);
    expect(sandbox.faults.list()).toEqual([]);
    expect((await ask(padded(10_000))).status).toBe(201);
  });

  it.each([
    ['PUT', '/faults'],
    ['DELETE', '/faults/'],
    ['DELETE', '/faults/one'],
    ['DELETE', '/faults/1e3'],
    ['DELETE', '/faultsome'],
    ['POST', '/faults/1'],
    ['POST', '/snapshot'],
    ['GET', '/'],
  ])('10.2.7 answers no %s %s', async (method, path) => {
    await cause({ fault: 'unlimited-connects' });
    const body = method === 'GET' ? undefined : { fault: 'throttle' };
    expect((await ask(body, { method, path })).status).toBe(404);
    expect(sandbox.faults.list()).toHaveLength(1);
  });
});

describe('10.3 faults of the APIs', () => {
  const BROKEN = 'socket hang up';
  /** The SDK as it is when nobody tells it otherwise. */
  const patient = () =>
    new IoTClient({ endpoint: sandbox.controlUrl, region: 'us-east-1', credentials: sandbox.accessKey });

  it('10.3.1 throttle is 400 on the control plane, and nothing was done', async () => {
    const own = await anIdentity(sandbox);
    await cause({ fault: 'throttle', operation: 'UpdateCertificate', times: 1 });
    await expect(deactivate(own)).rejects.toMatchObject(anError('ThrottlingException', 400, 'Rate exceeded'));
    expect(await statusOf(own)).toBe('ACTIVE');
    await deactivate(own);
    expect(await statusOf(own)).toBe('INACTIVE');
  });

  it('10.3.1 throttle is 429 on the data plane, for one client there', async () => {
    await using _pump = await connected('throttled-pump');
    await using _valve = await connected('throttled-valve');
    await cause({ fault: 'throttle', client: 'throttled-pump' });
    await expect(sandbox.connection('throttled-pump')).rejects.toMatchObject(
      anError('ThrottlingException', 429),
    );
    expect(await isConnected('throttled-valve')).toBe(true);
  });

  it('10.3.1 throttle is 400 at STS, in its own words', async () => {
    await cause({ fault: 'throttle', operation: 'GetCallerIdentity' });
    const asked = sandbox.sts.send(new GetCallerIdentityCommand({}));
    await expect(asked).rejects.toMatchObject(anError('Throttling', 400));
  });

  it('10.3.2 the SDK tries again when it is throttled, or the server fails', async () => {
    await cause({ fault: 'throttle', operation: 'DescribeEndpoint', times: 1 });
    await cause({ fault: 'server-error', operation: 'DescribeEndpoint', status: 503, times: 1 });
    const iot = patient();
    const { $metadata } = await iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }));
    expect($metadata.attempts).toBe(3);
    iot.destroy();
  });

  it.each([
    [500, 'InternalFailureException', 'InternalFailure'],
    [503, 'ServiceUnavailableException', 'ServiceUnavailable'],
  ])('10.3.3 server-error is %d %s, and nothing was done', async (status, name, stsName) => {
    const own = await anIdentity(sandbox);
    await cause({ fault: 'server-error', status });
    await expect(deactivate(own)).rejects.toMatchObject(anError(name, status));
    await expect(sandbox.connection('stranger')).rejects.toMatchObject(anError(name, status));
    const asked = sandbox.sts.send(new GetCallerIdentityCommand({}));
    await expect(asked).rejects.toMatchObject(anError(stsName, status));
    sandbox.faults.clear();
    expect(await statusOf(own)).toBe('ACTIVE');
  });

  it('10.3.4 lost-reply has its effect, and the SDK sees a broken connection', async () => {
    const own = await anIdentity(sandbox);
    await cause({ fault: 'lost-reply', operation: 'UpdateCertificate' });
    await expect(deactivate(own)).rejects.toThrow(BROKEN);
    expect(await statusOf(own)).toBe('INACTIVE');
  });

  it('10.3.4 lost-reply is tried again by the SDK, and does no harm to what is idempotent', async () => {
    const own = await anIdentity(sandbox);
    await cause({ fault: 'lost-reply', operation: 'UpdateCertificate', times: 1 });
    const iot = patient();
    const { certificateId } = own;
    const command = new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' });
    expect((await iot.send(command)).$metadata.attempts).toBe(2);
    expect(await statusOf(own)).toBe('INACTIVE');
    iot.destroy();
  });

  it('10.3.4 lost-reply on the data plane, for one client, and at STS', async () => {
    await using device = await connected('reply-lost');
    await cause({ fault: 'lost-reply', client: 'reply-lost' });
    await cause({ fault: 'lost-reply', operation: 'GetCallerIdentity' });
    const asked = sandbox.data.send(new DeleteConnectionCommand({ clientId: 'reply-lost' }));
    await expect(asked).rejects.toThrow(BROKEN);
    await device.closed;
    expect(await endOf('reply-lost')).toMatchObject({ disconnectReason: 'API_INITIATED_DISCONNECT' });
    const identified = sandbox.sts.send(new GetCallerIdentityCommand({}));
    await expect(identified).rejects.toThrow(BROKEN);
  });

  it('10.3.5 none strikes who has not signed', async () => {
    await cause({ fault: 'throttle' });
    const response = await fetch(`${sandbox.controlUrl}/endpoint`);
    expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    expect(sandbox.faults.list()).toMatchObject([{ struck: 0 }]);
  });
});

describe('10.4 faults of events', () => {
  /** Connects and leaves, each seen by the broker before the next. */
  async function comeAndGo(clientId: string): Promise<void> {
    const device = await connected(clientId);
    await device.client.endAsync();
    await eventually(async () => ((await isConnected(clientId)) === false ? true : undefined));
  }

  it('10.4.1 lose-events: nobody ever hears of them, neither the file nor a subscriber', async () => {
    await using watcher = await connected('loss-watcher');
    const inbox = await watcher.listen('$aws/events/presence/+/+');
    await cause({ fault: 'lose-events', client: 'unheard', event: 'connected' });
    await comeAndGo('unheard');
    await comeAndGo('heard');
    expect(await eventsOf('unheard')).toEqual(['0 disconnected']);
    expect(await eventsOf('heard')).toEqual(['0 connected', '0 disconnected']);
    const topics = [await inbox.next(), await inbox.next(), await inbox.next()].map(({ topic }) => topic);
    expect(topics).toEqual([
      '$aws/events/presence/disconnected/unheard',
      '$aws/events/presence/connected/heard',
      '$aws/events/presence/disconnected/heard',
    ]);
  });

  it('10.4.2 duplicate-events: twice the very same', async () => {
    await using watcher = await connected('double-watcher');
    const inbox = await watcher.listen('$aws/events/presence/+/double');
    await cause({ fault: 'duplicate-events', event: 'connected', times: 1 });
    await comeAndGo('double');
    await comeAndGo('single');
    const [one, two, three] = [await inbox.next(), await inbox.next(), await inbox.next()];
    expect(one.topic).toBe('$aws/events/presence/connected/double');
    expect(two).toEqual(one);
    expect(three.topic).toBe('$aws/events/presence/disconnected/double');
    expect(await eventsOf('double')).toEqual(['0 connected', '0 connected', '0 disconnected']);
    expect(await eventsOf('single')).toEqual(['0 connected', '0 disconnected']);
  });

  it('10.4.3 reorder-events: the next one passes it', async () => {
    await cause({ fault: 'reorder-events', client: 'swapped', event: 'connected' });
    await comeAndGo('swapped');
    await comeAndGo('in-order');
    expect(await untilEvents('swapped', 2)).toEqual(['0 disconnected', '0 connected']);
    expect(await untilEvents('in-order', 2)).toEqual(['0 connected', '0 disconnected']);
  });

  it('10.4.3 reorder-events for all: each second one passes the one before', async () => {
    await cause(UNLIMITED);
    await cause({ fault: 'reorder-events' });
    await comeAndGo('all-swapped');
    await comeAndGo('all-swapped');
    expect(await untilEvents('all-swapped', 4)).toEqual([
      '0 disconnected',
      '0 connected',
      '1 disconnected',
      '1 connected',
    ]);
  });

  it('10.4.3 reorder-events: it comes after a second, if nothing passes it', async () => {
    await cause({ fault: 'reorder-events', event: 'connected', times: 1 });
    await using _device = await connected('overtaken-by-nobody');
    const event = await sandbox.untilEvent(({ clientId }) => clientId === 'overtaken-by-nobody');
    expect(Date.now() - event.timestamp).toBeGreaterThanOrEqual(990);
  });

  it('10.4.4 event-delay: late, with the time at which it happened, and for nobody else', async () => {
    await cause({ fault: 'event-delay', client: 'delayed', ms: 300 });
    await using _device = await connected('delayed');
    expect(await eventsOf('delayed')).toEqual([]);
    await using _prompt = await connected('prompt');
    expect(await eventsOf('prompt')).toEqual(['0 connected']);
    const event = await sandbox.untilEvent(({ clientId }) => clientId === 'delayed');
    expect(event.timestamp).toBe((await sandbox.connection('delayed')).connectedSince);
    expect(Date.now() - event.timestamp).toBeGreaterThanOrEqual(290);
  });

  it('10.4.5 one kind of event, a subscription for one', async () => {
    await cause({ fault: 'lose-events', event: 'subscribed' });
    await using device = await connected('subscriber');
    await device.client.subscribeAsync('a');
    await device.client.unsubscribeAsync('a');
    const kinds = await eventually(async () => {
      const lines = (await sandbox.file('events.jsonl')).trim().split('\n');
      const own = lines.map((line) => active.partial().parse(JSON.parse(line)));
      const seen = own.filter(({ clientId }) => clientId === 'subscriber').map(({ eventType }) => eventType);
      return seen.includes('unsubscribed') ? seen : undefined;
    });
    expect(kinds).toEqual(['connected', 'unsubscribed']);
  });
});

describe('10.5 faults of connections', () => {
  /** The fault's own timer is in this event loop, and due before. */
  const stalled = () => delay(20);

  it.each(DISCONNECT_REASONS)(
    '10.5.1 drop-connection as %s, with its event and its Last Will',
    async (reason) => {
      const isGraceful = reason === 'CLIENT_INITIATED_DISCONNECT';
      const clientId = `dropped-${reason}`;
      await using listener = await connected(`hears-${reason}`);
      const inbox = await listener.listen(`status/${reason}`);
      const will = {
        topic: `status/${reason}`,
        payload: Buffer.from('will'),
        qos: 0,
        retain: false,
      } as const;
      await using device = await connected(clientId, { will });
      await cause({ fault: 'drop-connection', client: clientId, reason });
      await device.closed;
      expect(await endOf(clientId)).toMatchObject({
        disconnectReason: reason,
        clientInitiatedDisconnect: isGraceful,
      });
      await listener.client.publishAsync(`status/${reason}`, 'after it', { qos: 1 });
      expect((await inbox.next()).text).toBe(isGraceful ? 'after it' : 'will');
    },
  );

  it('10.5.2 drop-connection strikes who comes later, so long after, and so many times', async () => {
    await cause(UNLIMITED);
    const { id } = await cause({ fault: 'drop-connection', client: 'newcomer', ms: 200, times: 1 });
    await using first = await connected('newcomer');
    await first.closed;
    const event = await endOf('newcomer');
    expect(event).toMatchObject({ disconnectReason: 'CONNECTION_LOST' });
    const { timestamp } = await sandbox.untilEvent(({ clientId }) => clientId === 'newcomer');
    expect(event.timestamp - timestamp).toBeGreaterThanOrEqual(195);
    await using second = await connected('newcomer');
    await second.client.publishAsync('still/here', '', { qos: 1 });
    expect(sandbox.faults.list().find((one) => one.id === id)).toMatchObject({ struck: 1 });
  });

  it('10.5.2 drop-connection for all leaves nobody connected', async () => {
    await using one = await connected('all-1');
    await using two = await connected('all-2');
    await cause({ fault: 'drop-connection', reason: 'SERVER_ERROR' });
    await Promise.all([one.closed, two.closed]);
    expect(sandbox.truth().connections).toEqual([]);
  });

  it('10.5.3 drop-connection drops nobody any more once it is taken off', async () => {
    await using kept = await connected('kept');
    await using dropped = await connected('dropped-after');
    const { takeOff } = await cause({ fault: 'drop-connection', client: 'kept', ms: 100 });
    await takeOff();
    await cause({ fault: 'drop-connection', client: 'dropped-after', ms: 200 });
    await dropped.closed;
    await kept.client.publishAsync('still/here', '', { qos: 1 });
    expect(await isConnected('kept')).toBe(true);
  });

  it('10.5.3 a fault that is added strikes open connections by itself, not together with older ones', async () => {
    await using device = await connected('struck-twice');
    await cause({ fault: 'drop-connection', client: 'struck-twice', ms: HOUR_MS, times: 2 });
    await cause({ fault: 'drop-connection', client: 'struck-twice', reason: 'THROTTLED' });
    await device.closed;
    expect(await endOf('struck-twice')).toMatchObject({ disconnectReason: 'THROTTLED' });
    expect(sandbox.faults.list()).toMatchObject([{ struck: 1 }, { struck: 1 }]);
  });

  it('10.5.4 stall-connection: nothing passes in either direction until it is taken off', async () => {
    await using listener = await connected('stall-listener');
    const inbox = await listener.listen('from/#');
    await using device = await connected('stalled');
    await device.client.subscribeAsync('to/stalled');
    let isOn = true;
    const arrived: { text: string; whileOn: boolean }[] = [];
    device.client.on('message', (_, payload) => {
      arrived.push({ text: payload.toString(), whileOn: isOn });
    });
    const { takeOff } = await cause({ fault: 'stall-connection', client: 'stalled' });
    await stalled();
    const outgoing = device.client.publishAsync('from/stalled', 'held back', { qos: 1 });
    await listener.client.publishAsync('to/stalled', 'waits');
    await listener.client.publishAsync('from/listener', 'passes', { qos: 1 });
    expect(await inbox.next()).toEqual({ topic: 'from/listener', text: 'passes' });
    expect(await isConnected('stalled')).toBe(true);
    expect(inbox.messages).toHaveLength(1);
    isOn = false;
    await takeOff();
    expect(await inbox.next()).toEqual({ topic: 'from/stalled', text: 'held back' });
    await outgoing;
    await eventually(() => (arrived.length > 0 ? true : undefined));
    expect(arrived).toEqual([{ text: 'waits', whileOn: false }]);
  });

  it('10.5.5 a stalled connection ends by its keep-alive, though its device goes on pinging', async () => {
    const { socket } = await aRawDevice(sandbox, { identity, clientId: 'unheard-pings', keepAlive: 1 });
    const pings = setInterval(() => socket.write(Buffer.from([0xc0, 0])), 200);
    await cause({ fault: 'stall-connection', client: 'unheard-pings' });
    expect(await endOf('unheard-pings')).toMatchObject({ disconnectReason: 'MQTT_KEEP_ALIVE_TIMEOUT' });
    clearInterval(pings);
    socket.destroy();
  });

  it('10.5.5 a stalled connection is told neither end: its device hangs up, and the broker does not see it', async () => {
    const { socket } = await aRawDevice(sandbox, { identity, clientId: 'half-open' });
    const { takeOff } = await cause({ fault: 'stall-connection', client: 'half-open' });
    await stalled();
    socket.end();
    await using other = await connected('other-end');
    await other.client.endAsync();
    await endOf('other-end');
    expect(await isConnected('half-open')).toBe(true);
    await takeOff();
    expect(await endOf('half-open')).toMatchObject({ disconnectReason: 'CONNECTION_LOST' });
  });

  it('10.5.6 a stalled connection can be taken over, deleted and closed', async () => {
    await cause(UNLIMITED);
    await using taken = await connected('stalled-taken');
    await using deleted = await connected('stalled-deleted');
    const stall = await cause({ fault: 'stall-connection', times: 2 });
    await stalled();
    await using _taker = await connected('stalled-taken');
    await sandbox.data.send(new DeleteConnectionCommand({ clientId: 'stalled-deleted' }));
    expect(await endOf('stalled-taken')).toMatchObject({ disconnectReason: 'DUPLICATE_CLIENTID' });
    expect(await endOf('stalled-deleted')).toMatchObject({ disconnectReason: 'API_INITIATED_DISCONNECT' });
    expect(taken.client.connected).toBe(true); // so it believes
    await stall.takeOff();
    await Promise.all([taken.closed, deleted.closed]);
    expect(await isConnected('stalled-taken')).toBe(true);
    const own = await aSandbox({ faults: [{ fault: 'stall-connection', ms: 0 }] });
    await using device = aDevice(own, { identity: await anIdentity(own), clientId: 'stalled-to-the-end' });
    await eventually(() => own.truth().connections[0]);
    await own[Symbol.asyncDispose]();
    await device.closed;
  });
});

describe('10.6 what the broker learns late', () => {
  async function dropDelay(at: TestSandbox, ms: number, client?: string) {
    at.faults.add({ fault: 'drop-delay', ms, client });
  }

  it('10.6.1 drop-delay: a live connection of a deactivated certificate is dropped then, not before', async () => {
    await dropDelay(sandbox, 300);
    const own = await anIdentity(sandbox);
    await using victim = await connected('dropped-late', { identity: own });
    await using _bystander = await connected('not-dropped');
    const asked = Date.now();
    await deactivate(own);
    await victim.closed;
    const event = await endOf('dropped-late');
    expect(event).toMatchObject({ disconnectReason: 'AUTH_ERROR', clientInitiatedDisconnect: false });
    expect(event.timestamp - asked).toBeGreaterThanOrEqual(300);
    expect(await isConnected('not-dropped')).toBe(true);
  });

  it('10.6.1 drop-delay: not when it was activated again in time', async () => {
    await dropDelay(sandbox, 300);
    const [forgiven, own] = [await anIdentity(sandbox), await anIdentity(sandbox)];
    await using _device = await connected('forgiven', { identity: forgiven });
    await using victim = await connected('not-forgiven', { identity: own });
    await deactivate(forgiven);
    await activate(forgiven);
    await deactivate(own);
    await victim.closed;
    expect(await isConnected('forgiven')).toBe(true);
  });

  it('10.6.1 drop-delay counts from the end of ACTIVE: being revoked besides buys no time', async () => {
    await using own = await aSandbox({ faults: [{ fault: 'drop-delay', ms: HOUR_MS }] });
    const revoked = await anIdentity(own);
    await using victim = aDevice(own, { identity: revoked, clientId: 'revoked-besides' });
    expect(await victim.outcome).toBe('connected');
    const setStatus = (newStatus: 'INACTIVE' | 'REVOKED') =>
      own.iot.send(new UpdateCertificateCommand({ certificateId: revoked.certificateId, newStatus }));
    await setStatus('INACTIVE');
    own.faults.add({ fault: 'clock-offset', ms: 0.7 * HOUR_MS });
    own.iot.config.systemClockOffset = 0.7 * HOUR_MS;
    await setStatus('REVOKED');
    own.faults.add({ fault: 'clock-offset', ms: 0.7 * HOUR_MS });
    expect(await own.untilEvent(({ eventType }) => eventType === 'disconnected')).toMatchObject({
      disconnectReason: 'AUTH_ERROR',
    });
  });

  it('10.6.1 drop-delay for one client only', async () => {
    await dropDelay(sandbox, 0);
    await dropDelay(sandbox, HOUR_MS, 'patient');
    const own = await anIdentity(sandbox);
    await using _patient = await connected('patient', { identity: own });
    await using victim = await connected('impatient', { identity: own });
    await deactivate(own);
    await victim.closed;
    expect(await isConnected('patient')).toBe(true);
  });

  it('10.6.2 drops it after three minutes where no drop-delay says otherwise', async () => {
    await using own = await aSandbox();
    const by = await anIdentity(own);
    await dropDelay(own, 179_000, 'a second earlier');
    await using usual = aDevice(own, { identity: by, clientId: 'usual' });
    await using earlier = aDevice(own, { identity: by, clientId: 'a second earlier' });
    await Promise.all([usual.outcome, earlier.outcome]);
    await deactivate(by, own);
    own.faults.add({ fault: 'clock-offset', ms: 179_000 });
    await earlier.closed;
    expect(own.truth().connections).toMatchObject([{ clientId: 'usual' }]);
    own.faults.add({ fault: 'clock-offset', ms: 1000 });
    await usual.closed;
    expect(await endOf('usual', own)).toMatchObject({ disconnectReason: 'AUTH_ERROR' });
  });

  it('10.6.3 deactivation-delay: a certificate is let in for so long after, and then no more', async () => {
    await cause(UNLIMITED);
    await cause({ fault: 'deactivation-delay', ms: 500 });
    const own = await anIdentity(sandbox);
    await deactivate(own);
    const changed = Date.now();
    expect(await attempt('late-deactivation', { by: own })).toBe('connected');
    await eventually(async () =>
      (await attempt('late-deactivation', { by: own })) === 'connected' ? undefined : true,
    );
    expect(Date.now() - changed).toBeGreaterThanOrEqual(450);
  });

  it('10.6.3 deactivation-delay for one client only, of a deactivation as of an activation', async () => {
    await cause(UNLIMITED);
    await cause({ fault: 'deactivation-delay', ms: HOUR_MS, client: 'uninformed' });
    const own = await anIdentity(sandbox);
    await deactivate(own);
    expect(await attempt('uninformed', { by: own })).toBe('connected');
    expect(await attempt('informed', { by: own })).not.toBe('connected');
    const fresh = await anIdentity(sandbox, { active: false });
    await activate(fresh);
    expect(await attempt('informed', { by: fresh })).toBe('connected');
    expect(await attempt('uninformed', { by: fresh })).not.toBe('connected');
  });

  it('10.6.4 detach-delay for one client only: it may go on, and come back', async () => {
    await cause(UNLIMITED);
    const own = await anIdentity(sandbox, { policy: null });
    const policyName = await attachNewPolicy(sandbox, { target: own.arn, policy: ALLOW_ALL });
    await cause({ fault: 'detach-delay', ms: HOUR_MS, client: 'may-still' });
    await using may = await connected('may-still', { identity: own });
    await using mayNot = await connected('may-no-more', { identity: own });
    await sandbox.iot.send(new DetachPolicyCommand({ policyName, target: own.arn }));
    await may.client.publishAsync('still/allowed', '', { qos: 1 });
    mayNot.client.publish('no/longer/allowed', '', { qos: 1 }, () => {});
    await mayNot.closed;
    expect(await endOf('may-no-more')).toMatchObject({ disconnectReason: 'AUTH_ERROR' });
    expect(await attempt('may-no-more', { by: own })).not.toBe('connected');
    expect(await attempt('may-still', { by: own })).toBe('connected');
  });

  it('10.6.4 detach-delay ends after its time', async () => {
    await cause(UNLIMITED);
    const own = await anIdentity(sandbox, { policy: null });
    const policyName = await attachNewPolicy(sandbox, { target: own.arn, policy: ALLOW_ALL });
    await cause({ fault: 'detach-delay', ms: 500 });
    await sandbox.iot.send(new DetachPolicyCommand({ policyName, target: own.arn }));
    const changed = Date.now();
    expect(await attempt('late-detach', { by: own })).toBe('connected');
    await eventually(async () =>
      (await attempt('late-detach', { by: own })) === 'connected' ? undefined : true,
    );
    expect(Date.now() - changed).toBeGreaterThanOrEqual(450);
  });
});

describe('10.7 one CONNECT a second', () => {
  /** Let in by its certificate, and refused by its lack of a policy. */
  const nobody = () => anIdentity(sandbox, { policy: null });

  it('10.7.1 refuses the next one of a client ID within a second of an accepted one', async () => {
    expect(await attempt('hasty')).toBe('connected');
    expect(await attempt('hasty')).toContain(TOO_SOON);
    expect(await attempt('another')).toBe('connected');
    await eventually(async () => ((await attempt('hasty')) === 'connected' ? true : undefined));
    const accepted = (await sandbox.events()).filter(
      ({ clientId, eventType }) => clientId === 'hasty' && eventType === 'connected',
    );
    expect((accepted[1]?.timestamp ?? 0) - (accepted[0]?.timestamp ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('10.7.1 does not count those that were refused', async () => {
    expect(await attempt('was-refused', { by: await nobody() })).not.toBe('connected');
    expect(await attempt('was-refused')).toBe('connected');
  });

  it('10.7.2 count-refused-connects: a refused one uses the second up, of that client alone', async () => {
    await cause({ fault: 'count-refused-connects', client: 'counted' });
    const by = await nobody();
    for (const clientId of ['counted', 'not-counted']) {
      expect(await attempt(clientId, { by })).not.toBe('connected');
    }
    expect(await attempt('counted')).toContain(TOO_SOON);
    expect(await attempt('not-counted')).toBe('connected');
  });

  it('10.7.2 count-refused-connects: who hammers never gets in, who waits does', async () => {
    await cause({ fault: 'count-refused-connects' });
    expect(await attempt('hammering')).toBe('connected');
    const end = Date.now() + 1500;
    while (Date.now() < end) expect(await attempt('hammering')).toContain(TOO_SOON);
    await delay(1010);
    expect(await attempt('hammering')).toBe('connected');
  });

  it('10.7.3 unlimited-connects: any number, of that client alone', async () => {
    await cause({ fault: 'unlimited-connects', client: 'storming' });
    for (const _ of [1, 2, 3]) expect(await attempt('storming')).toBe('connected');
    expect(await attempt('not-storming')).toBe('connected');
    expect(await attempt('not-storming')).toContain(TOO_SOON);
  });
});

describe('10.8 clock-offset', () => {
  const MINUTES_MS = 60_000;

  it.each([6, -6])(
    '10.8.1 moves the Date by %d minutes, and takes signatures of that time only',
    async (minutes) => {
      const { takeOff } = await cause({ fault: 'clock-offset', ms: minutes * MINUTES_MS });
      const response = await fetch(`${sandbox.controlUrl}/endpoint`);
      const away = Date.parse(response.headers.get('date') ?? '') - Date.now() - minutes * MINUTES_MS;
      expect(Math.abs(away)).toBeLessThan(2000);
      const iot = new IoTClient({
        endpoint: sandbox.controlUrl,
        region: 'us-east-1',
        credentials: sandbox.accessKey,
        maxAttempts: 1,
      });
      const asked = () => iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }));
      await expect(asked()).rejects.toMatchObject(anError('InvalidSignatureException', 403));
      await asked(); // the SDK has set its clock by the Date
      await takeOff();
      await expect(asked()).rejects.toMatchObject(anError('InvalidSignatureException', 403));
      iot.destroy();
    },
  );

  it('10.8.1 takes WebSocket signatures of that time only', async () => {
    await cause({ fault: 'clock-offset', ms: 6 * MINUTES_MS });
    const ca = await sandbox.file('ca.pem');
    const outcomeOf = async (date: Date) => {
      const url = signedUrl(sandbox.wssUrl, { key: sandbox.accessKey, date });
      await using device: Device = aClient(url, { ca, clientId: `web-${date.getTime()}` });
      return await device.outcome;
    };
    expect(await outcomeOf(new Date())).not.toBe('connected');
    expect(await outcomeOf(new Date(Date.now() + 6 * MINUTES_MS))).toBe('connected');
  });

  it('10.8.2 moves the time of events; several add up', async () => {
    await cause({ fault: 'clock-offset', ms: HOUR_MS });
    await cause({ fault: 'clock-offset', ms: -2 * HOUR_MS });
    await using _device = await connected('of-yesterday');
    const { timestamp } = await sandbox.untilEvent(({ clientId }) => clientId === 'of-yesterday');
    expect(Math.abs(timestamp - Date.now() + HOUR_MS)).toBeLessThan(2000);
  });

  it('10.8.3 lets version numbers fall back to 0 after an hour without a connection', async () => {
    await cause(UNLIMITED);
    let events = 0;
    const comeAndGo = async () => {
      const device = await connected('long-gone');
      await device.client.endAsync();
      await untilEvents('long-gone', (events += 2));
    };
    await comeAndGo();
    await cause({ fault: 'clock-offset', ms: HOUR_MS - MINUTES_MS });
    await comeAndGo();
    await cause({ fault: 'clock-offset', ms: HOUR_MS });
    await comeAndGo();
    expect((await untilEvents('long-gone', 6)).filter((event) => event.endsWith(' connected'))).toEqual([
      '0 connected',
      '1 connected',
      '0 connected',
    ]);
  });

  it('10.8.3 lets them fall back after the lifetime of a persistent session that is away', async () => {
    await using own = await aSandbox({ sessionExpiryMs: 10 * MINUTES_MS, faults: [UNLIMITED] });
    const by = await anIdentity(own);
    for (const versionNumber of [0, 1, 0]) {
      await using device = aDevice(own, { identity: by, clientId: 'sleeper', clean: false });
      await device.outcome;
      expect(own.truth().connections).toMatchObject([{ versionNumber }]);
      await device.client.endAsync();
      await eventually(() => (own.truth().connections.length === 0 ? true : undefined));
      own.faults.add({ fault: 'clock-offset', ms: versionNumber === 0 ? 9 * MINUTES_MS : 10 * MINUTES_MS });
    }
  });

  it('10.8.4 leaves the pace of CONNECTs alone', async () => {
    expect(await attempt('paced')).toBe('connected');
    await cause({ fault: 'clock-offset', ms: HOUR_MS });
    expect(await attempt('paced')).toContain(TOO_SOON);
  });
});
