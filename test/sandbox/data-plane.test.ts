import {
  AttachThingPrincipalCommand,
  CreateThingCommand,
  DescribeEndpointCommand,
} from '@aws-sdk/client-iot';
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  IoTDataPlaneClient,
  ListSubscriptionsCommand,
  paginateListSubscriptions,
} from '@aws-sdk/client-iot-data-plane';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Agent } from 'node:https';
import { setImmediate as nextTick } from 'node:timers/promises';
import { clientArn } from '../../src/sandbox/identity/account.ts';
import { aCaller } from './a-caller.ts';
import {
  aDevice,
  anIdentity,
  aRawDevice,
  aWire,
  connectPacket,
  type Device,
  type IssuedIdentity,
} from './a-device.ts';
import { aPolicyDirectory, readPolicy } from './a-policy-directory.ts';
import { aSandbox, eventually, type TestSandbox } from './a-sandbox.ts';
import { anError, BAD_REQUEST, NOT_FOUND } from './an-error.ts';

const UNLIMITED = { fault: 'unlimited-connects' };
const MINUTE_MS = 60_000;

let sandbox: TestSandbox;
let identity: IssuedIdentity;
beforeAll(async () => {
  sandbox = await aSandbox({ faults: [UNLIMITED], minimumKeepAliveSeconds: 1 });
  identity = await anIdentity(sandbox);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

/** Whether there was a session to come back to, once the device is connected. */
function sessionPresent({ client }: Device): Promise<boolean> {
  return new Promise((resolve) => {
    client.once('connect', ({ sessionPresent: isPresent }) => resolve(isPresent));
  });
}

/** A device that has left a persistent session with one subscription behind. */
async function anAbsentee(at: TestSandbox, by: IssuedIdentity, clientId: string): Promise<void> {
  const device = aDevice(at, { identity: by, clientId, clean: false });
  await device.outcome;
  await device.listen(`to/${clientId}`, 1);
  await device.client.endAsync();
  await untilGone(at, clientId);
}

const untilGone = (at: TestSandbox, clientId: string) =>
  at.untilEvent((event) => event.clientId === clientId && event.eventType === 'disconnected');

/** A client with many subscriptions takes a while to close: what comes meanwhile must wait for its turn. */
async function subscribeToMuch({ client }: Device): Promise<string[]> {
  const filters = Array.from({ length: 45 }, (_, index) => `level/${index}`);
  for (let from = 0; from < filters.length; from += 8) {
    await client.subscribeAsync(filters.slice(from, from + 8));
  }
  return filters;
}

async function told(clientId: string, at = sandbox) {
  const { $metadata: _, ...members } = await at.data.send(new GetConnectionCommand({ clientId }));
  return members;
}

const subscriptionsOf = async (clientId: string, at = sandbox) =>
  (await at.data.send(new ListSubscriptionsCommand({ clientId }))).subscriptions;

const end = (clientId: string, how: { cleanSession?: boolean; preventWillMessage?: boolean } = {}) =>
  sandbox.data.send(new DeleteConnectionCommand({ clientId, ...how }));

/** A sandbox whose clock can be moved, and what asks it: the SDK sets its own clock by the first answer. */
async function aTimeMachine() {
  const at = await aSandbox({ faults: [UNLIMITED] });
  const by = await anIdentity(at);
  return {
    at,
    by,
    travel: async (minutes: number) => {
      at.faults.add({ fault: 'clock-offset', ms: minutes * MINUTE_MS });
      await expect(at.connection('nobody')).rejects.toMatchObject({ name: 'ForbiddenException' });
    },
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
}

describe('9.1 GetConnection', () => {
  it('9.1.1 tells of a connected client what AWS tells, and neither principal nor session', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'pump', keepalive: 90 });
    await device.outcome;
    const { timestamp } = await sandbox.untilEvent(({ clientId }) => clientId === 'pump');
    expect(await told('pump')).toEqual({
      clientId: 'pump',
      connected: true,
      cleanSession: true,
      keepAliveDuration: 90,
      connectedSince: timestamp,
      sessionExpiry: 0,
    });
  });

  it('9.1.2 tells the two ends of the socket, only when asked to', async () => {
    const { socket, wire } = await aRawDevice(sandbox, { identity, clientId: 'wired' });
    const asked = new GetConnectionCommand({ clientId: 'wired', includeSocketInformation: true });
    expect(await sandbox.data.send(asked)).toMatchObject({
      sourceIp: '127.0.0.1',
      sourcePort: wire.localPort,
      targetIp: '127.0.0.1',
      targetPort: Number(new URL(sandbox.mqttsUrl).port),
    });
    expect(await sandbox.connection('wired')).not.toHaveProperty('sourceIp');
    socket.destroy();
    await untilGone(sandbox, 'wired');
    expect(await sandbox.data.send(asked)).not.toHaveProperty('sourceIp');
  });

  it('9.1.2 tells the socket of a WebSocket, too', async () => {
    using caller = await aCaller(sandbox, 'default');
    await using device = await caller.connect({ clientId: 'web' });
    expect(await device.outcome).toBe('connected');
    const asked = new GetConnectionCommand({ clientId: 'web', includeSocketInformation: true });
    expect(await sandbox.data.send(asked)).toMatchObject({
      connected: true,
      sourceIp: '127.0.0.1',
      targetPort: Number(new URL(sandbox.wssUrl).port),
    });
  });

  it.each<[string, (device: Awaited<ReturnType<typeof aRawDevice>>, clientId: string) => unknown]>([
    ['CLIENT_INITIATED_DISCONNECT', ({ socket }) => socket.write(Buffer.from([0xe0, 0]))],
    ['CONNECTION_LOST', ({ wire }) => wire.resetAndDestroy()],
    ['CLIENT_ERROR', ({ socket }) => socket.write(Buffer.from([0x00, 0x00]))],
    ['MQTT_KEEP_ALIVE_TIMEOUT', () => undefined],
    ['API_INITIATED_DISCONNECT', (_, clientId) => end(clientId)],
  ])('9.1.3 tells since when and why a client is gone: %s', async (disconnectReason, leave) => {
    const clientId = `gone-${disconnectReason}`;
    const device = await aRawDevice(sandbox, { identity, clientId, keepAlive: 1 });
    await leave(device, clientId);
    const { timestamp } = await untilGone(sandbox, clientId);
    expect(await told(clientId)).toEqual({
      clientId,
      connected: false,
      cleanSession: true,
      keepAliveDuration: 1,
      disconnectedSince: timestamp,
      disconnectReason,
      sessionExpiry: 0,
    });
    device.socket.destroy();
  });

  it('9.1.3 tells nothing of the end before, once a client is back', async () => {
    await using older = aDevice(sandbox, { identity, clientId: 'contended' });
    await older.outcome;
    await using newer = aDevice(sandbox, { identity, clientId: 'contended' });
    await newer.outcome;
    await untilGone(sandbox, 'contended');
    const now = await told('contended');
    expect(now).toMatchObject({ connected: true });
    expect(now).not.toHaveProperty('disconnectReason');
    expect(now).not.toHaveProperty('disconnectedSince');
  });

  it('9.1.4 does not know a client that never was', async () => {
    await expect(sandbox.connection('stranger')).rejects.toMatchObject(NOT_FOUND);
  });

  it('9.1.5 remembers an end for half an hour, and not a clean session after that', async () => {
    await using machine = await aTimeMachine();
    const { at, by, travel } = machine;
    const device = aDevice(at, { identity: by, clientId: 'brief' });
    await device.outcome;
    await device.client.endAsync();
    await untilGone(at, 'brief');
    await travel(29);
    expect(await at.connection('brief')).toMatchObject({
      connected: false,
      disconnectReason: 'CLIENT_INITIATED_DISCONNECT',
    });
    at.faults.add({ fault: 'clock-offset', ms: MINUTE_MS });
    await expect(at.connection('brief')).rejects.toMatchObject(NOT_FOUND);
  });

  it('9.1.6 knows a persistent session until it expires, without its end after half an hour', async () => {
    await using machine = await aTimeMachine();
    const { at, by, travel } = machine;
    await anAbsentee(at, by, 'sleeper');
    await travel(59);
    expect(await told('sleeper', at)).toEqual({
      clientId: 'sleeper',
      connected: false,
      cleanSession: false,
      keepAliveDuration: 60,
      sessionExpiry: 3600,
    });
    at.faults.add({ fault: 'clock-offset', ms: MINUTE_MS });
    await expect(at.connection('sleeper')).rejects.toMatchObject(NOT_FOUND);
  });

  it('9.1.6 tells the expiry that the sandbox was started with', async () => {
    await using brief = await aSandbox({ sessionExpiryMs: 5 * MINUTE_MS });
    await using device = aDevice(brief, {
      identity: await anIdentity(brief),
      clientId: 'pump',
      clean: false,
    });
    await device.outcome;
    expect(await brief.connection('pump')).toMatchObject({ sessionExpiry: 300, cleanSession: false });
  });

  it('9.1.7 names the thing that a certificate has to itself, and no other', async () => {
    const connectAs = async (thingPrincipalType: 'EXCLUSIVE_THING' | 'NON_EXCLUSIVE_THING') => {
      const owner = await anIdentity(sandbox);
      const thingName = `thing-of-${thingPrincipalType}`;
      await sandbox.iot.send(new CreateThingCommand({ thingName }));
      const { arn: principal } = owner;
      await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal, thingPrincipalType }));
      const device = aDevice(sandbox, { identity: owner, clientId: thingName });
      await device.outcome;
      return device;
    };
    await using _exclusive = await connectAs('EXCLUSIVE_THING');
    await using _shared = await connectAs('NON_EXCLUSIVE_THING');
    expect(await sandbox.connection('thing-of-EXCLUSIVE_THING')).toMatchObject({
      thingName: 'thing-of-EXCLUSIVE_THING',
    });
    expect(await sandbox.connection('thing-of-NON_EXCLUSIVE_THING')).not.toHaveProperty('thingName');
  });
});

