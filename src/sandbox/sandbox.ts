import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clientIdProblem } from './broker/client-id.ts';
import { closeAll, type Opened } from './closing.ts';
import { type Cloud, createCloud } from './cloud.ts';
import type { RefusedHandshake } from './broker/device-gate.ts';
import { makeDirectory, writeFiles } from './directory.ts';
import { type DoorUrls, openDoors, type Ports } from './doors.ts';
import { startIntruder } from './intruder.ts';
import type { Session } from './presence/presence.ts';
import { openPresenceBroker } from './broker/presence-broker.ts';
import type { OpenSession } from './broker/sessions.ts';

/** How a sandbox is to be. */
export type SandboxOptions = {
  /** Made if missing; everything is written below it. */
  readonly directory: string;
  /** Client ID of the built-in intruder; none without it. */
  readonly intruder?: string | undefined;
  /** Fault: for how long the broker goes on seeing a certificate's old status after UpdateCertificate. */
  readonly propagationDelayMs?: number;
  /** Fault: how much later presence events are delivered. */
  readonly eventDelayMs?: number;
  readonly ports?: Ports;
};

/** What the sandbox itself knows, to judge a response by; AWS has no such view. */
type SandboxTruth = {
  readonly connections: readonly Omit<Session, 'ipAddress'>[];
  readonly refusedHandshakes: readonly RefusedHandshake[];
};

/** An AWS IoT lookalike on loopback, until it is disposed of. `sandbox.md` says what it keeps and what not. */
export type Sandbox = AsyncDisposable &
  DoorUrls & {
    readonly directory: string;
    /** Path of a configuration file that points the tool here. */
    readonly config: string;
    truth(): SandboxTruth;
  };

/** Starts a sandbox. Its intruder, if any, is connected by then, and its `connected` event is in the event file. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const problem = options.intruder === undefined ? undefined : clientIdProblem(options.intruder);
  if (problem !== undefined) throw new Error(`the sandbox cannot have this intruder: ${problem}`);
  const opened: Opened = [];
  try {
    return await openSandbox(options, opened);
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function openSandbox(options: SandboxOptions, opened: Opened): Promise<Sandbox> {
  const { intruder, eventDelayMs = 0, propagationDelayMs = 0, ports = {} } = options;
  const directory = resolve(options.directory);
  await makeDirectory(directory);
  const cloud = await createCloud(intruder);
  const { broker, sessions } = await openPresenceBroker({ directory, eventDelayMs }, opened);
  const refused = new Map<string, RefusedHandshake>();
  const truth = () => readTruth(sessions.list(), refused);
  const urls = await openDoors({ cloud, broker, refused, truth, propagationDelayMs, ports }, opened);
  const config = await writeFiles(directory, { cloud, urls });
  await letIntruderIn({ intruder, cloud, url: urls.mqttsUrl, eventDelayMs }, opened);
  const close = async () => {
    await broker[Symbol.asyncDispose](); // first, so that sessions end by the server's will, not by a lost socket
    await closeAll(opened);
  };
  return { directory, config, ...urls, truth, [Symbol.asyncDispose]: close };
}

function readTruth(
  open: readonly OpenSession[],
  refused: ReadonlyMap<string, RefusedHandshake>,
): SandboxTruth {
  const connections = open.map(({ session }) => ({
    clientId: session.clientId,
    principal: session.principal,
    sessionIdentifier: session.sessionIdentifier,
    versionNumber: session.versionNumber,
    connectedAt: session.connectedAt,
  }));
  return { connections, refusedHandshakes: [...refused.values()] };
}

type Arrival = { intruder: string | undefined; cloud: Cloud; url: string; eventDelayMs: number };

async function letIntruderIn({ intruder, cloud, url, eventDelayMs }: Arrival, opened: Opened): Promise<void> {
  if (intruder === undefined || cloud.intruder === undefined) return;
  const ca = cloud.authority.certificatePem;
  opened.push(await startIntruder({ clientId: intruder, url, credential: cloud.intruder, ca }));
  await delay(eventDelayMs); // its event was put on the same delay before it was told that it is connected
}
