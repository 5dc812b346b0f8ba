import { whyNoClientId } from '../domain/client-id.ts';
import { EvictError } from '../domain/errors.ts';
import type { EvictionPlan } from '../domain/plan.ts';
import type { PresenceWatch } from '../domain/broker-ports.ts';
import { isHiddenClient } from '../domain/presence-event.ts';
import type { EvictionRequest } from '../domain/request.ts';
import type { Incident } from './incident.ts';
import { LastingWatch, isDeafness } from './lasting-watch.ts';
import type { WatchReach as Reach } from './lasting-watch.ts';

/** Whom to listen to: the client, and others whose fate is of interest. */
type Watched = Pick<EvictionPlan, 'clientId' | 'neighbours'>;

/** AWS takes 50 subscriptions on a connection, three of which go to each client. (AWS IoT Core quotas) */
const MOST_WATCHED = 15;

/**
 * Listens before anything is changed, and proves that it hears: subscribed, acknowledged, and a canary seen. Where that
 * fails, the warning (or, under `--require-proof`, the blocker) `cannot-prove` is recorded, and the response goes on with
 * what there is: an open watch that has not heard its canary, or `undefined`.
 */
export async function startWatch(
  request: EvictionRequest,
  watched: Watched,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<PresenceWatch | undefined> {
  const watch = await orWarn(request, incident, signal, () =>
    openWatch(request, watched, { ports, incident }, signal),
  );
  if (watch === undefined) return undefined;
  try {
    await proveWatch(watch, request, { ports, incident }, signal);
    return watch;
  } catch (error) {
    await watch[Symbol.asyncDispose](); // nobody else knows of it yet
    throw error;
  }
}

async function proveWatch(
  watch: PresenceWatch,
  request: EvictionRequest,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<void> {
  const { watcherId, mqttVersion } = watch;
  await incident.record({ kind: 'watching', watcherId, mqttVersion, startedAt: ports.clock.now() });
  await orWarn(request, incident, signal, async () => {
    using limit = ports.clock.within(request.timeoutMs, signal);
    await incident.record({ kind: 'watch-proved', ...(await watch.prove(limit.signal)) });
    const [gap] = incident.facts.gaps;
    if (gap !== undefined) throw new EvictError('connection-lost', gap.reason, { hint: 'run again' });
  });
}

/** The cloud's failure to let us listen is an outcome, recorded as such; a broken record or a bug is not. */
async function orWarn<T>(
  request: EvictionRequest,
  incident: Incident,
  signal: AbortSignal,
  listen: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await listen();
  } catch (error) {
    signal.throwIfAborted();
    if (!isDeafness(error)) throw error;
    await cannotProve(request, incident, error);
    return undefined;
  }
}

function openWatch(
  { timeoutMs }: EvictionRequest,
  watched: Watched,
  reach: Reach,
  signal: AbortSignal,
): Promise<PresenceWatch> {
  const { ports, incident } = reach;
  // The neighbours' names come from a file: one that MQTT does not allow would cost us the whole watch.
  const neighbours = watched.neighbours.map(({ clientId }) => clientId);
  const clientIds = [
    watched.clientId,
    ...neighbours.filter((clientId) => whyNoClientId(clientId) === undefined && !isHiddenClient(clientId)),
  ].slice(0, MOST_WATCHED);
  const onEvent = ({ raw, receivedAt }: { raw: unknown; receivedAt: number }) =>
    incident.note({ kind: 'observed', event: raw, receivedAt });
  const listen = (onGap: (reason: string) => void, limit: AbortSignal) =>
    ports.presence.open({ clientIds, onEvent, onGap }, limit);
  return LastingWatch.open({ listen, reach, timeoutMs }, signal);
}

async function cannotProve(request: EvictionRequest, incident: Incident, error: EvictError): Promise<void> {
  const message = `the event path could not be proved: ${error.message}`;
  await (request.requireProof
    ? incident.record({
        kind: 'blocked',
        blocker: { code: 'cannot-prove', message, lift: 'leave out --require-proof' },
      })
    : incident.record({ kind: 'warned', warning: { code: 'cannot-prove', message } }));
}

/**
 * Before the kick: a watch that was cut, and has not heard its canary again, could not prove anything; what it missed until now
 * is not needed. Waits for it, at most `--timeout`.
 */
export async function untilHearing(
  { timeoutMs }: EvictionRequest,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = ports.clock.now() + timeoutMs;
  while (incident.facts.gaps.length > 0 && ports.clock.now() < giveUpAt)
    await incident.changed(giveUpAt - ports.clock.now(), ports.clock, signal);
}

/**
 * After the hold: a quiet that nobody could have heard is no quiet, so the canary must be heard once more. Where there was a gap
 * already, it would change nothing.
 */
export async function proveStillHearing(
  watch: PresenceWatch | undefined,
  request: EvictionRequest,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<void> {
  if (watch === undefined || isHiddenClient(request.clientId) || incident.facts.gaps.length > 0) return;
  using limit = ports.clock.within(request.timeoutMs, signal);
  try {
    await watch.prove(limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof EvictError)) throw error;
    const reason = `at the end of the hold the event path was silent: ${error.message}`;
    await incident.record({ kind: 'gap', reason, noticedAt: ports.clock.now() });
  }
}
