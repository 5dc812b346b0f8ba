import {
  AddThingToThingGroupCommand,
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateThingCommand,
  type CreateThingCommandInput,
  CreateThingGroupCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  RemoveThingFromThingGroupCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iot';
import { ListSubscriptionsCommand } from '@aws-sdk/client-iot-data-plane';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IClientOptions } from 'mqtt';
import { z } from 'zod';
import { issueSessionKey } from '../../src/sandbox/identity/access-key.ts';
import { addEntity, createIam } from '../../src/sandbox/identity/iam.ts';
import { authorize } from '../../src/sandbox/policy/authorize.ts';
import { parsePolicyDocument } from '../../src/sandbox/policy/document.ts';
import { createRegistry } from '../../src/sandbox/registry/registry.ts';
import { begin } from '../../src/sandbox/registry/timeline.ts';
import { aCaller, type Caller } from './a-caller.ts';
import { aCertificateOfOnesOwn } from './a-certificate.ts';
import {
  aDevice,
  ALLOW_ALL,
  anIdentity,
  attachNewPolicy,
  aWire,
  connectPacket,
  type Device,
  type IssuedIdentity,
  subscribePacket,
} from './a-device.ts';
import { aSandbox, eventually, type TestSandbox } from './a-sandbox.ts';

let sandbox: TestSandbox;
let anyone: IssuedIdentity;
beforeAll(async () => {
  sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
  anyone = await anIdentity(sandbox);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const ARN = 'arn:aws:iot:us-east-1:123456789012';

const aPolicy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const allow = (Action: string | string[], Resource: string | string[], Condition: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
});
const deny = (Action: string, Resource: string, Condition: object = {}) => ({
  Effect: 'Deny',
  Action,
  Resource,
  Condition,
});
const CONNECT = allow('iot:Connect', '*');
/** All that a listener needs who may be anywhere. */
const LISTEN = allow(['iot:Subscribe', 'iot:Receive'], '*');

/** A certificate that may do what the statements say, and nothing else. */
const whoMay = (...statements: object[]) => anIdentity(sandbox, { policy: aPolicy(...statements) });

type Attempt = { identity: IssuedIdentity; clientId: string } & IClientOptions;

/** How a CONNECT ends. Whoever was let in is gone again. */
async function attempt(options: Attempt, where = sandbox): Promise<string> {
  await using device = aDevice(where, options);
  return await device.outcome; // before the device goes
}

async function aConnected(options: Attempt, where = sandbox): Promise<Device> {
  const device = aDevice(where, options);
  expect(await device.outcome).toBe('connected');
  return device;
}

const endOf = (clientId: string, where = sandbox) =>
  where.untilEvent((event) => event.clientId === clientId && event.eventType === 'disconnected');

/** All events of a client, as they are in the file: parsed no further, so that their members keep their order. */
async function eventsOf(clientId: string, where = sandbox) {
  const lines = (await where.file('events.jsonl')).split('\n').filter((line) => line !== '');
  return lines
    .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)))
    .filter((event) => event['clientId'] === clientId);
}

const kindsOfEvents = async (clientId: string, where = sandbox) =>
  (await eventsOf(clientId, where)).map((event) => event['eventType']);

/** A device does what costs it its connection. */
async function expectAuthError(device: Device, clientId: string): Promise<void> {
  await device.closed;
  expect(await endOf(clientId)).toMatchObject({
    disconnectReason: 'AUTH_ERROR',
    clientInitiatedDisconnect: false,
  });
}

async function aThing(thingName: string, more: Omit<CreateThingCommandInput, 'thingName'> = {}) {
  await sandbox.iot.send(new CreateThingCommand({ thingName, ...more }));
  return {
    attach: ({ arn: principal }: IssuedIdentity, thingPrincipalType?: 'EXCLUSIVE_THING') =>
      sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal, thingPrincipalType })),
    detach: ({ arn: principal }: IssuedIdentity) =>
      sandbox.iot.send(new DetachThingPrincipalCommand({ thingName, principal })),
    join: (thingGroupName: string) =>
      sandbox.iot.send(new AddThingToThingGroupCommand({ thingName, thingGroupName })),
    leave: (thingGroupName: string) =>
      sandbox.iot.send(new RemoveThingFromThingGroupCommand({ thingName, thingGroupName })),
  };
}

async function aGroup(
  thingGroupName: string,
  { policy, parentGroupName }: { policy?: object; parentGroupName?: string },
): Promise<void> {
  const { thingGroupArn: target = '' } = await sandbox.iot.send(
    new CreateThingGroupCommand({ thingGroupName, parentGroupName }),
  );
  if (policy !== undefined) await attachNewPolicy(sandbox, { target, policy });
}

