import {
  DescribeCertificateCommand,
  ListAttachedPoliciesCommand,
  SetV2LoggingOptionsCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { writeFile } from 'node:fs/promises';
import type { IClientOptions } from 'mqtt';
import { join } from 'node:path';
import { aDevice, anIdentity, type Device, type IssuedIdentity } from '../sandbox/a-device.ts';
import type { TestSandbox } from '../sandbox/a-sandbox.ts';

/** A device of the account that is connected, and whose `connected` event the event file has. */
export type ConnectedClient = AsyncDisposable & {
  readonly clientId: string;
  readonly identity: IssuedIdentity;
  readonly device: Device;
  /** A file with nothing but this session's `connected` event. */
  readonly events: string;
  /** ACTIVE, INACTIVE or REVOKED, as the control plane has it. */
  status(): Promise<string>;
};

type ClientOptions = {
  readonly clientId: string;
  /** Comes back whenever it is dropped, this long after. */
  readonly comesBackAfterMs?: number;
  /** One that exists already; otherwise a new one is issued. */
  readonly identity?: IssuedIdentity;
  /** A will, a persistent session, … */
  readonly mqtt?: IClientOptions;
};

export async function aConnectedClient(
  sandbox: TestSandbox,
  { clientId, comesBackAfterMs = 0, identity: given, mqtt = {} }: ClientOptions,
): Promise<ConnectedClient> {
  const identity = given ?? (await anIdentity(sandbox));
  const device = aDevice(sandbox, { identity, clientId, reconnectPeriod: comesBackAfterMs, ...mqtt });
  device.client.on('error', () => {});
  if ((await device.outcome) !== 'connected') throw new Error(`${clientId} could not connect`);
  const { certificateId } = identity;
  const session = sandbox.truth().connections.find((one) => one.clientId === clientId);
  const event = await anEventOf(sandbox, { clientId, certificateId, ...session });
  const events = join(sandbox.directory, `${certificateId}-${event.sessionIdentifier ?? ''}.jsonl`);
  await writeFile(events, `${JSON.stringify(event)}\n`);
  return {
    clientId,
    identity,
    device,
    events,
    status: () => statusOf(sandbox, certificateId),
    [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
  };
}

type SessionOfClient = {
  readonly clientId: string;
  readonly certificateId: string;
  readonly sessionIdentifier?: string;
  readonly versionNumber?: number;
};

/** As the sandbox published it; of a hidden client it publishes none, so this one is made up from what it knows. */
async function anEventOf(sandbox: TestSandbox, { clientId, certificateId, ...session }: SessionOfClient) {
  if (!/[#+]/u.test(clientId))
    return sandbox.untilEvent((event) => event.sessionIdentifier === session.sessionIdentifier);
  return {
    clientId,
    timestamp: Date.now(),
    eventType: 'connected',
    ...session,
    principalIdentifier: certificateId,
    ipAddress: '127.0.0.1',
  };
}

export async function statusOf({ iot }: TestSandbox, certificateId: string): Promise<string> {
  const { certificateDescription } = await iot.send(new DescribeCertificateCommand({ certificateId }));
  return certificateDescription?.status ?? 'unknown';
}

/** The names of the policies attached to a certificate (by its ID) or to whatever the target is, sorted. */
export async function policiesOf({ iot }: TestSandbox, target: string): Promise<string[]> {
  const arn = /^[0-9a-f]{64}$/u.test(target) ? `arn:aws:iot:us-east-1:123456789012:cert/${target}` : target;
  const { policies = [] } = await iot.send(new ListAttachedPoliciesCommand({ target: arn }));
  return policies.map(({ policyName = '' }) => policyName).toSorted();
}

export async function setStatus(
  { iot }: TestSandbox,
  certificateId: string,
  newStatus: 'ACTIVE' | 'INACTIVE' | 'REVOKED',
): Promise<void> {
  await iot.send(new UpdateCertificateCommand({ certificateId, newStatus }));
}

/** Switches the log of refused connections on, as an account may have done. */
export async function logRefusals({ iot }: TestSandbox): Promise<void> {
  const eventConfigurations = [{ eventType: 'Connection.AuthNError', logLevel: 'ERROR' as const }];
  await iot.send(new SetV2LoggingOptionsCommand({ defaultLogLevel: 'INFO', eventConfigurations }));
}

/** Who is connected under the client ID, by the sandbox's own knowledge. */
export function connectedAs(sandbox: TestSandbox, clientId: string): string[] {
  return sandbox
    .truth()
    .connections.filter((one) => one.clientId === clientId)
    .map(({ principal }) => principal);
}
