import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { eventually, SOON_MS, type TestSandbox } from './a-sandbox.ts';

/** A certificate with its key, and the authority to trust. */
export type DeviceIdentity = { cert: string; key: string; ca: string };

/** One that the control plane issued. */
export type IssuedIdentity = DeviceIdentity & { certificateId: string; arn: string };

type IdentityOptions = { readonly active?: boolean; readonly policy?: object | null };

/** Registers a device the way a user would: a certificate, and a policy for it, which allows everything unless told otherwise. */
export async function anIdentity(
  sandbox: TestSandbox,
  { active = true, policy = ALLOW_ALL }: IdentityOptions = {},
): Promise<IssuedIdentity> {
  const created = await sandbox.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: active }));
  const { certificateId = '', certificateArn: arn = '', certificatePem: cert = '', keyPair } = created;
  if (policy !== null) await attachNewPolicy(sandbox, { target: arn, policy });
  return { certificateId, arn, cert, key: keyPair?.PrivateKey ?? '', ca: await sandbox.file('ca.pem') };
}

export const ALLOW_ALL = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }],
};

let policies = 0;

/** Makes a policy of its own and attaches it; returns its name. */
export async function attachNewPolicy(
  { iot }: TestSandbox,
  { target, policy }: { target: string; policy: object },
): Promise<string> {
  const policyName = `policy-${(policies += 1)}`;
  await iot.send(new CreatePolicyCommand({ policyName, policyDocument: JSON.stringify(policy) }));
  await iot.send(new AttachPolicyCommand({ policyName, target }));
  return policyName;
}

/** An mqtt.js client, connected or refused: it never comes back by itself. */
export type Device = AsyncDisposable & {
  readonly client: MqttClient;
  /** `connected`, or why not. */
  readonly outcome: Promise<string>;
  readonly closed: Promise<void>;
  /** Subscribes, and resolves with the next message. */
  listen(filter: string, qos?: 0 | 1): Promise<Inbox>;
};

type Message = { topic: string; text: string };
type Inbox = { readonly messages: Message[]; next(): Promise<Message> };

export function aDevice(
  sandbox: TestSandbox,
  { identity, ...options }: { identity: DeviceIdentity } & IClientOptions,
): Device {
  const { ca, cert, key } = identity;
  return aClient(sandbox.mqttsUrl, { ca, cert, key, ...options });
}

/** An mqtt.js client at any address. */
export function aClient(url: string, options: IClientOptions): Device {
  const client = connect(url, {
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: SOON_MS,
    ...options,
  });
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const outcome = new Promise<string>((resolve) => {
    client.once('connect', () => resolve('connected'));
    client.on('error', (error) => resolve(error.message));
    client.once('close', () => resolve('closed'));
  });
  return {
    client,
    outcome,
    closed,
    listen: (filter, qos = 0) => listen(client, { filter, qos }),
    [Symbol.asyncDispose]: async () => {
      await client.endAsync(true);
    },
  };
}

async function listen(client: MqttClient, { filter, qos }: { filter: string; qos: 0 | 1 }): Promise<Inbox> {
  const inbox = anInbox(client);
  await client.subscribeAsync(filter, { qos });
  return inbox;
}

/** Collects what a client receives, from now on; `next` gives each message once, in order. */
function anInbox(client: MqttClient): Inbox {
  const messages: Message[] = [];
  let taken = 0;
  client.on('message', (topic, payload) => messages.push({ topic, text: payload.toString() }));
  return {
    messages,
    next: () =>
      eventually(() => {
        const message = messages[taken];
        if (message !== undefined) taken += 1;
        return message;
      }),
  };
}

/** A device that speaks MQTT by hand, to do what no client library does, down to its TCP wire. Resolves after CONNACK. */
export async function aRawDevice(
  sandbox: TestSandbox,
  { identity, clientId, keepAlive = 60 }: { identity: DeviceIdentity; clientId: string; keepAlive?: number },
): Promise<RawDevice> {
  const device = await aWire(sandbox, identity);
  device.socket.write(connectPacket(clientId, { keepAlive }));
  await once(device.socket, 'data');
  return device;
}

type RawDevice = { socket: TLSSocket; wire: Socket };

/** A device that is through the TLS handshake and has said nothing yet. */
export async function aWire(sandbox: TestSandbox, { ca, cert, key }: DeviceIdentity): Promise<RawDevice> {
  const wire = connectTcp({ port: Number(new URL(sandbox.mqttsUrl).port), host: '127.0.0.1' });
  const socket = connectTls({ socket: wire, servername: 'localhost', ca, cert, key });
  for (const end of [wire, socket]) end.on('error', () => {});
  await once(socket, 'secureConnect');
  return { socket, wire };
}

/** CONNECT of MQTT 3.1.1 with a clean session; for IDs of less than 100 bytes. The will's payload is its topic. */
export function connectPacket(
  clientId: string,
  { keepAlive = 60, will }: { keepAlive?: number; will?: string } = {},
): Buffer {
  const flags = will === undefined ? 0x02 : 0x06;
  const header = [...lengthPrefixed('MQTT'), 4, flags, 0, keepAlive];
  const payload = [clientId, ...(will === undefined ? [] : [will, will])].flatMap(lengthPrefixed);
  return Buffer.from([0x10, header.length + payload.length, ...header, ...payload]);
}

/** SUBSCRIBE at QoS 0, for filters of less than 100 bytes. */
export function subscribePacket(filter: string): Buffer {
  const topic = lengthPrefixed(filter);
  return Buffer.from([0x82, topic.length + 3, 0, 1, ...topic, 0]);
}

function lengthPrefixed(text: string): number[] {
  const bytes = Buffer.from(text);
  return [0, bytes.length, ...bytes];
}
