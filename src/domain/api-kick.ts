import type { ConnectionReading } from './connection-reading.ts';
import { identifyingKicks, kicks } from './acts.ts';
import type { Act, Facts } from './facts.ts';
import type { LiveSession } from './live-session.ts';
import { patienceMs } from './patience.ts';
import { isHiddenClient } from './presence-event.ts';
import { SEEN_BY_KICK } from './sighting.ts';

/** Times of the API are by AWS's clock; the call was sent by ours. */
const ROUNDING_MS = 1_000;
/** AWS refuses what is signed by a clock that is further off. (Signature Version 4) */
const MOST_SKEW_MS = 300_000;

/**
 * The reading that shows the connection dropped by our call: not connected, by API, since the call. It names no principal,
 * so it is taken only for want of events: `undefined` while one may still come and say who was dropped.
 */
export function shownDropped(
  facts: Facts,
  now: number,
): { readonly reading: ConnectionReading; readonly readAt: number } | undefined {
  const { reading, readAt = 0 } = facts.connectionAfter ?? {};
  const calledAt = calledAtThere(facts, foundSomething);
  if (reading === undefined || calledAt === undefined || (apiPatienceLeft(facts, now) ?? 0) > 0)
    return undefined;
  const { connected, disconnectReason, disconnectedSince = 0 } = reading;
  if (connected || disconnectReason !== 'API_INITIATED_DISCONNECT') return undefined;
  if (disconnectedSince < Math.max(calledAt - ROUNDING_MS, identifiedBy(facts))) return undefined;
  return isIdentifyingEnd(disconnectedSince, facts) ? undefined : { reading, readAt };
}

/** By when, of AWS's clock, an end was surely not the identifying kick's any more: that one dropped by API, too. */
function identifiedBy(facts: Facts): number {
  const { clockSkewMs } = facts.identified ?? {};
  const ends = identifyingKicks(facts).map(({ intended, outcome }) => outcome?.endedAt ?? intended.startedAt);
  return Math.max(...ends) + (clockSkewMs ?? MOST_SKEW_MS) + ROUNDING_MS;
}

/**
 * Whether a reading after the containment shows that nobody was connected: never after a takeover, when it would show
 * ourselves, and after our call only an end that was before it.
 */
export function readAsGone(facts: Facts): boolean {
  const { connectionAfter, identified } = facts;
  if (connectionAfter === undefined) return false;
  const { reading, unheardOf } = connectionAfter;
  const calledAt = calledAtThere(facts, foundSomething);
  // Somebody was there to be dropped, so "unheard of" only says that the API has forgotten him.
  if (reading?.connected !== false) return unheardOf && calledAt === undefined;
  const slack = identified?.clockSkewMs === undefined ? MOST_SKEW_MS : ROUNDING_MS;
  const { disconnectedSince = 0, disconnectReason } = reading;
  // An end for a reason of its own, however close to the call, says that the call dropped nobody.
  const isItsOwn = slack === ROUNDING_MS && endedByItself(disconnectReason);
  const latest = calledAt === undefined ? Infinity : calledAt + (isItsOwn ? slack : -slack);
  return disconnectedSince < latest || isIdentifyingEnd(disconnectedSince, facts);
}

function endedByItself(reason: string | undefined): boolean {
  return reason !== undefined && reason !== 'API_INITIATED_DISCONNECT';
}

/** The end that the identifying kick made, by AWS's clock in event and reading alike: nobody has come back since. */
function isIdentifyingEnd(disconnectedSince: number, { sighting }: Facts): boolean {
  if (sighting?.source !== SEEN_BY_KICK || sighting.timestamp === undefined) return false;
  return Math.abs(disconnectedSince - sighting.timestamp) <= ROUNDING_MS;
}

/** Whether the reading is of a later moment than that session's beginning: its end was not heard, but it is over. */
export function readAsEnded({ connected }: LiveSession, { connectionAfter }: Facts): boolean {
  const { disconnectedSince } = connectionAfter?.reading ?? {};
  return (
    connected !== undefined &&
    disconnectedSince !== undefined &&
    disconnectedSince >= connected.event.timestamp
  );
}

/** Whether the newest reading shows a connection that began after our call: whose, it does not say. */
export function readAsBack(facts: Facts): boolean {
  const { connected = false, connectedSince = Infinity } = facts.connectionAfter?.reading ?? {};
  const calledAt = calledAtThere(facts);
  // Where a takeover followed, the one connected is ourselves.
  if (!connected || calledAt === undefined || facts.planned?.plan.method !== 'api') return false;
  // By clocks that may differ, it may have begun after the call: rather one return too many.
  return connectedSince >= calledAt - (facts.identified?.clockSkewMs === undefined ? MOST_SKEW_MS : 0);
}

/** Whether GetConnection still shows a connection from before our call: of a hidden client, the only witness may be late. */
export function lagsBehind(facts: Facts): boolean {
  const { connected = false, connectedSince = Infinity } = facts.connectionAfter?.reading ?? {};
  const calledAt = calledAtThere(facts, foundSomething);
  return (
    isHiddenClient(facts.opened?.request.clientId ?? '') &&
    connected &&
    calledAt !== undefined &&
    connectedSince < calledAt
  );
}

/** How long an event of what the call dropped may still come; `undefined`, where none is to be expected. */
export function apiPatienceLeft(facts: Facts, now: number): number | undefined {
  const { canary, connectionAfter, opened } = facts;
  if (
    canary === undefined ||
    connectionAfter === undefined ||
    calledAtThere(facts, foundSomething) === undefined
  )
    return undefined;
  return isHiddenClient(opened?.request.clientId ?? '')
    ? undefined
    : connectionAfter.readAt + patienceMs(facts) - now;
}

/** When the first DeleteConnection that was answered was sent, by AWS's clock as far as it is known. */
function calledAtThere(facts: Facts, answered = isAnswered): number | undefined {
  const call = kicks(facts).find(answered)?.outcome;
  return call?.kind === 'done' && call.sentAt !== undefined
    ? call.sentAt + (facts.identified?.clockSkewMs ?? 0)
    : undefined;
}

function isAnswered({ intended, outcome }: Act): boolean {
  return intended.step === 'delete-connection' && outcome?.kind === 'done';
}

/** One that found neither a connection nor a session has dropped nobody. */
function foundSomething(act: Act): boolean {
  return isAnswered(act) && act.outcome?.kind === 'done' && !act.outcome.already;
}