describe('7.6 IoT policies on a connection', () => {
  it('7.6.1 close who may not connect without a CONNACK, and say so in a connect_failed without a version', async () => {
    const identity = await whoMay(allow('iot:Connect', `${ARN}:client/another`));
    const { socket } = await aWire(sandbox, identity);
    const heard: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
    const before = Date.now();
    socket.write(connectPacket('unwelcome'));
    await once(socket, 'close');
    expect(heard).toEqual([]);
    const [event, ...more] = await eventsOf('unwelcome');
    expect(more).toEqual([]);
    expect(Object.entries(event ?? {})).toEqual([
      ['clientId', 'unwelcome'],
      ['timestamp', expect.any(Number)],
      ['eventType', 'connect_failed'],
      ['connectFailureReason', 'AUTHORIZATION_FAILED'],
      ['principalIdentifier', identity.certificateId],
      ['sessionIdentifier', expect.stringMatching(/^[0-9a-f-]{36}$/u)],
      ['ipAddress', '127.0.0.1'],
    ]);
    expect(event?.['timestamp']).toBeGreaterThanOrEqual(before);
  });

  it('7.6.1 tell the subscribers of $aws/events/presence/connect_failed of it', async () => {
    await using watcher = await aConnected({ identity: anyone, clientId: 'failure-watcher' });
    const inbox = await watcher.listen('$aws/events/presence/connect_failed/#');
    const identity = await whoMay(allow('iot:Connect', `${ARN}:client/another`));
    await attempt({ identity, clientId: 'announced' });
    const { topic, text } = await inbox.next();
    expect(topic).toBe('$aws/events/presence/connect_failed/announced');
    expect([JSON.parse(text)]).toEqual(await eventsOf('announced'));
  });

  it('7.6.2 let nobody in who has none', async () => {
    const identity = await anIdentity(sandbox, { policy: null });
    expect(await attempt({ identity, clientId: 'lawless' })).not.toBe('connected');
    expect(await eventsOf('lawless')).toMatchObject([{ eventType: 'connect_failed' }]);
  });

  it.each([0, 1] as const)(
    '7.6.3 close who publishes where it may not, at QoS %d, as AUTH_ERROR, and nobody hears of it',
    async (qos) => {
      const clientId = `loud-${qos}`;
      await using listener = await aConnected({ identity: anyone, clientId: `${clientId}-listener` });
      const inbox = await listener.listen('talk/#');
      const identity = await whoMay(CONNECT, allow('iot:Publish', `${ARN}:topic/talk/allowed`));
      await using device = await aConnected({ identity, clientId });
      await device.client.publishAsync('talk/allowed', 'heard', { qos });
      device.client.publish('talk/forbidden', 'unheard', { qos });
      await expectAuthError(device, clientId);
      await listener.client.publishAsync('talk/last', 'heard');
      expect([(await inbox.next()).topic, (await inbox.next()).topic]).toEqual(['talk/allowed', 'talk/last']);
    },
  );

  it('7.6.4 close who subscribes to what it may not as AUTH_ERROR, without a SUBACK or an event', async () => {
    const identity = await whoMay(CONNECT, allow('iot:Subscribe', `${ARN}:topicfilter/mine/#`));
    const { socket } = await aWire(sandbox, identity);
    const heard: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
    socket.write(Buffer.concat([connectPacket('curious'), subscribePacket('yours/#')]));
    await once(socket, 'close');
    const onlyConnack = Buffer.from([0x20, 2, 0, 0]);
    expect(Buffer.concat(heard)).toEqual(onlyConnack);
    expect(await endOf('curious')).toMatchObject({ disconnectReason: 'AUTH_ERROR' });
    expect(await kindsOfEvents('curious')).toEqual(['connected', 'disconnected']);
  });

  it('7.6.4 close who may subscribe to one of two filters only', async () => {
    const identity = await whoMay(CONNECT, allow('iot:Subscribe', `${ARN}:topicfilter/mine/#`));
    await using device = await aConnected({ identity, clientId: 'half-allowed' });
    device.client.subscribe(['mine/#', 'yours/#'], () => {});
    await expectAuthError(device, 'half-allowed');
  });

  it.each([[['mine', 'secret/#']], [['secret/#', 'mine']]])(
    '7.6.4 keep nothing of what was refused in a persistent session: %j',
    async (filters) => {
      const identity = await whoMay(CONNECT, allow('iot:Subscribe', `${ARN}:topicfilter/mine`));
      const clientId = `sly-${filters.join('')}`.replaceAll(/[#/]/gu, '');
      const options = { identity, clientId, clean: false };
      const device = await aConnected(options);
      device.client.subscribe(filters, { qos: 1 }, () => {});
      await device.closed;
      await using back = await aConnected(options);
      expect(back.client.connected).toBe(true);
      const { subscriptions = [] } = await sandbox.data.send(new ListSubscriptionsCommand({ clientId }));
      expect(subscriptions.map(({ topicFilter }) => topicFilter)).not.toContain('secret/#');
    },
  );

  it('7.6.4 check no subscription that a persistent session brings back, but what comes by it', async () => {
    const identity = await whoMay(CONNECT, allow('iot:Receive', `${ARN}:topic/mine/2`));
    const policyName = await attachNewPolicy(sandbox, { target: identity.arn, policy: aPolicy(LISTEN) });
    const options = { identity, clientId: 'keeper', clean: false };
    const first = await aConnected(options);
    await first.listen('mine/#', 1);
    await first.client.endAsync();
    await sandbox.iot.send(new DetachPolicyCommand({ policyName, target: identity.arn }));
    await using speaker = await aConnected({ identity: anyone, clientId: 'mine-speaker' });
    await using back = aDevice(sandbox, options);
    const topics: string[] = [];
    back.client.on('message', (topic) => topics.push(topic));
    expect(await back.outcome).toBe('connected');
    await speaker.client.publishAsync('mine/1', '1', { qos: 1 });
    await speaker.client.publishAsync('mine/2', '2', { qos: 1 });
    expect(await eventually(() => topics[0])).toBe('mine/2');
  });

  it('7.6.5 keep from a subscriber, in silence, what it may not receive', async () => {
    const identity = await whoMay(
      CONNECT,
      allow('iot:Subscribe', '*'),
      allow('iot:Receive', `${ARN}:topic/news/good`),
    );
    await using listener = await aConnected({ identity, clientId: 'sheltered' });
    const inbox = await listener.listen('news/+', 1);
    await using speaker = await aConnected({ identity: anyone, clientId: 'news-speaker' });
    await speaker.client.publishAsync('news/bad', '1', { qos: 1 });
    await speaker.client.publishAsync('news/good', '2', { qos: 1 });
    expect(await inbox.next()).toEqual({ topic: 'news/good', text: '2' });
    expect(inbox.messages).toHaveLength(1);
    expect(listener.client.connected).toBe(true);
  });

  it('7.6.5 keep a retained message from who may not receive it', async () => {
    await using speaker = await aConnected({ identity: anyone, clientId: 'retained-speaker' });
    await speaker.client.publishAsync('kept/secret', '1', { qos: 1, retain: true });
    const identity = await whoMay(
      CONNECT,
      allow('iot:Subscribe', '*'),
      allow('iot:Receive', `${ARN}:topic/kept/open`),
    );
    await using listener = await aConnected({ identity, clientId: 'retained-listener' });
    const inbox = await listener.listen('kept/secret');
    await listener.client.subscribeAsync('kept/open');
    await speaker.client.publishAsync('kept/open', '2');
    expect((await inbox.next()).topic).toBe('kept/open');
  });

  it('7.6.6 ask for iot:RetainPublish besides iot:Publish where a message is to be retained', async () => {
    const topics = `${ARN}:topic/*`;
    const publisher = await whoMay(CONNECT, allow('iot:Publish', topics));
    await using device = await aConnected({ identity: publisher, clientId: 'not-retaining' });
    await device.client.publishAsync('state/now', '1', { qos: 1 });
    device.client.publish('state/now', '2', { qos: 1, retain: true });
    await expectAuthError(device, 'not-retaining');
    const half = await whoMay(CONNECT, allow('iot:RetainPublish', topics));
    await using other = await aConnected({ identity: half, clientId: 'retaining-only' });
    other.client.publish('state/now', '3', { qos: 1, retain: true });
    await expectAuthError(other, 'retaining-only');
    const both = await whoMay(CONNECT, allow(['iot:Publish', 'iot:RetainPublish'], topics));
    await using retaining = await aConnected({ identity: both, clientId: 'retaining' });
    await retaining.client.publishAsync('state/now', '4', { qos: 1, retain: true });
    expect((await sandbox.snapshot()).broker.retainedTopics).toContain('state/now');
  });

  it.each([
    ['a/*', 'a/b/c', true],
    ['a/*', 'a/#', true],
    ['a/?/c', 'a/b/c', true],
    ['a/?/c', 'a/bb/c', false],
    ['a/+/c', 'a/+/c', true],
    ['a/+/c', 'a/b/c', false],
    ['a/#', 'a/#', true],
    ['a/#', 'a/b', false],
    ['a', 'a/b', false],
  ])(
    '7.6.7 read wildcards so that topicfilter/%s and the filter %s fit: %s',
    async (pattern, filter, fits) => {
      const identity = await whoMay(CONNECT, allow('iot:Subscribe', `${ARN}:topicfilter/${pattern}`));
      await using device = await aConnected({ identity, clientId: `wild ${pattern} ${filter}` });
      const ended = device.closed.then(() => false);
      const granted = device.client.subscribeAsync(filter).then(
        () => true,
        () => false,
      );
      expect(await Promise.race([granted, ended])).toBe(fits);
    },
  );

  it('7.6.7 take a topicfilter for no topic, nor a topic for a topicfilter', async () => {
    const identity = await whoMay(
      CONNECT,
      allow('iot:Subscribe', `${ARN}:topic/*`),
      allow('iot:Publish', `${ARN}:topicfilter/*`),
    );
    await using subscriber = await aConnected({ identity, clientId: 'mixed-up-subscriber' });
    subscriber.client.subscribe('a', () => {});
    await expectAuthError(subscriber, 'mixed-up-subscriber');
    await using publisher = await aConnected({ identity, clientId: 'mixed-up-publisher' });
    publisher.client.publish('a', '1');
    await expectAuthError(publisher, 'mixed-up-publisher');
  });

  it('7.6.8 let an explicit Deny of one policy win over the Allow of another', async () => {
    const identity = await anIdentity(sandbox);
    const policy = aPolicy(deny('iot:Publish', `${ARN}:topic/closed/*`));
    await attachNewPolicy(sandbox, { target: identity.arn, policy });
    await using device = await aConnected({ identity, clientId: 'partly-denied' });
    await device.client.publishAsync('open/1', '1', { qos: 1 });
    device.client.publish('closed/1', '1', { qos: 1 });
    await expectAuthError(device, 'partly-denied');
  });

  it('7.6.9 put the client ID in for ${iot:ClientId}, whatever it looks like', async () => {
    const identity = await whoMay(
      allow('iot:Connect', `${ARN}:client/\${iot:ClientId}`),
      allow('iot:Publish', `${ARN}:topic/own/\${iot:ClientId}/x`),
    );
    for (const [clientId, topic] of [
      ['self', 'own/self/x'],
      ['*', 'own/*/x'],
    ] as const) {
      await using device = await aConnected({ identity, clientId });
      await device.client.publishAsync(topic, '1', { qos: 1 });
      device.client.publish('own/another/x', '1', { qos: 1 });
      await expectAuthError(device, clientId);
    }
  });

  const will = { topic: 'last/word', payload: Buffer.from('gone'), qos: 0, retain: false } as const;
  const published = allow('iot:Publish', `${ARN}:topic/last/*`);
  const only = (...attributes: string[]) =>
    allow('iot:Connect', '*', { 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': attributes } });
  const not = (attribute: string) =>
    deny('iot:Connect', '*', { 'ForAnyValue:StringEquals': { 'iot:ConnectAttributes': [attribute] } });

  it.each([
    ['no condition', CONNECT, ['plain', 'persistent', 'with a will']],
    ['a condition that allows none', only(), ['plain']],
    ['PersistentConnect alone allowed', only('PersistentConnect'), ['plain', 'persistent']],
    ['LastWill alone allowed', only('LastWill'), ['plain', 'with a will']],
    ['both allowed', only('LastWill', 'PersistentConnect'), ['plain', 'persistent', 'with a will']],
    ['PersistentConnect denied', [CONNECT, not('PersistentConnect')], ['plain', 'with a will']],
    ['LastWill denied', [CONNECT, not('LastWill')], ['plain', 'persistent']],
  ])('7.6.10 know what a CONNECT asks for: with %s', async (name, statements, allowed) => {
    const identity = await whoMay(published, ...[statements].flat());
    const kinds = { plain: {}, persistent: { clean: false }, 'with a will': { will } };
    for (const [kind, options] of Object.entries(kinds)) {
      const outcome = await attempt({ identity, clientId: `${name}, ${kind}`, ...options });
      expect({ kind, connected: outcome === 'connected' }).toEqual({
        kind,
        connected: allowed.includes(kind),
      });
    }
  });

  it('7.6.11 know the topic of a Last Will as iot:LastWillTopic', async () => {
    const Condition = { ArnEquals: { 'iot:LastWillTopic': `${ARN}:topic/last/word` } };
    const identity = await whoMay(published, allow('iot:Connect', '*', Condition));
    expect(await attempt({ identity, clientId: 'right-will', will })).toBe('connected');
    const elsewhere = { ...will, topic: 'last/elsewhere' };
    expect(await attempt({ identity, clientId: 'wrong-will', will: elsewhere })).not.toBe('connected');
    expect(await attempt({ identity, clientId: 'no-will' })).not.toBe('connected');
  });

  it('7.6.12 refuse a CONNECT with a Last Will that its client may not publish, or not retain', async () => {
    const identity = await whoMay(CONNECT, published);
    expect(await attempt({ identity, clientId: 'good-will', will })).toBe('connected');
    for (const [clientId, bad] of [
      ['forbidden-will', { ...will, topic: 'another/word' }],
      ['retained-will', { ...will, retain: true }],
    ] as const) {
      expect(await attempt({ identity, clientId, will: bad })).not.toBe('connected');
      expect(await eventsOf(clientId)).toMatchObject([
        { eventType: 'connect_failed', connectFailureReason: 'AUTHORIZATION_FAILED' },
      ]);
    }
  });

  it('7.6.12 withhold a Last Will that has been forbidden since', async () => {
    const identity = await whoMay(CONNECT);
    const policyName = await attachNewPolicy(sandbox, { target: identity.arn, policy: aPolicy(published) });
    await using listener = await aConnected({ identity: anyone, clientId: 'will-listener' });
    const inbox = await listener.listen('last/#');
    await using device = await aConnected({ identity, clientId: 'no-longer-heard', will });
    await sandbox.iot.send(new DetachPolicyCommand({ policyName, target: identity.arn }));
    device.client.stream.destroy();
    expect(await endOf('no-longer-heard')).toMatchObject({ disconnectReason: 'CONNECTION_LOST' });
    await listener.client.publishAsync('last/message', 'the only one');
    expect((await inbox.next()).topic).toBe('last/message');
  });

  it('7.6.13 let no refused newcomer displace who has the client ID', async () => {
    await using holder = await aConnected({ identity: anyone, clientId: 'held' });
    const identity = await whoMay(allow('iot:Connect', `${ARN}:client/another`));
    expect(await attempt({ identity, clientId: 'held' })).not.toBe('connected');
    expect(await kindsOfEvents('held')).toEqual(['connected', 'connect_failed']);
    await holder.client.publishAsync('still/here', '1', { qos: 1 });
    expect(sandbox.truth().connections.filter(({ clientId }) => clientId === 'held')).toHaveLength(1);
  });
});

const HOUR_MS = 3_600_000;

describe('7.7 when the broker learns of it', () => {
  /** A certificate with two policies: one to connect by, one to publish by. */
  const aPublisher = async (where: TestSandbox) => {
    const identity = await anIdentity(where, { policy: null });
    const policyName = await attachNewPolicy(where, { target: identity.arn, policy: ALLOW_ALL });
    const set = (Command: typeof AttachPolicyCommand | typeof DetachPolicyCommand) =>
      where.iot.send(new Command({ policyName, target: identity.arn }));
    return {
      identity,
      policyName,
      attach: () => set(AttachPolicyCommand),
      detach: () => set(DetachPolicyCommand),
    };
  };

  const aSlowSandbox = (more: object = {}) =>
    aSandbox({
      faults: [{ fault: 'unlimited-connects' }, { fault: 'detach-delay', ms: HOUR_MS, ...more }],
    });

  /** Nobody has to wait for the hour: the sandbox's clock is put forward. */
  const anHourLater = ({ faults, iot: { config } }: TestSandbox) => {
    const ms = HOUR_MS + 1000;
    faults.add({ fault: 'clock-offset', ms });
    config.systemClockOffset += ms;
  };

  const settled = async (device: Device, topic = 'some/topic') => {
    const published = device.client.publishAsync(topic, '1', { qos: 1 }).then(
      () => 'published',
      () => 'closed',
    );
    return Promise.race([published, device.closed.then(() => 'closed')]);
  };

  it('7.7.1 is at the next check, with no delay; a connection without one stays', async () => {
    const { identity, detach } = await aPublisher(sandbox);
    await using device = await aConnected({ identity, clientId: 'detached' });
    expect(await settled(device)).toBe('published');
    await detach();
    expect(sandbox.truth().connections.map(({ clientId }) => clientId)).toContain('detached');
    expect(device.client.connected).toBe(true);
    expect(await settled(device)).toBe('closed');
    expect(await endOf('detached')).toMatchObject({ disconnectReason: 'AUTH_ERROR' });
    expect(await attempt({ identity, clientId: 'detached' })).not.toBe('connected');
    expect((await eventsOf('detached')).at(-1)).toMatchObject({ eventType: 'connect_failed' });
  });

  it('7.7.2 is after the delay: until then publishing and coming back go on', async () => {
    await using slow = await aSlowSandbox();
    const { identity, detach } = await aPublisher(slow);
    await using device = await aConnected({ identity, clientId: 'late' }, slow);
    await detach();
    expect(await settled(device)).toBe('published');
    expect(await attempt({ identity, clientId: 'late-too' }, slow)).toBe('connected');
    anHourLater(slow);
    expect(device.client.connected).toBe(true);
    expect(await settled(device)).toBe('closed');
    expect(await endOf('late', slow)).toMatchObject({ disconnectReason: 'AUTH_ERROR' });
    expect(await attempt({ identity, clientId: 'late' }, slow)).not.toBe('connected');
  });

  it('7.7.2 is after the delay for the one client that the delay is for, at once for others', async () => {
    await using slow = await aSlowSandbox({ client: 'slow-one' });
    const { identity, detach } = await aPublisher(slow);
    await detach();
    expect(await attempt({ identity, clientId: 'slow-one' }, slow)).toBe('connected');
    expect(await attempt({ identity, clientId: 'quick-one' }, slow)).not.toBe('connected');
  });

  it('7.7.3 is at once for the very first attachment; coming back to it is late', async () => {
    await using slow = await aSlowSandbox();
    const { identity, attach, detach } = await aPublisher(slow);
    expect(await attempt({ identity, clientId: 'first' }, slow)).toBe('connected');
    await detach();
    anHourLater(slow);
    await attach();
    expect(await attempt({ identity, clientId: 'first' }, slow)).not.toBe('connected');
    anHourLater(slow);
    expect(await attempt({ identity, clientId: 'first' }, slow)).toBe('connected');
  });

  it('7.7.3 is late for a Deny that is attached besides', async () => {
    await using slow = await aSlowSandbox();
    const { identity } = await aPublisher(slow);
    const policyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: 'iot:*', Resource: '*' }],
    });
    await slow.iot.send(new CreatePolicyCommand({ policyName: 'nothing', policyDocument }));
    await slow.iot.send(new AttachPolicyCommand({ policyName: 'nothing', target: identity.arn }));
    expect(await attempt({ identity, clientId: 'besides' }, slow)).toBe('connected');
    anHourLater(slow);
    expect(await attempt({ identity, clientId: 'besides' }, slow)).not.toBe('connected');
  });

  it('7.7.4 is late for a new default version, too, in either way of making it', async () => {
    await using slow = await aSlowSandbox();
    const { identity, policyName } = await aPublisher(slow);
    const policyDocument = JSON.stringify(aPolicy(CONNECT));
    await slow.iot.send(new CreatePolicyVersionCommand({ policyName, policyDocument, setAsDefault: true }));
    await using device = await aConnected({ identity, clientId: 'versioned' }, slow);
    expect(await settled(device)).toBe('published');
    anHourLater(slow);
    expect(await settled(device)).toBe('closed');
    await slow.iot.send(new SetDefaultPolicyVersionCommand({ policyName, policyVersionId: '1' }));
    await using back = await aConnected({ identity, clientId: 'versioned' }, slow);
    expect(await settled(back)).toBe('closed');
    anHourLater(slow);
    await using again = await aConnected({ identity, clientId: 'versioned' }, slow);
    expect(await settled(again)).toBe('published');
  });

  it('7.7.4 is at the next check for a new default version, with no delay', async () => {
    const { identity, policyName } = await aPublisher(sandbox);
    await using device = await aConnected({ identity, clientId: 'new-version' });
    const policyDocument = JSON.stringify(aPolicy(CONNECT));
    const { policyVersionId } = await sandbox.iot.send(
      new CreatePolicyVersionCommand({ policyName, policyDocument }),
    );
    expect(await settled(device)).toBe('published');
    await sandbox.iot.send(new SetDefaultPolicyVersionCommand({ policyName, policyVersionId }));
    expect(await settled(device)).toBe('closed');
  });
});

