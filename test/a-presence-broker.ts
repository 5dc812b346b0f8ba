import { Aedes } from 'aedes';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import {
  createCertificateAuthority,
  type Credential,
} from '../src/sandbox/identity/certificate-authority.ts';

/** A broker that tells of its clients as AWS does, publishes what it is told to, and may go down and come back. */
export type PresenceBroker = AsyncDisposable & {
  readonly url: string;
  /** What whoever connects needs, as files and as options of the tool. */
  readonly words: readonly string[];
  readonly identity: { readonly cert: string; readonly key: string; readonly ca: string };
  publish(event: PresenceLike): void;
  /** How many messages each client has acknowledged. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Forgets all sessions, and cannot be reached until it is up again, at the same address. */
  down(): Promise<void>;
  up(): Promise<void>;
};

type PresenceLike = { readonly clientId: string; readonly eventType: string; readonly timestamp: number };

export async function aPresenceBroker(directory: string): Promise<PresenceBroker> {
  const authority = await createCertificateAuthority();
  const [server, device] = await Promise.all([authority.issueServer(), authority.issueDevice()]);
  const files = { ca: authority.certificatePem, cert: device.certificatePem, key: device.privateKeyPem };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, `${name}.pem`), text);
  const acknowledged = new Map<string, number>();
  let running = await start(server, 0, acknowledged);
  const { port } = running;
  const url = `mqtts://localhost:${port}`;
  const paths = Object.keys(files).flatMap((name) => [`--${name}`, join(directory, `${name}.pem`)]);
  return {
    url,
    words: ['--mqtt-url', url, ...paths, '--mqtt-version', '4'],
    identity: files,
    acknowledged,
    publish: (event) => running.publish(event),
    down: () => running.stop(),
    up: async () => {
      running = await start(server, port, acknowledged);
    },
    [Symbol.asyncDispose]: () => running.stop(),
  };
}

async function start(credential: Credential, port: number, acknowledged: Map<string, number>) {
  const broker = await Aedes.createBroker();
  const sockets = new Set<TLSSocket>();
  const server = createServer(
    { cert: credential.certificatePem, key: credential.privateKeyPem },
    (socket) => {
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
      broker.handle(socket);
    },
  );
  const publish = (event: PresenceLike) =>
    broker.publish(
      {
        cmd: 'publish',
        topic: `$aws/events/presence/${event.eventType}/${event.clientId}`,
        payload: Buffer.from(JSON.stringify(event)),
        qos: 1,
        retain: false,
        dup: false,
      },
      () => {},
    );
  broker.on('client', ({ id }) => publish(anEvent({ clientId: id })));
  broker.on('ack', (_packet, { id }) => void acknowledged.set(id, (acknowledged.get(id) ?? 0) + 1));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server.address()),
    publish,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((closed) => broker.close(() => closed()));
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('it does not listen on a port');
  return address.port;
}

/** One of a device that connects, unless told otherwise. */
export function anEvent(event: Partial<PresenceLike> & Readonly<Record<string, unknown>>) {
  return {
    clientId: 'pump-17',
    timestamp: Date.now(),
    eventType: 'connected',
    sessionIdentifier: 's-1',
    principalIdentifier: 'a'.repeat(64),
    ...event,
  };
}
