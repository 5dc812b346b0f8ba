import { isBare, lastBare, withBare } from './bare-events.ts';
import { CLOCK_ERROR, byTime } from './found-event.ts';
import type { FoundEvent, LastSession } from './found-event.ts';
import { grouped } from './grouped.ts';
import { credible, isBeyond, newer } from './history-window.ts';
import type { SessionEvent } from './presence-event.ts';
import { identityKey, principalOf, samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';
import { sessionOf } from './same-session.ts';
import type { OtherPrincipal, Sighting } from './sighting.ts';
import { latestByTime, numberedByCopies, sessionsIn } from './unnumbered.ts';

/** Whose sessions are a responder's: never contained, and never in front of the session before them. */
type IsResponder = (principal: Principal) => boolean;

/** What a sighting is made by: whose sessions count, and what time it is. */
export type Judging = {
  readonly isResponder: IsResponder;
  /** Epoch milliseconds: what is dated later is not the latest. */
  readonly now: number;
  readonly wanted?: Principal | undefined;
};

/** The event of the client's latest session, whatever the order and however often its events arrived. */
export function latest(events: readonly FoundEvent[]): FoundEvent | undefined {
  return lastSession(events)?.found;
}

/**
 * The client's latest session. Version numbers decide within an epoch; a new epoch begins where they fall although more
 * than five minutes have passed, as AWS starts again at 0 after an hour offline. Where there are none, time decides.
 */
function lastSession(events: readonly FoundEvent[]): LastSession | undefined {
  const bare = events.filter((found) => isBare(found));
  const named = numberedByCopies(events.filter((found) => !isBare(found))).toSorted(byTime);
  const unnumbered = named.filter(({ event }) => event.versionNumber === undefined);
  const epoch = lastEpoch(named.filter(({ event }) => event.versionNumber !== undefined));
  const sessions = epoch === undefined ? [] : [sessionOf(epoch.best, epoch.members)];
  const session = latestByTime([...sessions, ...sessionsIn(unnumbered)]);
  if (session === undefined) return lastBare(bare);
  return withBare(session, bare, { named, around: [...(epoch?.members ?? []), ...unnumbered] });
}

/** The latest session of those that can have been seen by now; of the others where there is none. */
export function lastCredible(events: readonly FoundEvent[], now: number): LastSession | undefined {
  return lastSession(credible(events, now));
}

/**
 * The two events of a session are looked for in the last epoch only: in an earlier one, the same number is another session's.
 */
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

function isLower(next: SessionEvent, best: SessionEvent): boolean {
  return (next.versionNumber ?? 0) < (best.versionNumber ?? 0);
}

/**
 * Turns a client's events into its sighting: of the principal that is `wanted`, else of the latest that is no responder's,
 * else of the latest at all.
 */
export function sightingOf(
  events: readonly FoundEvent[],
  { isResponder, now, wanted }: Judging,
): Sighting | undefined {
  const of = (accepts: IsResponder) =>
    lastCredible(
      events.filter(({ event }) => accepts(principalOf(event.principalIdentifier))),
      now,
    );
  const session =
    (wanted && of((principal) => samePrincipal(principal, wanted))) ??
    of((principal) => !isResponder(principal)) ??
    lastCredible(events, now);
  if (session === undefined) return undefined;
  const { found, ended } = session;
  const { event } = found;
  const principal = principalOf(event.principalIdentifier);
  const seen = seenLately(events, { isResponder, now });
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
function seenLately(events: readonly FoundEvent[], judging: Judging): OtherPrincipal[] {
  const newest = events.reduce((latest, { event }) => newer(latest, event.timestamp, judging.now), 0);
  const lately = events.filter(({ event }) => !isBeyond(event.timestamp, newest));
  const byPrincipal = grouped(lately, ({ event }) => identityKey(principalOf(event.principalIdentifier)));
  return [...byPrincipal.values()]
    .map((seen) => summary(seen, judging))
    .filter((one) => one !== undefined)
    .toSorted((one, two) => two.last - one.last);
}

function summary(seen: readonly FoundEvent[], { isResponder, now }: Judging): OtherPrincipal | undefined {
  const [first, ...rest] = seen.toSorted(byTime);
  if (first === undefined) return undefined;
  const principal = principalOf(first.event.principalIdentifier);
  const address = seen.map(({ event }) => (event.eventType === 'connected' ? event.ipAddress : undefined));
  const ipAddress = address.findLast((found) => found !== undefined);
  return {
    principal,
    sessions: Math.max(
      1,
      new Set(seen.filter((one) => !isBare(one)).map(({ event }) => sessionKey(event))).size,
    ),
    first: first.event.timestamp,
    last: rest.at(-1)?.event.timestamp ?? first.event.timestamp,
    ended: lastCredible(seen, now)?.ended ?? false,
    ...(ipAddress === undefined ? {} : { ipAddress }),
    ...(isResponder(principal) ? { responder: true as const } : {}),
  };
}

function sessionKey({ sessionIdentifier, versionNumber }: SessionEvent): string | number | undefined {
  return sessionIdentifier ?? versionNumber;
}