/** A policy that allows whatever its one variable makes of a resource. */
const connectAs = (client: string, condition: object = {}) =>
  aPolicy(allow('iot:Connect', `${ARN}:client/${client}`, condition));

describe('7.8 variables of the thing and the certificate, policies of groups', () => {
  it('7.8.1 has a thing only where the client ID is its name and the certificate is attached to it', async () => {
    const identity = await anIdentity(sandbox, {
      policy: connectAs('${iot:Connection.Thing.ThingName}'),
    });
    const [mine] = [await aThing('mine'), await aThing('not-mine')];
    expect(await attempt({ identity, clientId: 'mine' })).not.toBe('connected');
    await mine.attach(identity);
    expect(await attempt({ identity, clientId: 'mine' })).toBe('connected');
    expect(await attempt({ identity, clientId: 'not-mine' })).not.toBe('connected');
    expect(await attempt({ identity, clientId: 'no-thing' })).not.toBe('connected');
    await mine.detach(identity);
    expect(await attempt({ identity, clientId: 'mine' })).not.toBe('connected');
  });

  it('7.8.1 says by IsAttached whether there is one', async () => {
    const attached = (value: string) => ({ Bool: { 'iot:Connection.Thing.IsAttached': value } });
    const only = await anIdentity(sandbox, { policy: connectAs('*', attached('true')) });
    const other = await anIdentity(sandbox, { policy: connectAs('*', attached('false')) });
    const thing = await aThing('attached-thing');
    for (const identity of [only, other]) await thing.attach(identity);
    expect(await attempt({ identity: only, clientId: 'attached-thing' })).toBe('connected');
    expect(await attempt({ identity: only, clientId: 'another-name' })).not.toBe('connected');
    expect(await attempt({ identity: other, clientId: 'attached-thing' })).not.toBe('connected');
    expect(await attempt({ identity: other, clientId: 'another-name' })).toBe('connected');
  });

  it("7.8.2 knows the thing's type and attributes, and nothing in place of one that it does not have", async () => {
    const topics = [
      'type/${iot:Connection.Thing.ThingTypeName}',
      'site/${iot:Connection.Thing.Attributes[site]}',
      'floor/${iot:Connection.Thing.Attributes[floor]}*',
    ].map((topic) => `${ARN}:topic/${topic}`);
    const identity = await whoMay(CONNECT, allow('iot:Publish', topics));
    const attributePayload = { attributes: { site: 'Ulm' } };
    const thing = await aThing('typed', { thingTypeName: 'pump', attributePayload });
    await thing.attach(identity);
    await using device = await aConnected({ identity, clientId: 'typed' });
    await device.client.publishAsync('type/pump', '1', { qos: 1 });
    await device.client.publishAsync('site/Ulm', '1', { qos: 1 });
    device.client.publish('floor/', '1', { qos: 1 });
    await expectAuthError(device, 'typed');
  });

  it('7.8.3 has an exclusive thing under any client ID, and names it in the events', async () => {
    const identity = await anIdentity(sandbox, {
      policy: aPolicy(CONNECT, allow('iot:Publish', `${ARN}:topic/\${iot:Connection.Thing.ThingName}`)),
    });
    const thing = await aThing('exclusive');
    await thing.attach(identity, 'EXCLUSIVE_THING');
    await using device = await aConnected({ identity, clientId: 'any-name' });
    await device.client.publishAsync('exclusive', '1', { qos: 1 });
    device.client.publish('any-name', '1', { qos: 1 });
    await expectAuthError(device, 'any-name');
    const said = (await eventsOf('any-name')).map(({ eventType, thingName }) => [eventType, thingName]);
    expect(said).toEqual([
      ['connected', 'exclusive'],
      ['disconnected', 'exclusive'],
    ]);
  });

  it('7.8.3 names no thing in the events of one that shares it', async () => {
    const identity = await anIdentity(sandbox);
    await (await aThing('shared')).attach(identity);
    expect(await attempt({ identity, clientId: 'shared' })).toBe('connected');
    await endOf('shared');
    expect((await eventsOf('shared')).every((event) => !('thingName' in event))).toBe(true);
  });

  const SUBJECT = 'CN=pump-1, OU=left, OU=right, C=DE, 2.5.4.5=SN-7';

  it.each([
    ['Subject.CommonName', 'pump-1'],
    ['Subject.Country', 'DE'],
    ['Subject.SerialNumber', 'SN-7'],
    ['Subject.OrganizationalUnit', 'left'],
    ['Subject.OrganizationalUnit.1', 'right'],
    ['Issuer.CommonName', 'pump-1'],
    ['SerialNumber', '4660'],
  ])('7.8.4 knows of a certificate of ones own iot:Certificate.%s as %s', async (variable, value) => {
    const identity = await aCertificateOfOnesOwn(sandbox, { subject: SUBJECT, serialNumber: '1234' });
    const policy = connectAs(`\${iot:Certificate.${variable}}`);
    await attachNewPolicy(sandbox, { target: identity.arn, policy });
    expect(await attempt({ identity, clientId: value })).toBe('connected');
    expect(await attempt({ identity, clientId: `${value}0` })).not.toBe('connected');
  });

  it('7.8.4 lets a certificate without a subject in, which has no variables of one', async () => {
    const identity = await aCertificateOfOnesOwn(sandbox, { subject: '' });
    await attachNewPolicy(sandbox, { target: identity.arn, policy: ALLOW_ALL });
    expect(await attempt({ identity, clientId: 'nameless' })).toBe('connected');
  });

  it.each([
    ['a third value where there are two', 'CN=x, OU=a, OU=b', 'OrganizationalUnit.2'],
    ['a value with a wildcard in it', 'CN=pump*', 'CommonName'],
  ])('7.8.4 puts nothing in for %s', async (_, subject, variable) => {
    const identity = await aCertificateOfOnesOwn(sandbox, { subject });
    const policy = connectAs(`*\${iot:Certificate.Subject.${variable}}`);
    await attachNewPolicy(sandbox, { target: identity.arn, policy });
    for (const clientId of ['pump', 'pump*', 'b'])
      expect(await attempt({ identity, clientId })).not.toBe('connected');
  });

  it('7.8.5 allows what the groups of the thing do, and the parents of those, under its name', async () => {
    const identity = await anIdentity(sandbox, { policy: null });
    const thing = await aThing('grouped');
    await thing.attach(identity);
    await aGroup('fleet', { policy: aPolicy(CONNECT) });
    const policy = aPolicy(allow('iot:Publish', `${ARN}:topic/berth`));
    await aGroup('north', { policy, parentGroupName: 'fleet' });
    expect(await attempt({ identity, clientId: 'grouped' })).not.toBe('connected');
    await thing.join('north');
    await using device = await aConnected({ identity, clientId: 'grouped' });
    await device.client.publishAsync('berth', '1', { qos: 1 });
    expect(await attempt({ identity, clientId: 'another' })).not.toBe('connected');
    await thing.leave('north');
    device.client.publish('berth', '1', { qos: 1 });
    await expectAuthError(device, 'grouped');
    expect(await attempt({ identity, clientId: 'grouped' })).not.toBe('connected');
  });

  it('7.8.6 takes all access away in a quarantine group, and gives it back outside', async () => {
    const text = readFileSync(new URL('../../policies/quarantine.json', import.meta.url), 'utf8');
    const quarantine = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    await aGroup('quarantine', { policy: quarantine });
    const identity = await anIdentity(sandbox);
    const thing = await aThing('suspect');
    await thing.attach(identity);
    await using device = await aConnected({ identity, clientId: 'suspect' });
    await thing.join('quarantine');
    expect(device.client.connected).toBe(true);
    device.client.publish('any/topic', '1', { qos: 1 });
    await expectAuthError(device, 'suspect');
    expect(await attempt({ identity, clientId: 'suspect' })).not.toBe('connected');
    expect((await eventsOf('suspect')).at(-1)).toMatchObject({ eventType: 'connect_failed' });
    await thing.leave('quarantine');
    expect(await attempt({ identity, clientId: 'suspect' })).toBe('connected');
  });

  it('7.8.6 quarantines an exclusive thing under every client ID, another only under its own', async () => {
    await aGroup('ward', { policy: aPolicy(deny('iot:*', '*')) });
    const [own, shared] = [await anIdentity(sandbox), await anIdentity(sandbox)];
    const [one, other] = [await aThing('ward-1'), await aThing('ward-2')];
    await one.attach(own, 'EXCLUSIVE_THING');
    await other.attach(shared);
    for (const thing of [one, other]) await thing.join('ward');
    expect(await attempt({ identity: own, clientId: 'under-another-name' })).not.toBe('connected');
    expect(await attempt({ identity: shared, clientId: 'under-another-name' })).toBe('connected');
    expect(await attempt({ identity: shared, clientId: 'ward-2' })).not.toBe('connected');
  });
});

