import { findingOf } from './checkup.ts';
import type { Check, Finding, ResponseWay, Trial } from './checkup.ts';
import { isBrokersNo } from './errors.ts';
import type { EvictError } from './errors.ts';
import { allow } from './permissions.ts';
import type { Place } from './permissions.ts';
import type { CanarySeen } from './broker-ports.ts';

/** What the attempts on the broker came to. */
export type BrokerReadings = {
  /** As whom we are to connect, in words. */
  readonly identity: Trial<string>;
  /** Connecting as a watch does, and subscribing to presence events. */
  readonly watch: Trial<{ readonly watcherId: string; readonly mqttVersion: 4 | 5 }>;
  /** Connecting without subscribing: tried only where the watch was refused, to find out by which of the two. */
  readonly bare: Trial<unknown>;
  /** Connecting under an ID that is not one of the watch's, as a takeover does. */
  readonly takeover: Trial<unknown>;
  /** The watch hears of a connection: proof, and the measure of its delay. */
  readonly canary: Trial<CanarySeen>;
};

export type BrokerQuestion = {
  readonly responding: ResponseWay;
  readonly requireProof: boolean;
  readonly mqttUrl: string | undefined;
  /** The host that DescribeEndpoint names. */
  readonly accountHost: string | undefined;
  readonly place: Place | undefined;
};

/** The broker: where it is, what may be done there, and whether it tells what happens. */
export function brokerChecks(readings: BrokerReadings, question: BrokerQuestion): Check[] {
  const { responding, requireProof } = question;
  const forBoth = ['watch' as const, responding];
  const forProof = requireProof ? forBoth : ['watch' as const];
  const inBroker = (id: string, finding: Finding, neededFor = forBoth): Check => ({
    id,
    group: 'broker',
    ...finding,
    neededFor,
  });
  return [
    inBroker('mqtt-identity', identityFinding(readings)),
    inBroker('mqtt-endpoint', endpointFinding(readings, question)),
    inBroker('mqtt-connect', connectFinding(readings, question)),
    inBroker('mqtt-takeover', takeoverFinding(readings, question), [responding]),
    inBroker('mqtt-subscribe', subscribeFinding(readings, question)),
    inBroker('mqtt-receive', receiveFinding(readings, question), forProof),
    inBroker('canary', canaryFinding(readings), forProof),
  ];
}

/** The broker was there, whatever it said. */
function isReached({ watch, bare }: BrokerReadings): boolean {
  return [watch, bare].some(
    (trial) => trial.kind === 'done' || (trial.kind === 'failed' && isBrokersNo(trial.error)),
  );
}

function identityFinding({ identity }: BrokerReadings): Finding {
  return findingOf(identity, {
    done: (words) => ({ status: 'ok', message: words }),
    failed: () => ({ status: 'fail' }),
  });
}

function endpointFinding(
  readings: BrokerReadings,
  { mqttUrl: url = 'the broker', accountHost }: BrokerQuestion,
): Finding {
  if (!isReached(readings))
    return findingOf(readings.watch, {
      done: () => ({ status: 'ok', message: url }),
      failed: ({ code }) => ({ status: code === 'timed-out' ? 'unknown' : 'fail' }),
    });
  const host = URL.canParse(url) ? new URL(url).hostname : undefined;
  if (accountHost === undefined || host === undefined || host === accountHost)
    return { status: 'ok', message: `${url} answers` };
  return {
    status: 'warn',
    message: `${url} answers, but the endpoint of this account and region is ${accountHost}`,
    hint: 'unless it is a custom domain of yours: check --mqtt-url, --region and --profile',
  };
}

function connectFinding(readings: BrokerReadings, { place }: BrokerQuestion): Finding {
  const { watch, bare } = readings;
  const may = 'may connect under IDs of its own';
  if (watch.kind === 'failed' && !isReached(readings)) return { status: 'skipped', message: UNCONNECTED };
  return findingOf<unknown>(watch.kind === 'failed' ? bare : watch, {
    done: () => ({
      status: 'ok',
      message: watch.kind === 'done' ? `${may}, over MQTT ${versionOf(watch.value)}` : may,
    }),
    failed: refusedFor(allow('iot:Connect', 'client/evict-*', place)),
  });
}

function takeoverFinding({ takeover }: BrokerReadings, { place }: BrokerQuestion): Finding {
  return findingOf(takeover, {
    done: () => ({ status: 'ok', message: 'may connect under an ID that is not its own' }),
    failed: refusedFor(allow('iot:Connect', 'client/*', place)),
  });
}

/** Refused with a subscription and let in without one: it was the subscription. */
function subscribeFinding({ watch, bare }: BrokerReadings, { place }: BrokerQuestion): Finding {
  if (watch.kind === 'failed' && bare.kind !== 'done') return { status: 'skipped', message: UNCONNECTED };
  return findingOf(watch, {
    done: () => ({ status: 'ok', message: 'may subscribe to presence events' }),
    failed: refusedFor(allow('iot:Subscribe', 'topicfilter/$aws/events/presence/*', place)),
  });
}

/** Without iot:Receive there is silence and nothing else: it cannot be told from an event that was lost. */
function receiveFinding({ canary }: BrokerReadings, { place }: BrokerQuestion): Finding {
  return findingOf(canary, {
    done: () => ({ status: 'ok', message: 'may receive presence events' }),
    failed: () => ({
      status: 'unknown',
      message: 'nothing was received: refused, or an event that was lost',
      hint: allow('iot:Receive', 'topic/$aws/events/presence/*', place),
    }),
  });
}

function canaryFinding({ canary }: BrokerReadings): Finding {
  return findingOf(canary, {
    done: ({ delayMs, principalIdentifier }) => ({
      status: 'ok',
      message: `heard after ${delayMs} ms; AWS names this responder ${principalIdentifier}`,
    }),
    failed: ({ message }) => ({
      status: 'fail',
      message: `a connection was made, and not heard of: ${message}. A response could prove nothing`,
    }),
  });
}

/** What a check says that has to wait for a connection. */
export const UNCONNECTED = 'needs a connection to the broker';

/** Only the broker's own word is a refusal. */
function refusedFor(toAllow: string) {
  return (error: EvictError) =>
    isBrokersNo(error)
      ? { status: 'fail' as const, hint: `${error.hint} (${toAllow})` }
      : { status: 'unknown' as const };
}

function versionOf({ mqttVersion }: { readonly mqttVersion: 4 | 5 }): string {
  return mqttVersion === 5 ? '5' : '3.1.1';
}