describe('9.2 ListSubscriptions', () => {
  it('9.2.1 lists what a connected client is subscribed to now, with its QoS', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'reader' });
    await device.outcome;
    expect(await subscriptionsOf('reader')).toEqual([]);
    await device.client.subscribeAsync(['a/#', 'constructor'], { qos: 0 });
    await device.client.subscribeAsync('b/+/c', { qos: 1 });
    await device.client.subscribeAsync('a/#', { qos: 1 });
    await device.client.unsubscribeAsync('b/+/c');
    expect(await subscriptionsOf('reader')).toEqual([
      { topicFilter: 'a/#', qos: 1 },
      { topicFilter: 'constructor', qos: 0 },
    ]);
  });

  it('9.2.2 lists what waits for an offline client with a persistent session', async () => {
    await anAbsentee(sandbox, identity, 'absent-reader');
    expect(await subscriptionsOf('absent-reader')).toEqual([{ topicFilter: 'to/absent-reader', qos: 1 }]);
  });

  it('9.2.2 has nothing to list for a stranger, or a clean session that is over', async () => {
    await expect(subscriptionsOf('stranger')).rejects.toMatchObject(NOT_FOUND);
    const device = aDevice(sandbox, { identity, clientId: 'over' });
    await device.outcome;
    await device.client.endAsync();
    await untilGone(sandbox, 'over');
    await expect(subscriptionsOf('over')).rejects.toMatchObject(NOT_FOUND);
  });

  it('9.2.3 gives pages of 20 unless asked for others, up to 200', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'keen' });
    await device.outcome;
    const filters = await subscribeToMuch(device);
    const sizes: number[] = [];
    const listed: (string | undefined)[] = [];
    for await (const page of paginateListSubscriptions({ client: sandbox.data }, { clientId: 'keen' })) {
      sizes.push(page.subscriptions?.length ?? 0);
      listed.push(...(page.subscriptions ?? []).map(({ topicFilter }) => topicFilter));
    }
    expect(sizes).toEqual([20, 20, 5]);
    expect(listed).toEqual(filters);
    const asked = (maxResults: number) =>
      sandbox.data.send(new ListSubscriptionsCommand({ clientId: 'keen', maxResults }));
    expect(await asked(200)).not.toHaveProperty('nextToken');
    expect((await asked(200)).subscriptions).toHaveLength(45);
    expect((await asked(1)).subscriptions).toHaveLength(1);
  });

  it.each([{ maxResults: 0 }, { maxResults: 201 }, { nextToken: 'made up' }])(
    '9.2.3 refuses %j',
    async (asked) => {
      const command = new ListSubscriptionsCommand({ clientId: 'reader', ...asked });
      await expect(sandbox.data.send(command)).rejects.toMatchObject(BAD_REQUEST);
    },
  );

  it('9.2.4 has nothing left of a session that has expired, nor has its client when it comes back', async () => {
    await using machine = await aTimeMachine();
    const { at, by, travel } = machine;
    await anAbsentee(at, by, 'late');
    await using speaker = aDevice(at, { identity: by, clientId: 'speaker' });
    await speaker.outcome;
    await speaker.client.publishAsync('to/late', 'while it was away', { qos: 1 });
    await travel(60);
    await expect(subscriptionsOf('late', at)).rejects.toMatchObject(NOT_FOUND);
    await using back = aDevice(at, { identity: by, clientId: 'late', clean: false });
    expect(await sessionPresent(back)).toBe(false);
    expect(await subscriptionsOf('late', at)).toEqual([]);
    const inbox = await back.listen('to/late', 1);
    await speaker.client.publishAsync('to/late', 'now', { qos: 1 });
    expect(await inbox.next()).toEqual({ topic: 'to/late', text: 'now' });
  });
});

