import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  IoTClient,
} from '@aws-sdk/client-iot';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { isSessionEvent, parsePresenceEvent, type SessionEvent } from '../../src/domain/presence-event.ts';
import { ALLOW_ALL, type DeviceIdentity, type IssuedIdentity } from '../sandbox/a-device.ts';
import { type SigningKey, signedUrl } from '../sandbox/a-signed-url.ts';
import type { Home } from '../e2e/run.ts';

const START_MS = 60_000;
const POLICY = 'contestants';
const place = z.object({
  directory: z.string(),
  config: z.string(),
  controlUrl: z.string(),
  mqttsUrl: z.string(),
  wssUrl: z.string(),
  adminUrl: z.string(),
});

const truth = z.object({
  connections: z.array(
    z.object({
      clientId: z.string(),
      principal: z.string(),
      sessionIdentifier: z.string(),
      connectedAt: z.number(),
    }),
  ),
});

const snapshot = z.object({
  account: z.object({
    certificates: z.array(z.tuple([z.string(), z.object({ status: z.string() })])),
    policiesOf: z.array(z.tuple([z.string(), z.string()])),
  }),
});

const fault = z.object({ id: z.number(), fault: z.string(), struck: z.number() });

export type Truth = z.infer<typeof truth>;
export type Registry = z.infer<typeof snapshot>['account'];
export type ActiveFault = z.infer<typeof fault>;

/** How often they struck, by name; one that is always on strikes nobody by itself. */
export function strikesOf(faults: readonly ActiveFault[]): Record<string, number> {
  const times: Record<string, number> = {};
  for (const { fault: name, struck } of faults) if (struck > 0) times[name] = (times[name] ?? 0) + struck;
  return times;
}

/** Where the contest is fought: a sandbox in a process of its own, seen through its side door. */
export type Ring = AsyncDisposable &
  z.infer<typeof place> & {
    readonly pid: number;
    readonly ca: string;
    /** The responder's own principal on the broker. */
    readonly responder: string;
    /** Who is connected, by the sandbox's own knowledge. */
    truth(): Promise<Truth>;
    registry(): Promise<Registry>;
    events(): Promise<SessionEvent[]>;
    faults(): Promise<ActiveFault[]>;
    putOn(fault: object): Promise<ActiveFault>;
    takeOff(id: number): Promise<void>;
    /** What the responder connects with. */
    responderIdentity(): Promise<DeviceIdentity>;
    /** Registers a device: a certificate, and the policy that all of them have. */
    device(): Promise<IssuedIdentity>;
    /** Where an IAM user, the administrator, gets in by WebSocket; signed anew each time. */
    signedUrl(): string;
  };

/** @param always faults that are on for all, in the words of `--fault` */
export async function openRing(home: Home, always: readonly string[]): Promise<Ring> {
  const faults = always.flatMap((words) => ['--fault', words]);
  const directory = join(home.directory, 'ring');
  const words = ['sandbox', '--no-intruder', '--json', '--directory', directory, ...faults];
  const running = home.start(words, { timeoutMs: 2 ** 31 - 1 });
  const late = setTimeout(() => running.kill('SIGKILL'), START_MS);
  const at = place.parse(JSON.parse(await running.said('}\n', 'stdout')));
  clearTimeout(late);
  const ca = await readFile(join(directory, 'ca.pem'), 'utf8');
  const key = await administrator(directory);
  const iot = controlPlane(at.controlUrl, key);
  await iot.send(new CreatePolicyCommand({ policyName: POLICY, policyDocument: JSON.stringify(ALLOW_ALL) }));
  return {
    ...at,
    pid: running.child.pid ?? 0,
    ca,
    responder: await certificateIdIn(join(directory, 'responder', 'cert.pem')),
    ...sideDoor(at.adminUrl),
    events: () => eventsIn(join(directory, 'events.jsonl')),
    responderIdentity: async () => ({
      cert: await readFile(join(directory, 'responder', 'cert.pem'), 'utf8'),
      key: await readFile(join(directory, 'responder', 'key.pem'), 'utf8'),
      ca,
    }),
    device: () => register(iot, ca),
    signedUrl: () => signedUrl(at.wssUrl, { key }),
    [Symbol.asyncDispose]: async () => {
      iot.destroy();
      running.kill('SIGTERM');
      await running.ended;
    },
  };
}

function sideDoor(adminUrl: string) {
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    // A connection of its own each time: what is kept open would count as a leak of the sandbox's.
    const headers = { 'content-type': 'application/json', connection: 'close' };
    const answer = await fetch(`${adminUrl}${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`the side door answered ${answer.status}: ${await answer.text()}`);
    const text = await answer.text();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    return body;
  };
  return {
    truth: async () => truth.parse(await ask('/truth')),
    registry: async () => snapshot.parse(await ask('/snapshot')).account,
    faults: async () => z.array(fault).parse(await ask('/faults')),
    putOn: async (one: object) =>
      fault.parse(await ask('/faults', { method: 'POST', body: JSON.stringify(one) })),
    takeOff: async (id: number) => void (await ask(`/faults/${id}`, { method: 'DELETE' })),
  };
}

async function administrator(directory: string): Promise<SigningKey> {
  const ini = await readFile(join(directory, 'aws', 'credentials'), 'utf8');
  const value = (name: string) => new RegExp(`^${name} = (.+)$`, 'mu').exec(ini)?.[1] ?? '';
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
}

function controlPlane(endpoint: string, credentials: SigningKey): IoTClient {
  // A connection that is kept would count as a leak of the sandbox's.
  const requestHandler = { httpAgent: new Agent({ keepAlive: false }) };
  const { accessKeyId, secretAccessKey } = credentials;
  const region = 'us-east-1';
  return new IoTClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, requestHandler });
}

async function register(iot: IoTClient, ca: string): Promise<IssuedIdentity> {
  const created = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
  const { certificateId = '', certificateArn: arn = '', certificatePem: cert = '', keyPair } = created;
  await iot.send(new AttachPolicyCommand({ policyName: POLICY, target: arn }));
  return { certificateId, arn, cert, key: keyPair?.PrivateKey ?? '', ca };
}

async function certificateIdIn(path: string): Promise<string> {
  const { fingerprint256 } = new X509Certificate(await readFile(path));
  return fingerprint256.replaceAll(':', '').toLowerCase();
}

async function eventsIn(path: string): Promise<SessionEvent[]> {
  return (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => parsePresenceEvent(JSON.parse(line)))
    .filter((event) => event !== undefined)
    .filter(isSessionEvent);
}
