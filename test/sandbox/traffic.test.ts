import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Device, aDevice, anIdentity, type IssuedIdentity } from './a-device.ts';
import { aSandbox, eventually, type TestSandbox } from './a-sandbox.ts';

let sandbox: TestSandbox;
let identity: IssuedIdentity;
beforeAll(async () => {
  sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
  identity = await anIdentity(sandbox);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const reasonFor = (clientId: string) =>
  sandbox.untilEvent((event) => event.clientId === clientId && event.eventType === 'disconnected');

/** A device that is connected. */
async function aConnected(options: { clientId: string; clean?: boolean }): Promise<Device> {
  const device = aDevice(sandbox, { identity, ...options });
  expect(await device.outcome).toBe('connected');
  return device;
}

const connackOf = ({ client }: Device) =>
  new Promise((resolve) => {
    client.once('connect', resolve);
  });

describe('3.5 Last Will', () => {
  const will = { topic: 'fleet/status', payload: Buffer.from('lost'), qos: 0, retain: false } as const;

  it('3.5.1 is published for a takeover and a lost connection, not for a graceful end', async () => {
    await using listener = aDevice(sandbox, { identity, clientId: 'will-listener' });
    await listener.outcome;
    const inbox = await listener.listen('fleet/status');
    const one = aDevice(sandbox, { identity, clientId: 'willing', will });
    await one.outcome;
    const two = aDevice(sandbox, { identity, clientId: 'willing', will });
    await two.outcome;
    expect(await inbox.next()).toEqual({ topic: 'fleet/status', text: 'lost' });
    two.client.stream.destroy();
    expect(await inbox.next()).toEqual({ topic: 'fleet/status', text: 'lost' });
    const three = aDevice(sandbox, { identity, clientId: 'willing', will });
    await three.outcome;
    await three.client.endAsync();
    await sandbox.untilEvent(({ clientId, versionNumber, eventType }) => {
      return clientId === 'willing' && versionNumber === 2 && eventType === 'disconnected';
    });
    await listener.client.publishAsync('fleet/status', 'after all of them');
    expect(await inbox.next()).toMatchObject({ text: 'after all of them' });
  });
});

describe('3.6 reserved topics', () => {
  it('3.6.1 are closed to publishers: the connection ends', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'forger' });
    await device.outcome;
    await using watcher = aDevice(sandbox, { identity, clientId: 'not-fooled' });
    await watcher.outcome;
    const inbox = await watcher.listen('$aws/events/presence/#');
    device.client.publish('$aws/events/presence/connected/forged', '{}');
    await device.closed;
    expect(await reasonFor('forger')).toMatchObject({ disconnectReason: 'CLIENT_ERROR' });
    expect((await inbox.next()).topic).toBe('$aws/events/presence/disconnected/forger');
  });

  it('3.6.1 are not forged by a Last Will: its CONNECT is refused', async () => {
    const will = { topic: '$aws/events/presence/connected/forged', payload: Buffer.from('{}') };
    await using watcher = await aConnected({ clientId: 'not-fooled-either' });
    const inbox = await watcher.listen('$aws/events/presence/#');
    await using device = aDevice(sandbox, { identity, clientId: 'will-forger', will });
    expect(await device.outcome).toBe('closed');
    expect((await inbox.next()).topic).toBe('$aws/events/presence/connect_failed/will-forger');
  });

  it('3.6.2 are not seen by a bare #, nor by a persistent session on # when it comes back', async () => {
    const settings = { identity, clientId: 'keeper', clean: false };
    const keeper = aDevice(sandbox, settings);
    await keeper.outcome;
    const first = await keeper.listen('#', 1);
    await using passer = aDevice(sandbox, { identity, clientId: 'passer' });
    await passer.outcome;
    await passer.client.publishAsync('seen/live', '1', { qos: 1 });
    expect((await first.next()).topic).toBe('seen/live');
    await keeper.client.endAsync();
    await using another = aDevice(sandbox, { identity, clientId: 'another' });
    await another.outcome;
    await passer.client.publishAsync('seen/later', '2', { qos: 1 });
    await using back = aDevice(sandbox, settings);
    const topics: string[] = [];
    back.client.on('message', (topic) => topics.push(topic));
    await eventually(() => (topics.includes('seen/later') ? true : undefined));
    await passer.client.publishAsync('seen/last', '3', { qos: 1 });
    await eventually(() => (topics.includes('seen/last') ? true : undefined));
    expect(topics).toEqual(['seen/later', 'seen/last']);
  });
});

