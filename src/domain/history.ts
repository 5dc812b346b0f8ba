import type { SessionEvent } from './presence-event.ts';
import { identityKey, principalOf, samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';
import type { OtherPrincipal, Sighting } from './sighting.ts';

/** An event from a source, with the place where it was found. */
export type FoundEvent = {
  readonly event: SessionEvent;
  /** The payload as received. */
  readonly raw: unknown;
  readonly source: string;
  readonly line?: number | undefined;
  readonly sha256?: string | undefined;
};

/** Whose sessions are a responder's: never contained, and never in front of the session before them. */
export type IsResponder = (principal: Principal) => boolean;

const MINUTE = 60_000;
/** A version that falls within this time is a clock's error, not a new epoch. */
export const CLOCK_ERROR = 5 * MINUTE;
/** An X.509 connection lives one to two weeks: whoever was seen in this time may still be there. */
const LIFETIME = 15 * 24 * 60 * MINUTE;

/** A session as its events tell it. */
export type LastSession = {
  /** Its `connected` event, which carries the address; its `disconnected` one where that was not kept. */
  readonly found: FoundEvent;
  /** Whether its end was seen, too. */
  readonly ended: boolean;
};

/** The event of the client's latest session, whatever the order and however often its events arrived. */
export function latest(events: readonly FoundEvent[]): FoundEvent | undefined {
  return lastSession(events)?.found;
}

/**
 * The client's latest session. Version numbers decide within an epoch; a new epoch begins where they fall although more
 * than five minutes have passed, as AWS starts again at 0 after an hour offline. The two events of a session are looked for
 * in the last epoch only: in an earlier one, the same number is another session's.
 */
export function lastSession(events: readonly FoundEvent[]): LastSession | undefined {
  const epoch = lastEpoch(events.toSorted(byTime));
  if (epoch === undefined) return undefined;
  const { best, members } = epoch;
  const found = members.findLast(({ event }) => begins(event, best.event)) ?? best;
  return { found, ended: members.some(({ event }) => ends(event, found.event)) };
}

type Epoch = { readonly best: FoundEvent; readonly members: readonly FoundEvent[] };

function lastEpoch(ordered: readonly FoundEvent[]): Epoch | undefined {
  let [best] = ordered;
  let start = 0;
  for (const [index, next] of ordered.entries()) {
    const previous = ordered[index - 1] ?? next;
    const fell = best !== undefined && isLower(next.event, best.event);
    if (fell && next.event.timestamp - previous.event.timestamp > CLOCK_ERROR) start = index;
    if (!fell || start === index) best = next;
  }
  return best && { best, members: ordered.slice(start) };
}

/**
 * Turns a client's events into its sighting: of the principal that is `wanted`, else of the latest that is no responder's,
 * else of the latest at all.
 */
export function sightingOf(
  events: readonly FoundEvent[],
  { isResponder, wanted }: { readonly isResponder: IsResponder; readonly wanted?: Principal | undefined },
): Sighting | undefined {
  const of = (accepts: IsResponder) =>
    lastSession(events.filter(({ event }) => accepts(principalOf(event.principalIdentifier))));
  const session =
    (wanted && of((principal) => samePrincipal(principal, wanted))) ??
    of((principal) => !isResponder(principal)) ??
    lastSession(events);
  if (session === undefined) return undefined;
  const { found, ended } = session;
  const { event } = found;
  const principal = principalOf(event.principalIdentifier);
  const seen = seenLately(events, isResponder);
  const sessions = seen.find((one) => samePrincipal(one.principal, principal))?.sessions;
  return {
    source: found.source,
    ...(found.line === undefined ? {} : { line: found.line }),
    ...(found.sha256 === undefined ? {} : { sha256: found.sha256 }),
    event: found.raw,
    timestamp: event.timestamp,
    ...(event.sessionIdentifier === undefined ? {} : { sessionIdentifier: event.sessionIdentifier }),
    ...(event.versionNumber === undefined ? {} : { versionNumber: event.versionNumber }),
    ...(event.eventType === 'connected' && event.ipAddress !== undefined
      ? { ipAddress: event.ipAddress }
      : {}),
    ...(event.thingName === undefined ? {} : { thingName: event.thingName }),
    principal,
    ...(sessions === undefined ? {} : { sessions }),
    ended,
    confirmed: 'unknown',
    others: seen.filter((one) => !samePrincipal(one.principal, principal)),
  };
}

/** Every principal seen on the client in the 15 days before its newest event, the latest first. */
function seenLately(events: readonly FoundEvent[], isResponder: IsResponder): OtherPrincipal[] {
  const newest = events.reduce((latest, { event }) => Math.max(latest, event.timestamp), 0);
  const byPrincipal = new Map<string, FoundEvent[]>();
  for (const found of events) {
    if (found.event.timestamp < newest - LIFETIME) continue;
    const key = identityKey(principalOf(found.event.principalIdentifier));
    const seen = byPrincipal.get(key);
    if (seen === undefined) byPrincipal.set(key, [found]);
    else seen.push(found);
  }
  return [...byPrincipal.values()]
    .map((seen) => summary(seen, isResponder))
    .filter((one) => one !== undefined)
    .toSorted((one, two) => two.last - one.last);
}

function summary(seen: readonly FoundEvent[], isResponder: IsResponder): OtherPrincipal | undefined {
  const [first, ...rest] = seen.toSorted(byTime);
  if (first === undefined) return undefined;
  const principal = principalOf(first.event.principalIdentifier);
  const address = seen.map(({ event }) => (event.eventType === 'connected' ? event.ipAddress : undefined));
  const ipAddress = address.findLast((found) => found !== undefined);
  return {
    principal,
    sessions: new Set(seen.map(({ event }) => event.sessionIdentifier ?? event.versionNumber)).size,
    first: first.event.timestamp,
    last: rest.at(-1)?.event.timestamp ?? first.event.timestamp,
    ended: lastSession(seen)?.ended ?? false,
    ...(ipAddress === undefined ? {} : { ipAddress }),
    ...(isResponder(principal) ? { responder: true as const } : {}),
  };
}

/** Without a version number (2016) time alone decides, and nothing is lower. */
function isLower(next: SessionEvent, best: SessionEvent): boolean {
  return (next.versionNumber ?? Infinity) < (best.versionNumber ?? -Infinity);
}

/** A total order, so that shuffled histories read the same. */
function byTime({ event: one }: FoundEvent, { event: two }: FoundEvent): number {
  return (
    one.timestamp - two.timestamp ||
    (one.versionNumber ?? -1) - (two.versionNumber ?? -1) ||
    compare(one.eventType, two.eventType) ||
    compare(one.sessionIdentifier ?? '', two.sessionIdentifier ?? '') ||
    compare(one.principalIdentifier, two.principalIdentifier)
  );
}

function compare(one: string, two: string): number {
  return one < two ? -1 : one > two ? 1 : 0;
}

/** Whether both events speak of one session: by session identifier, else by version number, of one principal. */
export function sameSession(one: SessionEvent, two: SessionEvent): boolean {
  // The cheap question first: in a storm of events, each is compared with all sessions before it.
  return (
    sameMark(one, two) &&
    samePrincipal(principalOf(one.principalIdentifier), principalOf(two.principalIdentifier))
  );
}

function sameMark(one: SessionEvent, two: SessionEvent): boolean {
  if (one.sessionIdentifier !== undefined && two.sessionIdentifier !== undefined)
    return one.sessionIdentifier === two.sessionIdentifier;
  return one.versionNumber !== undefined && one.versionNumber === two.versionNumber;
}

function begins(event: SessionEvent, of: SessionEvent): boolean {
  return event.eventType === 'connected' && sameSession(event, of) && isBefore(event, of);
}

function ends(event: SessionEvent, of: SessionEvent): boolean {
  return (
    event.eventType === 'disconnected' && (event === of || (sameSession(event, of) && isBefore(of, event)))
  );
}

/** A session ends after it began, clocks aside, and lives for two weeks at the most: numbers come again after a reset. */
function isBefore(begin: SessionEvent, end: SessionEvent): boolean {
  const lived = end.timestamp - begin.timestamp;
  return lived >= -CLOCK_ERROR && lived <= LIFETIME;
}
