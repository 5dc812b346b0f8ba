import { UpdateCertificateCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import {
  aDevice,
  aRawDevice,
  anIdentity,
  aWire,
  connectPacket,
  type IssuedIdentity,
  subscribePacket,
} from './a-device.ts';
import { aSandbox, eventually, type TestSandbox } from './a-sandbox.ts';

let sandbox: TestSandbox;
let identity: IssuedIdentity;
beforeAll(async () => {
  sandbox = await aSandbox();
  identity = await anIdentity(sandbox);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const refusedCount = (certificateId: string) =>
  sandbox.truth().refusedHandshakes.find((one) => one.certificateId === certificateId)?.count;
const reasonFor = (clientId: string) =>
  sandbox.untilEvent((event) => event.clientId === clientId && event.eventType === 'disconnected');

describe('3.1 certificates at the door', () => {
  it('lets an active certificate in', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'active' });
    expect(await device.outcome).toBe('connected');
    expect(sandbox.truth().connections).toContainEqual(
      expect.objectContaining({ clientId: 'active', principal: identity.certificateId, versionNumber: 0 }),
    );
  });

  it('drops an inactive certificate before MQTT, counts it and publishes nothing', async () => {
    const inactive = await anIdentity(sandbox, { active: false });
    for (const count of [1, 2]) {
      await using device = aDevice(sandbox, { identity: inactive, clientId: 'inactive' });
      expect(await device.outcome).not.toBe('connected');
      expect(refusedCount(inactive.certificateId)).toBe(count);
    }
    expect((await sandbox.events()).filter(({ clientId }) => clientId === 'inactive')).toEqual([]);
  });

  it('drops a certificate that is not registered here', async () => {
    await using elsewhere = await aSandbox();
    const stranger = { ...(await anIdentity(elsewhere)), ca: identity.ca };
    await using device = aDevice(sandbox, { identity: stranger, clientId: 'stranger' });
    expect(await device.outcome).not.toBe('connected');
    expect(refusedCount(stranger.certificateId)).toBe(1);
  });

  it('drops a connection without a certificate, and counts nothing', async () => {
    const before = sandbox.truth().refusedHandshakes.length;
    const port = Number(new URL(sandbox.mqttsUrl).port);
    const socket = connectTls({ port, host: 'localhost', ca: identity.ca });
    socket.on('error', () => {});
    await once(socket, 'close');
    expect(sandbox.truth().refusedHandshakes.length).toBe(before);
  });

  it('goes on accepting a deactivated certificate for the propagation delay', async () => {
    await using slow = await aSandbox({ propagationDelayMs: 1500 });
    const late = await anIdentity(slow);
    const { certificateId } = late;
    await slow.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
    const attempt = async () => {
      await using device = aDevice(slow, { identity: late, clientId: 'late' });
      return await device.outcome; // before the device goes
    };
    expect(await attempt()).toBe('connected');
    await eventually(async () => ((await attempt()) === 'connected' ? undefined : true));
    expect(slow.truth().refusedHandshakes).toMatchObject([{ certificateId }]);
  });
});

describe('3.2 client IDs', () => {
  it.each([
    ['of 129 bytes', 'ü'.repeat(64) + 'x'],
    ['that begins with $', '$pump'],
  ])('refuses one %s', async (_, clientId) => {
    await using device = aDevice(sandbox, { identity, clientId });
    expect(await device.outcome).toContain('Identifier rejected');
  });

  it('refuses an empty one', async () => {
    const { socket } = await aRawDevice(sandbox, { identity, clientId: '' });
    await once(socket, 'close');
    expect(sandbox.truth().connections).toEqual([]);
  });

  it.each(['ü'.repeat(64), '__proto__', 'constructor', 'a/b/c/d/e', "'; rm -rf \u0007"])(
    'lets %j in, with its events',
    async (clientId) => {
      await using device = aDevice(sandbox, { identity, clientId });
      expect(await device.outcome).toBe('connected');
      await device.client.endAsync();
      expect(await reasonFor(clientId)).toMatchObject({ versionNumber: 0 });
    },
  );

  it('answers MQTT 5 with an unacceptable protocol version', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'five', protocolVersion: 5 });
    expect(await device.outcome).toContain('version');
  });
});

