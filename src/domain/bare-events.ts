import { CLOCK_ERROR, byTime } from './found-event.ts';
import type { FoundEvent, LastSession } from './found-event.ts';
import { isActivity } from './iot-log-entry.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';

// What names no session, as entries of the AWS IoT log and payloads of 2016 do: time is all there is to go by.

/** What one takeover has logged, by one clock, is no further apart. */
const SAME_MOMENT = 10_000;

/** Whether the event names no session: neither by its identifier nor by its version number. */
export function isBare({ event }: FoundEvent): boolean {
  return event.sessionIdentifier === undefined && event.versionNumber === undefined;
}

/**
 * The latest session among bare events: of whoever was seen connected last. An end alone tells of a later one only where it
 * is later by more than clocks are off: who takes a client over is logged just before the end of the one that had it.
 */
export function lastBare(bare: readonly FoundEvent[], had?: FoundEvent): LastSession | undefined {
  const ordered = bare.toSorted(byTime);
  const seen = lastSeen(ordered);
  const last = ordered.at(-1);
  if (last === undefined) return undefined;
  const isEndAlone = seen === undefined || (isOthers(last.event, seen.event) && isWellAfter(last, seen));
  if (isEndAlone) return { found: last, ended: true };
  const isSecond = [had, ...ordered].some(
    (one) => one !== undefined && isAfter(seen, one) && !isOthers(one.event, seen.event),
  );
  return { found: seen, ended: ordered.some(({ event }) => endsBare(event, seen.event, isSecond)) };
}

/** What the displaced one of a takeover still did may be logged after the beginning of whoever displaced it. */
function lastSeen(ordered: readonly FoundEvent[]): FoundEvent | undefined {
  let seen: FoundEvent | undefined;
  for (const one of ordered) {
    const isDisplaced =
      seen !== undefined && isActivity(one.raw) && isOthers(one.event, seen.event) && !isWellAfter(one, seen);
    if (!isEnd(one) && !isDisplaced) seen = one;
  }
  return seen;
}

/** A session that is named, or a later one of which only bare events tell. */
export function withBare(
  session: LastSession,
  bare: readonly FoundEvent[],
  named: readonly FoundEvent[],
): LastSession {
  const { found, end } = session;
  const own = bare.filter(({ event }) => !isOthers(event, found.event));
  const others = bare.filter(({ event }) => isOthers(event, found.event));
  const since = own.filter((one) => (end === undefined ? isAfter(one, found) : isWellAfter(one, end)));
  // Where the principal had another session before, an end just after the beginning may be that one's.
  const isItsEnd = (one: FoundEvent) =>
    isWellAfter(one, found) || (isOnly(found, own, named) && endsBare(one.event, found.event, false));
  const over = end ?? since.toSorted(byTime).findLast((one) => isEnd(one) && isItsEnd(one));
  // Since the end, or since somebody else had the client ID, it may have come back; else what is bare is of the session itself.
  const takenBefore = (one: FoundEvent) =>
    others.some((other) => !isEnd(other) && isWellAfter(other, found) && isWellAfter(one, other));
  const back = since.filter((one) => (over !== undefined && isAfter(one, over)) || takenBefore(one));
  const ended = over !== undefined && (session.ended || lastBare(since, found)?.ended === true);
  const later = others.filter((one) =>
    mayBeOlder(one, named) ? isWellAfter(one, found) : isAfter(one, found),
  );
  return lastBare([...back, ...later]) ?? { ...session, ended };
}

/** Whether no other session of the principal is known. */
function isOnly({ event }: FoundEvent, own: readonly FoundEvent[], named: readonly FoundEvent[]): boolean {
  const isAnother = (other: SessionEvent) =>
    other.sessionIdentifier !== event.sessionIdentifier || other.versionNumber !== event.versionNumber;
  return (
    own.every((other) => other.event.timestamp > event.timestamp) &&
    named.every((other) => isOthers(other.event, event) || !isAnother(other.event))
  );
}

/** It may be of a session before: what ends it, and what it did last, come with the next beginning; and its time may be off. */
function mayBeOlder(one: FoundEvent, named: readonly FoundEvent[]): boolean {
  return isEnd(one) || isActivity(one.raw) || named.some(({ event }) => !isOthers(event, one.event));
}

function isEnd({ event }: FoundEvent): boolean {
  return event.eventType === 'disconnected';
}

function isAfter({ event: one }: FoundEvent, { event: other }: FoundEvent): boolean {
  return one.timestamp > other.timestamp;
}

/** The end of a session that was taken over by its own principal comes with the beginning of the next. */
function endsBare(end: SessionEvent, begin: SessionEvent, isSecond: boolean): boolean {
  if (end.eventType !== 'disconnected' || isOthers(end, begin)) return false;
  const lived = end.timestamp - begin.timestamp;
  return lived > SAME_MOMENT || (lived >= 0 && !(isSecond && end.disconnectReason === 'DUPLICATE_CLIENTID'));
}

function isOthers(one: SessionEvent, other: SessionEvent): boolean {
  return !samePrincipal(principalOf(one.principalIdentifier), principalOf(other.principalIdentifier));
}

function isWellAfter({ event: one }: FoundEvent, { event: other }: FoundEvent): boolean {
  return one.timestamp - other.timestamp > CLOCK_ERROR;
}