describe('7.9 Amazon Cognito', () => {
  /** As `aws configure get cognito_identity_id --profile cognito-1` prints it. */
  async function identityIdOf(profile: string): Promise<string> {
    const [, section = ''] = (await sandbox.file('aws/config')).split(`[profile ${profile}]\n`);
    return /^cognito_identity_id = (.+)$/mu.exec(section.split('[')[0] ?? '')?.[1] ?? '';
  }

  const mayTalk = aPolicy(CONNECT, allow('iot:Publish', `${ARN}:topic/chat`));

  const attemptOf = async (caller: Caller, clientId: string) => {
    await using device = await caller.connect({ clientId });
    return await device.outcome;
  };

  it('7.9.1 gives each of two identities an ID, by which policies are attached to it', async () => {
    const ids = [await identityIdOf('cognito-1'), await identityIdOf('cognito-2')];
    for (const id of ids) expect(id).toMatch(/^us-east-1:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u);
    expect(new Set(ids).size).toBe(2);
  });

  it('7.9.2 asks of an identity for an IoT policy of its own besides its role', async () => {
    using one = await aCaller(sandbox, 'cognito-1');
    using other = await aCaller(sandbox, 'cognito-2');
    expect(await attemptOf(one, 'app-1')).not.toBe('connected');
    const target = await identityIdOf('cognito-1');
    const policyName = await attachNewPolicy(sandbox, { target, policy: mayTalk });
    expect(await attemptOf(one, 'app-1')).toBe('connected');
    expect(await attemptOf(other, 'app-2')).not.toBe('connected');
    await using device = await one.connect({ clientId: 'app-1' });
    expect(await device.outcome).toBe('connected');
    await device.client.publishAsync('chat', '1', { qos: 1 });
    device.client.publish('elsewhere', '1', { qos: 1 });
    await device.closed;
    expect((await eventsOf('app-1')).at(-1)).toMatchObject({ disconnectReason: 'AUTH_ERROR' });
    await sandbox.iot.send(new DetachPolicyCommand({ policyName, target }));
    expect(await attemptOf(one, 'app-1')).not.toBe('connected');
  });

  it('7.9.3 asks of an identity for its role besides its IoT policy', () => {
    const document = (statement: object) => {
      const parsed = parsePolicyDocument(JSON.stringify(aPolicy(statement)));
      if ('problem' in parsed) throw new Error(parsed.problem);
      return parsed;
    };
    const registry = createRegistry();
    const cognitoIdentityId = 'us-east-1:01234567-89ab-cdef-0123-456789abcdef';
    const version = { id: '1', text: '', document: document(CONNECT), createdAt: 0 };
    const policy = { name: 'p', arn: '', versions: [version], createdAt: 0, lastVersion: 1 };
    registry.policies.set('p', { ...policy, default: begin(version, 0) });
    registry.policiesOf.set(cognitoIdentityId, 'p', { linked: true, at: 0 });
    const decide = (byRole: object, resource: string) => {
      const policies = new Map([['app', document(byRole)]]);
      const role = addEntity(createIam(), { kind: 'role', name: 'app', policies });
      const session = { name: 'CognitoIdentityCredentials', issuedAt: 0, seconds: 900, cognitoIdentityId };
      const identity = { kind: 'iam', key: issueSessionKey(role, session), sourceIp: '127.0.0.1' } as const;
      return authorize(registry, { identity, clientId: 'app', access: { action: 'iot:Connect', resource } });
    };
    const narrow = allow('iot:Connect', `${ARN}:client/app`);
    expect(decide(narrow, `${ARN}:client/app`)).toBe('allowed');
    expect(decide(narrow, `${ARN}:client/other`)).toBe('implicit-deny');
    expect(decide(deny('iot:*', '*'), `${ARN}:client/app`)).toBe('explicit-deny');
  });

  it('7.9.4 calls both identities alike in presence events', async () => {
    const principals: unknown[] = [];
    for (const profile of ['cognito-1', 'cognito-2']) {
      using caller = await aCaller(sandbox, profile);
      await attachNewPolicy(sandbox, { target: await identityIdOf(profile), policy: mayTalk });
      expect(await attemptOf(caller, `like-${profile}`)).toBe('connected');
      const { principalIdentifier } = (await eventsOf(`like-${profile}`))[0] ?? {};
      principals.push(principalIdentifier);
      const { UserId } = await caller.sts.send(new GetCallerIdentityCommand({}));
      expect(UserId).toBe(principalIdentifier);
    }
    expect(principals[0]).toMatch(/^AROA[A-Z0-9]{17}:CognitoIdentityCredentials$/u);
    expect(principals[1]).toBe(principals[0]);
  });
});
