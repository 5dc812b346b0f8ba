import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { IClientOptions } from 'mqtt';
import { takeoverOn } from '../../../src/adapters/mqtt/takeover.ts';
import type { CertificateBroker } from '../../../src/adapters/mqtt/broker.ts';
import type { ReceivedMessage } from '../../../src/domain/kept-message.ts';
import { aClient, anIdentity, type Device } from '../../sandbox/a-device.ts';
import { findTool } from '../../e2e/a-tool.ts';
import { describeWith } from '../../e2e/describe-with.ts';
import { aSandbox, eventually } from '../../sandbox/a-sandbox.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const MOSQUITTO = '/usr/sbin/mosquitto';

type Place = AsyncDisposable & {
  readonly broker: CertificateBroker;
  readonly connect: (options: IClientOptions) => Device;
};

async function theSandbox(): Promise<Place> {
  const sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
  const identity = await anIdentity(sandbox);
  const { ca, cert, key } = identity;
  return {
    broker: { url: sandbox.mqttsUrl, identity },
    connect: (options) => aClient(sandbox.mqttsUrl, { ca, cert, key, ...options }),
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

/** Debian's broker, which speaks MQTT 5, without TLS. */
async function aMosquitto(): Promise<Place> {
  const directory = await temporaryDirectory();
  const port = await aFreePort();
  const config = join(directory.path, 'mosquitto.conf');
  await writeFile(config, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\n`);
  const broker: ChildProcess = spawn(MOSQUITTO, ['-c', config], { stdio: 'ignore' });
  const url = `mqtt://127.0.0.1:${port}`;
  await eventually(async () => {
    await using probe = aClient(url, { clientId: 'probe' });
    return (await probe.outcome) === 'connected' ? true : undefined;
  });
  return {
    broker: { url, identity: { cert: '', key: '', certificateId: '' } },
    connect: (options) => aClient(url, options),
    [Symbol.asyncDispose]: async () => {
      const over = once(broker, 'exit');
      broker.kill('SIGTERM');
      await over;
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function aFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  server.close();
  await once(server, 'close');
  return port;
}

const soon = () => AbortSignal.timeout(5_000);
const textOf = ({ payload }: ReceivedMessage) => Buffer.from(payload).toString();

/** Nothing but mosquitto itself is needed; the sandbox is always there. */
const mosquitto = findTool(MOSQUITTO, '-h');

describe('a session resumed on the sandbox', () => resumed(4, theSandbox));
describeWith('a session resumed on mosquitto', [['mosquitto', mosquitto]], () => {
  describe('over MQTT 3.1.1', () => resumed(4, aMosquitto));
  describe('over MQTT 5', () => resumed(5, aMosquitto));
});

function resumed(mqttVersion: 4 | 5, start: () => Promise<Place>): void {
  let place: Place | undefined;
  beforeAll(async () => {
    place = await start();
  });
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
  });

  const at = () => {
    if (place === undefined) throw new Error('it was not started');
    return place;
  };
  const owner = (clientId: string) => {
    const properties = mqttVersion === 5 ? { properties: { sessionExpiryInterval: 60 } } : {};
    return at().connect({ clientId, protocolVersion: mqttVersion, clean: false, ...properties });
  };
  /** A session of somebody who is away, with these messages in it. */
  const aSession = async (clientId: string, texts: readonly string[]) => {
    const device = owner(clientId);
    await device.outcome;
    await device.client.subscribeAsync(`cmd/${clientId}`, { qos: 1 });
    await device.client.endAsync();
    await using publisher = at().connect({ clientId: `${clientId}-publisher` });
    for (const text of texts) await publisher.client.publishAsync(`cmd/${clientId}`, text, { qos: 1 });
  };
  const take = (clientId: string, onMessage?: (message: ReceivedMessage) => Promise<boolean>) =>
    takeoverOn(at().broker).connect(
      { clientId, mqttVersion, keepSession: true, onMessage, onLost: () => undefined },
      soon(),
    );
  const leftFor = async (clientId: string) => {
    const device = owner(clientId);
    const left: string[] = [];
    device.client.on('message', (_, payload) => left.push(payload.toString()));
    await device.outcome;
    await device.client.publishAsync(`cmd/${clientId}`, 'the last', { qos: 1 });
    await eventually(() => (left.at(-1) === 'the last' ? true : undefined));
    await device[Symbol.asyncDispose]();
    return left.slice(0, -1);
  };

  it('brings its messages from the first on; those that are kept are gone, the session is not', async () => {
    await aSession('kept', ['one', 'two', 'three']);
    const came: ReceivedMessage[] = [];
    const held = await take('kept', async (message) => {
      came.push(message);
      return textOf(message) !== 'two';
    });
    expect(held.sessionPresent).toBe(true);
    await eventually(() => (came.length === 3 ? true : undefined));
    expect(came.map(textOf)).toEqual(['one', 'two', 'three']);
    expect(came[0]).toMatchObject({ topic: 'cmd/kept', qos: 1, retain: false });
    await held[Symbol.asyncDispose]();
    expect(await leftFor('kept')).toEqual(['two']);
  });

  it('loses nothing where nobody keeps it', async () => {
    await aSession('unkept', ['one']);
    const held = await take('unkept');
    await held[Symbol.asyncDispose]();
    expect(await leftFor('unkept')).toEqual(['one']);
  });

  it('is not there for a client that had none', async () => {
    const held = await take('nobody');
    expect(held.sessionPresent).toBe(false);
    await held[Symbol.asyncDispose]();
  });
}
