import { UpdateCertificateCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import {
  aClient,
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
  // A test cannot wait for a second between any two of its connections, nor for 45 to find a keep-alive over.
  sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }], minimumKeepAliveSeconds: 1 });
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
  it('3.1.1 lets an active certificate in', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'active' });
    expect(await device.outcome).toBe('connected');
    expect(sandbox.truth().connections).toContainEqual(
      expect.objectContaining({ clientId: 'active', principal: identity.certificateId, versionNumber: 0 }),
    );
  });

  it('3.1.2 drops an inactive certificate before MQTT, counts it and publishes nothing', async () => {
    const inactive = await anIdentity(sandbox, { active: false });
    for (const count of [1, 2]) {
      await using device = aDevice(sandbox, { identity: inactive, clientId: 'inactive' });
      expect(await device.outcome).not.toBe('connected');
      expect(refusedCount(inactive.certificateId)).toBe(count);
    }
    expect((await sandbox.events()).filter(({ clientId }) => clientId === 'inactive')).toEqual([]);
  });

  it('3.1.2 drops a certificate that is not registered here', async () => {
    await using elsewhere = await aSandbox();
    const stranger = { ...(await anIdentity(elsewhere)), ca: identity.ca };
    await using device = aDevice(sandbox, { identity: stranger, clientId: 'stranger' });
    expect(await device.outcome).not.toBe('connected');
    expect(refusedCount(stranger.certificateId)).toBe(1);
  });

  it('3.1.2 drops a certificate that is out of its validity', async () => {
    await using later = await aSandbox();
    const issued = await anIdentity(later);
    later.faults.add({ fault: 'clock-offset', ms: -2 * 86_400_000 }); // certificates are issued as valid since yesterday
    await using device = aDevice(later, { identity: issued, clientId: 'too early' });
    expect(await device.outcome).not.toBe('connected');
    expect(later.truth().refusedHandshakes).toMatchObject([{ certificateId: issued.certificateId }]);
  });

  it('3.1.3 drops a connection without a certificate, and counts nothing', async () => {
    const before = sandbox.truth().refusedHandshakes.length;
    const port = Number(new URL(sandbox.mqttsUrl).port);
    const socket = connectTls({ port, host: 'localhost', ca: identity.ca });
    socket.on('error', () => {});
    await once(socket, 'close');
    expect(sandbox.truth().refusedHandshakes.length).toBe(before);
  });

  it('3.1.4 goes on accepting a deactivated certificate for the propagation delay', async () => {
    await using slow = await aSandbox({
      faults: [{ fault: 'unlimited-connects' }, { fault: 'deactivation-delay', ms: 1500 }],
    });
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
  ])('3.2.2 refuses one %s with CONNACK 2', async (_, clientId) => {
    await using device = aDevice(sandbox, { identity, clientId });
    expect(await device.outcome).toContain('Identifier rejected');
  });

  it('3.2.2 refuses an empty one', async () => {
    const { socket } = await aRawDevice(sandbox, { identity, clientId: '' });
    await once(socket, 'close');
    expect(sandbox.truth().connections).toEqual([]);
  });

  it.each(['ü'.repeat(64), '__proto__', 'constructor', 'a/b/c/d/e', "'; rm -rf \u0007"])(
    '3.2.1 lets %j in, with its events',
    async (clientId) => {
      await using device = aDevice(sandbox, { identity, clientId });
      expect(await device.outcome).toBe('connected');
      await device.client.endAsync();
      expect(await reasonFor(clientId)).toMatchObject({ versionNumber: 0 });
    },
  );

  it('3.2.3 answers MQTT 5 with an unacceptable protocol version', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'five', protocolVersion: 5 });
    expect(await device.outcome).toContain('version');
  });
});

describe('3.3 takeover', () => {
  it('3.3.1 drops the older connection of the same client ID, and only that', async () => {
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

  it('3.3.2 leaves exactly one connection after a storm of CONNECTs, each displaced by the next', async () => {
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
  it('3.4.1 CLIENT_INITIATED_DISCONNECT for DISCONNECT', async () => {
    await using device = aDevice(sandbox, { identity, clientId: 'graceful' });
    await device.outcome;
    await device.client.endAsync();
    expect(await reasonFor('graceful')).toMatchObject({
      disconnectReason: 'CLIENT_INITIATED_DISCONNECT',
      clientInitiatedDisconnect: true,
    });
  });

  it.each(['end', 'resetAndDestroy'] as const)(
    '3.4.2 CONNECTION_LOST for a wire that ends with %s',
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

  it('3.4.3 MQTT_KEEP_ALIVE_TIMEOUT for a silence of one and a half keep-alives', async () => {
    const { socket } = await aRawDevice(sandbox, { identity, clientId: 'silent', keepAlive: 1 });
    await once(socket, 'close');
    expect(await reasonFor('silent')).toMatchObject({ disconnectReason: 'MQTT_KEEP_ALIVE_TIMEOUT' });
  });

  it.each([
    ['a second CONNECT', connectPacket('rude-second'), 'rude-second'],
    ['bytes that are not MQTT', Buffer.from([0x00, 0x00, 0xff, 0xff]), 'rude-bytes'],
  ])('3.4.4 CLIENT_ERROR for %s', async (_, bytes, clientId) => {
    const { socket } = await aRawDevice(sandbox, { identity, clientId });
    socket.write(bytes);
    expect(await reasonFor(clientId)).toMatchObject({ disconnectReason: 'CLIENT_ERROR' });
  });
});

describe('3.10 one CONNECT a second for each client ID', () => {
  it('3.10.1 refuses the second within a second with CONNACK 3, and takes it after that', async () => {
    await using strict = await aSandbox();
    const own = await anIdentity(strict);
    const outcomeOf = async (clientId: string) => {
      await using device = aDevice(strict, { identity: own, clientId });
      return await device.outcome; // before the device goes
    };
    expect(await outcomeOf('hasty')).toBe('connected');
    const started = performance.now();
    expect(await outcomeOf('hasty')).toContain('Server unavailable');
    expect(await outcomeOf('another')).toBe('connected');
    await eventually(async () => ((await outcomeOf('hasty')) === 'connected' ? true : undefined));
    expect(performance.now() - started).toBeGreaterThan(800);
  });
});

describe('3.11 an address of its own for MQTT by ALPN', () => {
  it('3.11.1 is the WebSocket port, for who asks for x-amzn-mqtt-ca', async () => {
    const { port } = new URL(sandbox.wssUrl);
    const { ca, cert, key } = identity;
    const url = `mqtts://localhost:${port}`;
    await using device = aClient(url, {
      ca,
      cert,
      key,
      clientId: 'by ALPN',
      ALPNProtocols: ['x-amzn-mqtt-ca'],
    });
    expect(await device.outcome).toBe('connected');
    expect(await sandbox.untilEvent(({ clientId }) => clientId === 'by ALPN')).toMatchObject({
      principalIdentifier: identity.certificateId,
    });
  });

  it('3.11.2 speaks no MQTT to who does not ask, and lets no inactive certificate in', async () => {
    const { port } = new URL(sandbox.wssUrl);
    const inactive = await anIdentity(sandbox, { active: false });
    for (const [who, ALPNProtocols] of [
      [identity, ['http/1.1']],
      [inactive, ['x-amzn-mqtt-ca']],
    ] as const) {
      const { ca, cert, key } = who;
      await using device = aClient(`mqtts://localhost:${port}`, {
        ca,
        cert,
        key,
        clientId: 'not by ALPN',
        ALPNProtocols: [...ALPNProtocols],
      });
      expect(await device.outcome).not.toBe('connected');
    }
  });
});