describe('9.3 DeleteConnection', () => {
  /** The same CONNECT without its clean session. */
  const resuming = (packet: Buffer) =>
    Buffer.concat([packet.subarray(0, 9), Buffer.from([0]), packet.subarray(10)]);
  const will = { topic: 'fleet/status', payload: Buffer.from('lost'), qos: 0, retain: false } as const;

  it('9.3.1 cuts a client off, and its event says that the API did', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'cut' });
    await device.outcome;
    const { $metadata, ...answer } = await end('cut');
    expect($metadata.httpStatusCode).toBe(200);
    expect(answer).toEqual({});
    await device.closed;
    expect(await untilGone(sandbox, 'cut')).toMatchObject({
      disconnectReason: 'API_INITIATED_DISCONNECT',
      clientInitiatedDisconnect: false,
      principalIdentifier: identity.certificateId,
      versionNumber: 0,
    });
  });

  it('9.3.1 leaves everybody else alone', async () => {
    await using bystander = aDevice(sandbox, { identity, clientId: 'cut/of' });
    await bystander.outcome;
    await using device = aDevice(sandbox, { identity, clientId: 'cut/off' });
    await device.outcome;
    await end('cut/off');
    await device.closed;
    expect(await sandbox.connection('cut/of')).toMatchObject({ connected: true });
  });

  it('9.3.2 has the Last Will published, unless told to prevent it', async () => {
    await using listener = aDevice(sandbox, { identity, clientId: 'will-listener' });
    await listener.outcome;
    const inbox = await listener.listen('fleet/status');
    for (const preventWillMessage of [true, false]) {
      const text = preventWillMessage ? 'prevented' : 'published';
      const own = { ...will, payload: Buffer.from(text) };
      await using device = aDevice(sandbox, { identity, clientId: text, will: own });
      await device.outcome;
      await end(text, { preventWillMessage });
      await untilGone(sandbox, text);
    }
    expect(await inbox.next()).toEqual({ topic: 'fleet/status', text: 'published' });
  });

  it('9.3.2 has it published when the session is wiped with it', async () => {
    await using listener = aDevice(sandbox, { identity, clientId: 'wiping-listener' });
    await listener.outcome;
    const inbox = await listener.listen('fleet/wiped');
    const own = { ...will, topic: 'fleet/wiped' };
    await using device = aDevice(sandbox, { identity, clientId: 'wiped', clean: false, will: own });
    await device.outcome;
    await end('wiped', { cleanSession: true });
    expect(await inbox.next()).toEqual({ topic: 'fleet/wiped', text: 'lost' });
  });

  it.each([true, false])('9.3.3 wipes a persistent session when asked to (connected: %j)', async (isLive) => {
    const clientId = `keeper-${isLive}`;
    const settings = { identity, clientId, clean: false };
    await using keeper = aDevice(sandbox, settings);
    await keeper.outcome;
    await keeper.listen('kept/#', 1);
    if (!isLive) {
      await keeper.client.endAsync();
      await untilGone(sandbox, clientId);
    }
    await end(clientId, { cleanSession: true });
    await untilGone(sandbox, clientId);
    await expect(subscriptionsOf(clientId)).rejects.toMatchObject(NOT_FOUND);
    await using speaker = aDevice(sandbox, { identity, clientId: `to-${clientId}` });
    await speaker.outcome;
    await speaker.client.publishAsync('kept/while-away', '1', { qos: 1 });
    await using back = aDevice(sandbox, settings);
    const topics: string[] = [];
    back.client.on('message', (topic) => topics.push(topic));
    expect(await sessionPresent(back)).toBe(false);
    await back.client.subscribeAsync('kept/now', { qos: 1 });
    await speaker.client.publishAsync('kept/now', '2', { qos: 1 });
    await eventually(() => (topics.includes('kept/now') ? true : undefined));
    expect(topics).toEqual(['kept/now']);
  });

  it('9.3.3 throws away what was waiting in an offline session', async () => {
    await anAbsentee(sandbox, identity, 'backlog');
    await using speaker = aDevice(sandbox, { identity, clientId: 'to-backlog' });
    await speaker.outcome;
    await speaker.client.publishAsync('to/backlog', 'waiting', { qos: 1 });
    await end('backlog', { cleanSession: true });
    await using back = aDevice(sandbox, { identity, clientId: 'backlog', clean: false });
    const texts: string[] = [];
    back.client.on('message', (_, payload) => texts.push(payload.toString()));
    await back.outcome;
    await back.client.subscribeAsync('to/backlog', { qos: 1 });
    await speaker.client.publishAsync('to/backlog', 'new', { qos: 1 });
    await eventually(() => (texts.includes('new') ? true : undefined));
    expect(texts).toEqual(['new']);
  });

  it('9.3.4 keeps a persistent session unless asked to wipe it', async () => {
    const settings = { identity, clientId: 'kept', clean: false };
    await using device = aDevice(sandbox, settings);
    await device.outcome;
    await device.listen('to/kept', 1);
    await end('kept');
    expect(await subscriptionsOf('kept')).toEqual([{ topicFilter: 'to/kept', qos: 1 }]);
    await end('kept'); // offline by now
    await using speaker = aDevice(sandbox, { identity, clientId: 'to-kept' });
    await speaker.outcome;
    await speaker.client.publishAsync('to/kept', 'waiting', { qos: 1 });
    await using back = aDevice(sandbox, settings);
    const texts: string[] = [];
    back.client.on('message', (_, payload) => texts.push(payload.toString()));
    expect(await sessionPresent(back)).toBe(true);
    await eventually(() => (texts.includes('waiting') ? true : undefined));
  });

  it('9.3.5 does not know a stranger, nor a clean session that is over', async () => {
    await expect(end('stranger')).rejects.toMatchObject(NOT_FOUND);
    await using device = aDevice(sandbox, { identity, clientId: 'twice' });
    await device.outcome;
    await end('twice');
    await expect(end('twice')).rejects.toMatchObject(NOT_FOUND);
    await anAbsentee(sandbox, identity, 'wiped-already');
    await end('wiped-already', { cleanSession: true });
    await expect(end('wiped-already')).rejects.toMatchObject(NOT_FOUND);
  });

  it('9.3.6 leaves a client alone that comes back at once', async () => {
    const settings = { identity, clientId: 'stubborn', clean: false };
    await using device = aDevice(sandbox, settings);
    await device.outcome;
    const back = device.closed.then(() => aDevice(sandbox, settings));
    await end('stubborn', { cleanSession: true });
    await using returned = await back;
    expect(await sessionPresent(returned)).toBe(false);
    await returned.client.subscribeAsync('to/stubborn', { qos: 1 });
    expect(await sandbox.connection('stubborn')).toMatchObject({ connected: true });
    await returned.client.endAsync();
    await sandbox.untilEvent(
      ({ clientId, versionNumber, eventType }) =>
        clientId === 'stubborn' && versionNumber === 1 && eventType === 'disconnected',
    );
    expect(await subscriptionsOf('stubborn')).toEqual([{ topicFilter: 'to/stubborn', qos: 1 }]);
  });

  it('9.3.7 answers each of several that are asked for at the same time', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'many' });
    await device.outcome;
    await subscribeToMuch(device);
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => end('many')));
    expect(asked.map(({ status }) => status).toSorted()).toEqual([
      'fulfilled',
      ...Array.from({ length: 4 }, () => 'rejected'),
    ]);
  });

  it.each([0, 1, 2, 3, 4])(
    '9.3.7 wipes what its client comes back to, or ends it: never half of it (%d ticks after the CONNECT)',
    async (ticks) => {
      const clientId = `half-${ticks}`;
      const device = aDevice(sandbox, { identity, clientId, clean: false });
      await device.outcome;
      await subscribeToMuch(device);
      await device.client.endAsync();
      await untilGone(sandbox, clientId);
      const { socket } = await aWire(sandbox, identity);
      const answered = once(socket, 'data').catch(() => undefined);
      socket.write(resuming(connectPacket(clientId)));
      for (let tick = 0; tick < ticks; tick += 1) await nextTick();
      await end(clientId, { cleanSession: true });
      await answered;
      const listed = () => subscriptionsOf(clientId).catch(() => []);
      const live = await listed();
      socket.end();
      await eventually(async () =>
        (await sandbox.connection(clientId)).connected === false ? true : undefined,
      );
      expect(await listed()).toEqual(live);
    },
  );

  it('9.3.7 and a takeover at the same time leave each session with one end', async () => {
    await using holder = aDevice(sandbox, { identity, clientId: 'both' });
    await holder.outcome;
    await subscribeToMuch(holder);
    await using taker = aDevice(sandbox, { identity, clientId: 'both' });
    const [, outcome] = await Promise.all([end('both'), taker.outcome]);
    expect(outcome).toBe('connected');
    await holder.closed;
    await taker.client.endAsync();
    await eventually(async () => {
      const own = (await sandbox.events()).filter(({ clientId }) => clientId === 'both');
      const kinds = own.map(({ eventType, versionNumber }) => `${versionNumber} ${eventType}`);
      return kinds.length === 4 ? kinds : undefined;
    }).then((kinds) =>
      expect(kinds).toEqual(['0 connected', '0 disconnected', '1 connected', '1 disconnected']),
    );
  });
});

