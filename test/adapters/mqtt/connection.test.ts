import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UpdateCertificateCommand } from '@aws-sdk/client-iot';
import { openConnection } from '../../../src/adapters/mqtt/connection.ts';
import type { CertificateBroker as Broker } from '../../../src/adapters/mqtt/broker.ts';
import { takeoverOn } from '../../../src/adapters/mqtt/takeover.ts';
import { createCertificateAuthority } from '../../../src/sandbox/identity/certificate-authority.ts';
import { aMuteServer, aWebServer } from '../../e2e/slow-network.ts';
import { aSandbox, eventually } from '../../sandbox/a-sandbox.ts';
import type { TestSandbox } from '../../sandbox/a-sandbox.ts';
import { anIdentity } from '../../sandbox/a-device.ts';

let sandbox: TestSandbox;
let broker: Broker;

beforeAll(async () => {
  sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
  broker = { url: sandbox.mqttsUrl, identity: await anIdentity(sandbox) };
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(5_000);
const ignore = () => undefined;
const isConnected = (clientId: string) =>
  sandbox.truth().connections.some((connection) => connection.clientId === clientId);

/** A TLS server that does with each connection as told: what no honest broker does. */
async function aPeer(onConnection: (socket: TLSSocket) => void): Promise<Broker & AsyncDisposable> {
  const authority = await createCertificateAuthority();
  const { certificatePem: cert, privateKeyPem: key } = await authority.issueServer();
  const server = createTlsServer({ cert, key, allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1');
  const wires: Socket[] = [];
  server.on('connection', (wire: Socket) => wires.push(wire));
  await once(server, 'listening');
  return {
    url: `mqtts://127.0.0.1:${portOf(server.address())}`,
    identity: { ...broker.identity, ca: authority.certificatePem },
    [Symbol.asyncDispose]: async () => {
      for (const wire of wires) wire.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const portOf = (address: AddressInfo | string | null) =>
  typeof address === 'object' ? (address?.port ?? 0) : 0;

describe('a connection', () => {
  it('is there from CONNACK until it is disposed of, and ends with DISCONNECT', async () => {
    const connection = await openConnection(
      broker,
      { clientId: 'c1', mqttVersion: 4, onLost: ignore },
      soon(),
    );
    expect(connection).not.toBe('version-refused');
    expect(isConnected('c1')).toBe(true);
    if (connection !== 'version-refused') await connection[Symbol.asyncDispose]();
    const end = await sandbox.untilEvent(
      ({ clientId, eventType }) => clientId === 'c1' && eventType === 'disconnected',
    );
    expect(end).toMatchObject({ disconnectReason: 'CLIENT_INITIATED_DISCONNECT' });
  });

  it('says that the broker refuses the version, so that another can be tried', async () => {
    const order = { clientId: 'c2', mqttVersion: 5 as const, onLost: ignore };
    expect(await openConnection(broker, order, soon())).toBe('version-refused');
  });

  it('tells when it is lost, once, and never comes back by itself', async () => {
    const lost: string[] = [];
    const order = { clientId: 'c3', mqttVersion: 4 as const, onLost: (reason: string) => lost.push(reason) };
    await openConnection(broker, order, soon());
    const other = await openConnection(broker, { ...order, onLost: ignore }, soon());
    await eventually(() => (lost.length > 0 ? true : undefined));
    expect(lost).toEqual(['the connection was closed']);
    expect(sandbox.truth().connections.filter(({ clientId }) => clientId === 'c3')).toHaveLength(1);
    if (other !== 'version-refused') await other[Symbol.asyncDispose]();
    expect(lost).toHaveLength(1);
  });

  it('that is let go of is not lost', async () => {
    const lost: string[] = [];
    const held = await takeoverOn(broker).connect(
      { clientId: 'c4', mqttVersion: 4, keepSession: false, onLost: (reason) => lost.push(reason) },
      soon(),
    );
    await held[Symbol.asyncDispose]();
    await sandbox.untilEvent(({ clientId, eventType }) => clientId === 'c4' && eventType === 'disconnected');
    expect(lost).toEqual([]);
  });
});

describe('a peer that acknowledges and then ignores everything', () => {
  it('is cut off in the end: letting go of it takes no longer than a moment', async () => {
    const sockets: TLSSocket[] = [];
    await using peer = await aPeer((socket) => {
      sockets.push(socket.on('error', ignore));
      socket.once('data', () => socket.write(Buffer.from([0x20, 0x02, 0x00, 0x00])));
    });
    const order = { clientId: 'held', mqttVersion: 4 as const, onLost: ignore };
    const connection = await openConnection(peer, order, soon());
    expect(connection).not.toBe('version-refused');
    if (connection !== 'version-refused') await connection[Symbol.asyncDispose]();
    await eventually(() =>
      sockets.every(({ readableEnded, destroyed }) => readableEnded || destroyed) ? true : undefined,
    );
  });
});

describe('a connection that cannot be had says why, and leaves nothing open:', () => {
  const refused = (at: Broker, signal = soon()) =>
    openConnection(at, { clientId: 'nobody', mqttVersion: 4, onLost: ignore }, signal);

  it('an inactive certificate is dropped without a word', async () => {
    const identity = await anIdentity(sandbox);
    const { certificateId } = identity;
    await sandbox.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
    await expect(refused({ url: broker.url, identity })).rejects.toMatchObject({ code: 'broker-refused' });
  });

  it('a broker whose authority is not trusted', async () => {
    const { ca: _, ...identity } = broker.identity;
    await expect(refused({ url: broker.url, identity })).rejects.toMatchObject({
      code: 'broker-unreachable',
    });
  });

  it('a port where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = portOf(server.address());
    server.close();
    await once(server, 'close');
    const at = { ...broker, url: `mqtts://127.0.0.1:${port}` };
    await expect(refused(at)).rejects.toMatchObject({
      code: 'broker-unreachable',
      message: expect.stringContaining(String(port)),
    });
  });

  it('a peer that closes after TLS', async () => {
    await using peer = await aPeer((socket) => socket.destroy());
    await expect(refused(peer)).rejects.toMatchObject({ name: 'EvictError' });
  });

  it('a peer that never acknowledges', async () => {
    const sockets: TLSSocket[] = [];
    await using peer = await aPeer((socket) => {
      sockets.push(socket.on('error', ignore).resume());
    });
    await expect(refused(peer, AbortSignal.timeout(300))).rejects.toMatchObject({ code: 'timed-out' });
    await eventually(() =>
      sockets.every(({ readableEnded, destroyed }) => readableEnded || destroyed) ? true : undefined,
    );
  });

  it('a server that takes the TCP connection and says nothing', async () => {
    await using mute = await aMuteServer();
    const at = { ...broker, url: `mqtts://127.0.0.1:${mute.port}` };
    await expect(refused(at, AbortSignal.timeout(300))).rejects.toMatchObject({ code: 'timed-out' });
  });

  it('a server that speaks no TLS', async () => {
    await using web = await aWebServer(400, 'no');
    await expect(refused({ ...broker, url: `mqtts://127.0.0.1:${web.port}` })).rejects.toMatchObject({
      code: 'broker-unreachable',
      hint: expect.stringContaining('no TLS'),
    });
  });

  it('a signal that was given before', async () => {
    await expect(refused(broker, AbortSignal.abort())).rejects.toMatchObject({ code: 'timed-out' });
  });
});