describe('3.7 limits', () => {
  const limit = async (clientId: string, act: (device: Device) => void) => {
    await using device = await aConnected({ clientId });
    act(device);
    await device.closed;
    return await reasonFor(clientId);
  };
  const publish =
    (topic: string, payload = '1', qos: 0 | 1 | 2 = 0) =>
    ({ client }: Device) =>
      void client.publish(topic, payload, { qos }, () => {});
  const subscribe =
    (filters: string[], qos: 0 | 1 | 2 = 0) =>
    ({ client }: Device) =>
      void client.subscribe(filters, { qos }, () => {});
  const filters = (count: number) => Array.from({ length: count }, (_, index) => `f/${index}`);

  it.each<[string, (device: Device) => void]>([
    ['3.7.1 a PUBLISH at QoS 2', publish('a', '1', 2)],
    ['3.7.1 a SUBSCRIBE at QoS 2', subscribe(['a'], 2)],
    ['3.7.2 a topic with eight slashes', publish('1/2/3/4/5/6/7/8/9')],
    ['3.7.2 a filter with eight slashes', subscribe(['1/2/3/4/5/6/7/8/#'])],
    ['3.7.2 a topic of 257 bytes', publish('ü'.repeat(128) + 'x')],
    ['3.7.3 a payload of more than 128 KB', publish('a', 'x'.repeat(128 * 1024 + 1))],
    ['3.7.4 nine filters in a SUBSCRIBE', subscribe(filters(9))],
  ])('%s ends the connection with CLIENT_ERROR', async (title, act) => {
    expect(await limit(title, act)).toMatchObject({ disconnectReason: 'CLIENT_ERROR' });
  });

  it('3.7.2 seven slashes, 256 bytes and 128 KB are taken', async () => {
    await using device = await aConnected({ clientId: 'just so' });
    await using listener = await aConnected({ clientId: 'just so, too' });
    const inbox = await listener.listen('1/2/3/4/5/6/7/+');
    await device.client.publishAsync('1/2/3/4/5/6/7/8', 'x'.repeat(128 * 1024), { qos: 1 });
    expect((await inbox.next()).text).toHaveLength(128 * 1024);
    await device.client.publishAsync('ü'.repeat(128), '1', { qos: 1 });
  });

  it('3.7.4 eight filters in a SUBSCRIBE are taken, and fifty in all; the next is refused in the SUBACK', async () => {
    await using device = await aConnected({ clientId: 'curious' });
    const all = filters(50);
    for (let from = 0; from < all.length; from += 8)
      await device.client.subscribeAsync(all.slice(from, from + 8));
    await expect(device.client.subscribeAsync('f/50')).rejects.toThrow('Unspecified error'); // 0x80
    await device.client.unsubscribeAsync('f/0');
    await expect(device.client.subscribeAsync('f/50')).resolves.toMatchObject([{ qos: 0 }]);
  });

  it('3.7.5 takes no Last Will at QoS 2', async () => {
    const will = { topic: 'fleet/status', payload: Buffer.from('lost'), qos: 2 } as const;
    await using device = aDevice(sandbox, { identity, clientId: 'insistent', will });
    expect(await device.outcome).toBe('closed');
    expect(sandbox.truth().connections.map(({ clientId }) => clientId)).not.toContain('insistent');
  });

  it.each([
    [5, 30],
    [60, 60],
    [0, 1200],
    [3000, 1200],
  ])('3.7.6 takes a keep-alive of %i seconds for %i', async (keepalive, seconds) => {
    const clientId = `keep-alive ${keepalive}`;
    await using device = aDevice(sandbox, { identity, clientId, keepalive });
    await device.outcome;
    expect(await sandbox.connection(clientId)).toMatchObject({ keepAliveDuration: seconds });
  });
});

describe('3.8 persistent sessions', () => {
  const offline = async (clientId: string) => {
    const device = await aConnected({ clientId, clean: false });
    await device.client.subscribeAsync('fleet/orders', { qos: 1 });
    await device.client.endAsync();
    await reasonFor(clientId);
  };
  const order = async () => {
    await using sender = await aConnected({ clientId: 'sender' });
    await sender.client.publishAsync('fleet/orders', 'open the valve', { qos: 1 });
  };

  it('3.8.1 keep subscriptions and QoS 1 messages for who comes back without a clean session', async () => {
    await offline('sleeper');
    await order();
    await using back = aDevice(sandbox, { identity, clientId: 'sleeper', clean: false });
    const received: string[] = [];
    back.client.on('message', (_topic, payload) => received.push(payload.toString()));
    expect(await connackOf(back)).toMatchObject({ sessionPresent: true });
    await eventually(() => (received.length === 1 ? true : undefined));
    expect(received).toEqual(['open the valve']);
  });

  it('3.8.2 end with a clean session of the same client ID, a stranger’s too', async () => {
    await offline('wiped');
    await order();
    const taker = await aConnected({ clientId: 'wiped' });
    await taker.client.endAsync();
    await using back = aDevice(sandbox, { identity, clientId: 'wiped', clean: false });
    expect(await connackOf(back)).toMatchObject({ sessionPresent: false });
  });
});

describe('3.9 retained messages', () => {
  it('3.9.1 are given to who names their very topic, and to no wildcard', async () => {
    await using device = await aConnected({ clientId: 'retainer' });
    await device.client.publishAsync('fleet/status/1', 'on', { qos: 1, retain: true });
    await using listener = await aConnected({ clientId: 'latecomer' });
    const wild = await listener.listen('fleet/status/+', 1);
    await device.client.publishAsync('fleet/status/2', 'after', { qos: 1 });
    expect(await wild.next()).toMatchObject({ topic: 'fleet/status/2' });
    await using reader = await aConnected({ clientId: 'reader' });
    const exact = await reader.listen('fleet/status/1', 1);
    expect(await exact.next()).toMatchObject({ topic: 'fleet/status/1', text: 'on' });
  });

  it('3.9.2 are taken back by an empty one', async () => {
    await using device = await aConnected({ clientId: 'retainer' });
    await device.client.publishAsync('fleet/gone', 'on', { qos: 1, retain: true });
    expect((await sandbox.snapshot()).broker.retainedTopics).toContain('fleet/gone');
    await device.client.publishAsync('fleet/gone', '', { qos: 1, retain: true });
    expect((await sandbox.snapshot()).broker.retainedTopics).not.toContain('fleet/gone');
  });
});

describe('3.12 topic filters', () => {
  it('3.12.1 a/# takes in what is below a, not a itself', async () => {
    await using device = await aConnected({ clientId: 'level' });
    const inbox = await device.listen('level/#', 1);
    await device.client.publishAsync('level', 'above', { qos: 1 });
    await device.client.publishAsync('level/below', 'below', { qos: 1 });
    expect(await inbox.next()).toMatchObject({ text: 'below' });
  });
});