describe('3.3 takeover', () => {
  it('drops the older connection of the same client ID, and only that', async () => {
    const thief = await anIdentity(sandbox);
    await using older = aDevice(sandbox, { identity: thief, clientId: 'contended' });
    await older.outcome;
    const before = sandbox.truth().connections.find(({ clientId }) => clientId === 'contended');
    await using newer = aDevice(sandbox, { identity, clientId: 'contended' });
    expect(await newer.outcome).toBe('connected');
    await older.closed;
    expect(await reasonFor('contended')).toMatchObject({
      disconnectReason: 'DUPLICATE_CLIENTID',
      clientInitiatedDisconnect: false,
      principalIdentifier: thief.certificateId,
      sessionIdentifier: before?.sessionIdentifier,
      versionNumber: 0,
    });
    expect(sandbox.truth().connections).toMatchObject([
      { clientId: 'contended', principal: identity.certificateId, versionNumber: 1 },
    ]);
  });

  it('leaves exactly one connection after a storm of CONNECTs, each displaced by the next', async () => {
    // A subscriber takes a while to close: what arrives meanwhile must wait its turn.
    await using holder = aDevice(sandbox, { identity, clientId: 'storm' });
    await holder.outcome;
    await holder.listen('fleet/#');
    const devices = await Promise.all(Array.from({ length: 19 }, () => aWire(sandbox, identity)));
    const ends = devices.map(({ socket }) => once(socket, 'close'));
    const hello = Buffer.concat([connectPacket('storm'), subscribePacket('fleet/#')]);
    for (const { socket } of devices) socket.write(hello);
    const lastVersion = ({ clientId, versionNumber }: SessionEvent) =>
      clientId === 'storm' && versionNumber === 19;
    await sandbox.untilEvent(lastVersion);
    expect(sandbox.truth().connections).toMatchObject([{ clientId: 'storm', versionNumber: 19 }]);
    for (const { socket } of devices) socket.destroy();
    await Promise.all(ends);
    await sandbox.untilEvent((event) => lastVersion(event) && event.eventType === 'disconnected');
    const events = (await sandbox.events()).filter(({ clientId }) => clientId === 'storm');
    const displaced = Array.from({ length: 19 }, (_, versionNumber) => [
      { eventType: 'connected', versionNumber },
      { eventType: 'disconnected', versionNumber, disconnectReason: 'DUPLICATE_CLIENTID' },
    ]);
    expect(events.slice(0, 38)).toMatchObject(displaced.flat());
    expect(events).toHaveLength(40);
  });
});

describe('3.4 disconnect reasons', () => {
  it('CLIENT_INITIATED_DISCONNECT for DISCONNECT', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'graceful' });
    await device.outcome;
    await device.client.endAsync();
    expect(await reasonFor('graceful')).toMatchObject({
      disconnectReason: 'CLIENT_INITIATED_DISCONNECT',
      clientInitiatedDisconnect: true,
    });
  });

  it.each(['end', 'resetAndDestroy'] as const)(
    'CONNECTION_LOST for a wire that ends with %s',
    async (how) => {
      const clientId = `lost-${how}`;
      const { wire } = await aRawDevice(sandbox, { identity, clientId });
      wire[how]();
      expect(await reasonFor(clientId)).toMatchObject({
        disconnectReason: 'CONNECTION_LOST',
        clientInitiatedDisconnect: false,
      });
    },
  );

  it('MQTT_KEEP_ALIVE_TIMEOUT for a silence of one and a half keep-alives', async () => {
    const { socket } = await aRawDevice(sandbox, { identity, clientId: 'silent', keepAlive: 1 });
    await once(socket, 'close');
    expect(await reasonFor('silent')).toMatchObject({ disconnectReason: 'MQTT_KEEP_ALIVE_TIMEOUT' });
  });

  it.each([
    ['a second CONNECT', connectPacket('rude-second'), 'rude-second'],
    ['bytes that are not MQTT', Buffer.from([0x00, 0x00, 0xff, 0xff]), 'rude-bytes'],
  ])('CLIENT_ERROR for %s', async (_, bytes, clientId) => {
    const { socket } = await aRawDevice(sandbox, { identity, clientId });
    socket.write(bytes);
    expect(await reasonFor(clientId)).toMatchObject({ disconnectReason: 'CLIENT_ERROR' });
  });
});

describe('3.5 Last Will', () => {
  const will = { topic: 'fleet/status', payload: Buffer.from('lost'), qos: 0, retain: false } as const;

  it('is published for a takeover and a lost connection, not for a graceful end', async () => {
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
  it('are closed to publishers: the connection ends', async () => {
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

  it('are not forged by a Last Will', async () => {
    const will = { topic: '$aws/events/presence/connected/forged', payload: Buffer.from('{}') };
    await using watcher = aDevice(sandbox, { identity, clientId: 'not-fooled-either' });
    await watcher.outcome;
    const inbox = await watcher.listen('$aws/events/presence/#');
    await using device = aDevice(sandbox, { identity, clientId: 'will-forger', will });
    await device.outcome;
    device.client.stream.destroy();
    expect((await inbox.next()).topic).toBe('$aws/events/presence/connected/will-forger');
    expect((await inbox.next()).topic).toBe('$aws/events/presence/disconnected/will-forger');
  });

  it('are not seen by a bare #, nor by a persistent session on # when it comes back', async () => {
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
