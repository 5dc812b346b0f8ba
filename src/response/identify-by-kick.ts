import { IDENTIFY_BY_API, IDENTIFY_BY_TAKEOVER } from '../domain/acts.ts';
import {
  cannotIdentify,
  historyTold,
  isHearing,
  isKnownAway,
  principalTold,
  toldBy,
  whyNotToKick,
} from '../domain/identification.ts';
import type { Told } from '../domain/identification.ts';
import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { callApi } from './disconnect.ts';
import type { Incident } from './incident.ts';
import { kickOut } from './kick.ts';
import type { Seen } from './preview.ts';
import { readConnection } from './read-connection.ts';
import { Grip } from './take-over.ts';
import type { Reach as KickReach } from './take-over.ts';
import { startWatch } from './watch.ts';

type Reach = { readonly ports: ActingPorts; readonly incident: Incident };

/**
 * Finds out who is behind a client of which no source knows: agree → listen → kick once → read the principal from the event
 * of that. What was seen, with what the kick told; `undefined`: it told nothing, and the facts say why.
 */
export async function identifyByKick(
  request: EvictionRequest,
  seen: Seen,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const known = principalTold(incident.facts) !== undefined; // by a run that was cut off afterwards
  if (!known && (await isAgreedTo(request, { ports, incident }, signal)))
    await listenAndKick(request, { ports, incident }, signal);
  return principalTold(incident.facts) === undefined
    ? undefined
    : { ...seen, history: [...seen.history, ...historyTold(incident.facts)] };
}

async function isAgreedTo(
  request: EvictionRequest,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<boolean> {
  const blocker = whyNotToKick(request);
  if (blocker !== undefined) {
    await incident.record({ kind: 'blocked', blocker });
    return false;
  }
  const agreed = await ports.operator.agreesToKick(incident.facts, signal);
  signal.throwIfAborted();
  const decision = agreed ? 'agreed' : 'declined';
  await incident.record({ kind: 'kick-decided', decision, decidedAt: ports.clock.now() });
  return agreed;
}

/** The watch of its own ends with what it was for: while somebody thinks about the plan, nothing is listened to. */
async function listenAndKick(
  request: EvictionRequest,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<void> {
  const watched = { clientId: request.clientId, neighbours: [] };
  await using watch = await startWatch(request, watched, { ports, incident }, signal);
  if (incident.facts.blockers.length > 0) return;
  if (watch === undefined || !isHearing(incident.facts)) {
    const blocker = cannotIdentify('nothing can be heard of the client');
    return await incident.record({ kind: 'blocked', blocker });
  }
  await readConnection(request, ports, incident, signal);
  const reach = { ports, incident, mqttVersion: watch.mqttVersion };
  await record(await kickOnce(request, reach, signal), { ports, incident });
}

/** By API, and where that drops nobody although somebody is there, by takeover. */
async function kickOnce(request: EvictionRequest, reach: KickReach, signal: AbortSignal): Promise<Told> {
  const { ports, incident } = reach;
  if (isKnownAway(incident.facts)) return toldBy(incident.facts, ports.clock.now());
  const order = { clientId: request.clientId, cleanSession: false, preventWill: true };
  const answer = await callApi({ step: IDENTIFY_BY_API, order }, request, reach);
  const isThere = incident.facts.connection?.reading?.connected === true;
  if (answer === 'accepted' || (answer === 'nobody-there' && !isThere)) return listen(request, reach, signal);
  if (answer === 'unanswered') {
    const told = await listen(request, reach, signal);
    if (told.kind === 'principal') return told;
  }
  return takeOverOnce(request, reach, signal);
}

/** The session is left as it is, and the client ID is let go of at once: all that is wanted is the event. */
async function takeOverOnce(request: EvictionRequest, reach: KickReach, signal: AbortSignal): Promise<Told> {
  const { ports, incident } = reach;
  await incident.record({ kind: 'warned', warning: WILL_BE_PUBLISHED });
  // Where there is no session to keep, keeping it would leave one of our own behind.
  const keepSession = incident.facts.connection?.reading?.cleanSession !== true;
  await using grip = new Grip({ ...request, keepSession }, reach, IDENTIFY_BY_TAKEOVER);
  const taken = await kickOut(request, { once: (stop) => grip.take(stop) }, reach, signal);
  await grip.letGo();
  return taken ? await listen(request, reach, signal) : toldBy(incident.facts, ports.clock.now());
}

const WILL_BE_PUBLISHED = {
  code: 'api-refused',
  message:
    'DeleteConnection did not drop the client: the takeover that is to identify it publishes its Last Will',
};

/** Waits for what the kick tells, for `--timeout` at most, or until nothing can be heard any more. */
async function listen(
  { timeoutMs }: EvictionRequest,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<Told> {
  const giveUpAt = ports.clock.now() + timeoutMs;
  for (;;) {
    const now = ports.clock.now();
    const told = toldBy(incident.facts, now);
    if (told.kind !== 'silence' || now >= giveUpAt || !isHearing(incident.facts)) return told;
    await incident.changed(Math.min(told.lookAgainMs, giveUpAt - now), ports.clock, signal);
  }
}

async function record(told: Told, { ports, incident }: Reach): Promise<void> {
  const { canary } = incident.facts;
  await incident.record({
    kind: 'kick-told',
    outcome: told.kind,
    ...(told.kind === 'principal' ? { event: told.seen.raw, receivedAt: told.seen.receivedAt } : {}),
    ...(canary === undefined ? {} : { ours: canary.principalIdentifier }),
    endedAt: ports.clock.now(),
  });
}