describe('9.4 who may ask, and about whom', () => {
  const OPERATIONS = [
    ['iot:GetConnection', (clientId: string) => new GetConnectionCommand({ clientId })],
    ['iot:ListSubscriptions', (clientId: string) => new ListSubscriptionsCommand({ clientId })],
    ['iot:DeleteConnection', (clientId: string) => new DeleteConnectionCommand({ clientId })],
  ] as const;

  it('9.4.1 needs a permission for each operation, on the ARN of the client', async () => {
    const respond = readPolicy('respond.json');
    const allowed = {
      Effect: 'Allow' as const,
      Action: OPERATIONS.map(([action]) => action),
      Resource: [clientArn('pump-*')],
    };
    await using policies = await aPolicyDirectory({
      'respond.json': { ...respond, Statement: [allowed] },
    });
    await using own = await aSandbox({ policies: policies.directory });
    const by = await anIdentity(own);
    using caller = await aCaller(own, 'responder');
    for (const clientId of ['pump-1', 'valve-1']) {
      await using device = aDevice(own, { identity: by, clientId });
      await device.outcome;
      for (const [action, command] of OPERATIONS) {
        const asked = caller.data.send(command(clientId));
        if (clientId === 'pump-1') await asked;
        else
          await expect(asked).rejects.toMatchObject(
            anError(
              'ForbiddenException',
              403,
              `User: arn:aws:iam::123456789012:user/responder is not authorized to perform: ${action} on resource: arn:aws:iot:us-east-1:123456789012:client/valve-1 because no identity-based policy allows the ${action} action`,
            ),
          );
      }
      expect(await own.connection(clientId)).toMatchObject({ connected: clientId === 'valve-1' });
    }
  });

  it('9.4.1 says nothing about a client to whom may not ask, not even that there is none', async () => {
    using watcher = await aCaller(sandbox, 'watcher');
    const asked = watcher.data.send(new GetConnectionCommand({ clientId: 'stranger' }));
    await expect(asked).rejects.toMatchObject(anError('ForbiddenException', 403));
  });

  it.each([
    'a/b/c/d',
    '/',
    'a//b',
    'pump/subscriptions',
    ' with spaces ',
    'C#+pump',
    '100%',
    '%2F',
    'a?b=c&d',
    'Straße-ü',
    '🚀🚀',
    'bell\u0007tab\tline\n',
    '__proto__',
    '*',
    '.',
    '..',
    "it's;(a)!",
    'ü'.repeat(64),
  ])('9.4.2 finds the client %j by its path', async (clientId) => {
    await using device = aDevice(sandbox, { identity, clientId, clean: true });
    expect(await device.outcome).toBe('connected');
    await device.client.subscribeAsync('odd/topic');
    expect(await sandbox.connection(clientId)).toMatchObject({ clientId, connected: true });
    expect(await subscriptionsOf(clientId)).toEqual([{ topicFilter: 'odd/topic', qos: 0 }]);
    await end(clientId);
    await device.closed;
    expect(await sandbox.connection(clientId)).toMatchObject({
      clientId,
      connected: false,
      disconnectReason: 'API_INITIATED_DISCONNECT',
    });
  });

  it.each([
    ['that begins with $', '$pump'],
    ['of more than 128 characters', 'x'.repeat(129)],
  ])('9.4.3 refuses a client ID %s', async (_, clientId) => {
    for (const [, command] of OPERATIONS) {
      await expect(sandbox.data.send(command(clientId))).rejects.toMatchObject(BAD_REQUEST);
    }
  });

  it.each(['iotdata', 'iotdevicegateway'])('9.4.4 takes a signature for %s', async (service) => {
    using client = aDataClient(sandbox.controlUrl, signingFor(service));
    await expect(client.get('stranger')).rejects.toMatchObject(NOT_FOUND);
  });

  it('9.4.4 refuses a signature for the control plane', async () => {
    using client = aDataClient(sandbox.controlUrl, signingFor('iot'));
    await expect(client.get('stranger')).rejects.toMatchObject(anError('ForbiddenException', 403));
  });

  it('9.4.4 refuses who does not sign at all, or with a key that it does not know', async () => {
    const response = await fetch(`${sandbox.controlUrl}/connections/pump`);
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('ForbiddenException');
    const credentials = { ...sandbox.accessKey, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
    using client = aDataClient(sandbox.controlUrl, { credentials });
    await expect(client.get('pump')).rejects.toMatchObject(anError('ForbiddenException', 403));
  });

  it('9.4.5 answers the same at the data endpoint', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'either' });
    await device.outcome;
    using client = await atDataEndpoint();
    const { $metadata: _, ...there } = await client.get('either');
    expect(there).toEqual(await told('either'));
    await client.data.send(new DeleteConnectionCommand({ clientId: 'either' }));
    await device.closed;
    const asked = client.data.send(new ListSubscriptionsCommand({ clientId: 'either' }));
    await expect(asked).rejects.toMatchObject(NOT_FOUND);
  });

  it('9.4.5 has nothing but the data plane at the data endpoint', async () => {
    using client = await atDataEndpoint();
    client.data.middlewareStack.add(
      (next) => (args) =>
        next({ ...args, request: Object.assign(Object(args.request), { path: '/endpoint' }) }),
      { step: 'build' },
    );
    await expect(client.get('pump')).rejects.toMatchObject(anError('UnknownOperationException', 404));
  });
});

