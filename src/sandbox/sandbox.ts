import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PresenceEvent } from '../domain/presence-event.ts';
import { openBroker } from './broker/broker.ts';
import { checkCertificates } from './broker/certificate-check.ts';
import { clientIdProblem } from './broker/client-id.ts';
import { closeAll, type Opened } from './closing.ts';
import { type Cloud, createCloud } from './cloud.ts';
import { openEventFile, takeDirectory, writeFiles } from './directory.ts';
import { type DoorUrls, openDoors, type Ports } from './doors.ts';
import { clockWith } from './faults/clock.ts';
import { readFaults } from './faults/fault.ts';
import { createFaults, type Faults } from './faults/faults.ts';
import { startIntruder } from './intruder.ts';
import type { OnFailure } from './lines.ts';
import { writeActivity } from './logs/activity-log.ts';
import { createLogGroups } from './logs/log-groups.ts';
import { writeRefusal } from './logs/refusal-log.ts';
import { SandboxProblem } from './problem.ts';
import type { Registry } from './registry/registry.ts';
import { openRule } from './rule/rule.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';
import { type Truth, truthOf } from './truth.ts';

const HOUR_MS = 3_600_000;
/** The shortest keep-alive of AWS IoT (LIM). */
const MINIMUM_KEEP_ALIVE_S = 30;

/** How a sandbox is to be. */
export type SandboxOptions = {
  /** Made if missing; everything is written below it. */
  readonly directory: string;
  /** Client ID of the built-in intruder; none without it. */
  readonly intruder?: string | undefined;
  /** What is to go wrong from the start. */
  readonly faults?: readonly unknown[];
  /** Text of a CloudFormation template whose rule is to keep the presence events. */
  readonly rule?: string | undefined;
  /** Directory of the policies that the responder's identities have, instead of this package's own. */
  readonly policies?: string | undefined;
  /** For how long an offline persistent session is kept; an hour at AWS. */
  readonly sessionExpiryMs?: number | undefined;
  /** Shorter than AWS's 30 seconds, where a test cannot wait for so long. */
  readonly minimumKeepAliveSeconds?: number;
  readonly ports?: Ports;
};

/** An AWS IoT lookalike on loopback, until it is disposed of. `sandbox.md` says what it keeps and what not. */
export type Sandbox = AsyncDisposable &
  DoorUrls & {
    readonly directory: string;
    /** Path of a configuration file that points the tool here. */
    readonly config: string;
    readonly faults: Faults;
    /** Aborts, with a `SandboxProblem`, when the sandbox can no longer keep what it promised. */
    readonly failed: AbortSignal;
    /** Publishes an event as if it had happened: a fleet is larger than what one machine can connect. */
    deliver(event: PresenceEvent): void;
    truth(): Truth;
    snapshot(): Promise<Snapshot>;
  };

/** Starts a sandbox. Its intruder, if any, is connected by then, and its `connected` event is in the event file. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const problem = options.intruder === undefined ? undefined : clientIdProblem(options.intruder);
  if (problem !== undefined) throw new SandboxProblem(`the sandbox cannot have this intruder: ${problem}`);
  const opened: Opened = [];
  try {
    return await openSandbox(options, opened);
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function openSandbox(options: SandboxOptions, opened: Opened): Promise<Sandbox> {
  const { intruder, policies, ports = {} } = options;
  const directory = resolve(options.directory);
  await takeDirectory(directory);
  const failure = new AbortController();
  const failed = (problem: Error) => failure.abort(problem);
  const faults = createFaults(readFaults(options.faults ?? []), () => randomInt(2 ** 32) / 2 ** 32);
  const clock = clockWith(faults);
  const cloud = await createCloud({ intruder, policies, now: clock.now() });
  const { registry, iam } = cloud;
  const logs = createLogGroups({ clock, faults });
  const kept = { directory, rule: options.rule, onFailure: failed, registry, now: clock.now() };
  const certificates = checkCertificates({
    registry,
    clock,
    faults,
    onRefused: (refusal) => writeRefusal(refusal, { registry, logs }),
  });
  const broker = await openBroker(
    {
      registry,
      clock,
      faults,
      certificates,
      sinks: await openSinks(kept, opened),
      onActivity: (activity) => writeActivity(activity, { registry, logs, now: clock.now }),
      sessionExpiryMs: options.sessionExpiryMs ?? HOUR_MS,
      minimumKeepAliveSeconds: options.minimumKeepAliveSeconds ?? MINIMUM_KEEP_ALIVE_S,
    },
    opened,
  );
  const view = {
    faults,
    truth: () => truthOf(broker.sessions(), certificates.refused()),
    snapshot: () => snapshotOf({ registry, iam, broker, faults }),
  };
  const urls = await openDoors({ cloud, broker, certificates, clock, faults, logs, view, ports }, opened);
  const config = await writeFiles(directory, { cloud, urls });
  await letIntruderIn({ intruder, cloud, url: urls.mqttsUrl, faults }, opened);
  return {
    directory,
    config,
    ...urls,
    ...view,
    failed: failure.signal,
    deliver: broker.deliver,
    [Symbol.asyncDispose]: () => close(broker, opened),
  };
}

async function close(broker: AsyncDisposable, opened: Opened): Promise<void> {
  await broker[Symbol.asyncDispose](); // first, so that sessions end by the server's will, not by a lost socket
  await closeAll(opened);
}

type Kept = {
  readonly directory: string;
  readonly rule: string | undefined;
  readonly onFailure: OnFailure;
  readonly registry: Registry;
  readonly now: number;
};

/** What keeps presence events: the event file always, and a rule where one was given, which the account then has. */
async function openSinks({ directory, rule, onFailure, registry, now }: Kept, opened: Opened) {
  const file = await openEventFile(directory, onFailure);
  opened.push(file);
  if (rule === undefined) return [file.write];
  const kept = await openRule({ template: rule, directory, onFailure });
  opened.push(kept);
  registry.rules.set(kept.definition.name, { ...kept.definition, createdAt: now });
  return [file.write, kept.append];
}

type Arrival = { intruder: string | undefined; cloud: Cloud; url: string; faults: Faults };

async function letIntruderIn({ intruder, cloud, url, faults }: Arrival, opened: Opened): Promise<void> {
  if (intruder === undefined || cloud.intruder === undefined) return;
  const ca = cloud.authority.certificatePem;
  opened.push(await startIntruder({ clientId: intruder, url, credential: cloud.intruder, ca }));
  const late = faults.list().find((one) => one.fault === 'event-delay');
  await delay(late?.ms ?? 0); // its event was put on the same delay before it was told that it is connected
}