type DataSettings = Partial<ConstructorParameters<typeof IoTDataPlaneClient>[0]>;

function aDataClient(endpoint: string, settings: DataSettings) {
  const data = new IoTDataPlaneClient({
    endpoint,
    region: 'us-east-1',
    credentials: sandbox.accessKey,
    maxAttempts: 1,
    ...settings,
  });
  return {
    data,
    get: (clientId: string) => data.send(new GetConnectionCommand({ clientId })),
    [Symbol.dispose]: () => data.destroy(),
  };
}

/** Lets the SDK sign for a service that is not its own. */
function signingFor(signingName: string): DataSettings {
  return {
    httpAuthSchemeProvider: () => [
      {
        schemeId: 'aws.auth#sigv4',
        signingProperties: { signingName, region: 'us-east-1' },
        propertiesExtractor: (config: object, context: object) => ({
          signingProperties: { config, context },
        }),
      },
    ],
  };
}

/** Where DescribeEndpoint says that the data plane is: over TLS, and known by the sandbox's own authority. */
async function atDataEndpoint() {
  const { endpointAddress } = await sandbox.iot.send(
    new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }),
  );
  const httpsAgent = new Agent({ ca: await sandbox.file('ca.pem') });
  return aDataClient(`https://${endpointAddress}`, { requestHandler: { httpsAgent } });
}
