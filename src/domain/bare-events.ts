import { CLOCK_ERROR, byTime } from './found-event.ts';
import type { FoundEvent, LastSession } from './found-event.ts';
import { isActivity } from './iot-log-entry.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';
import { isBeginning, unnamedBeginnings } from './unnamed-beginnings.ts';

// What names no session, as entries of the AWS IoT log and payloads of 2016 do: time is all there is to go by.

/** What one takeover has logged, by one clock, is no further apart. */
const SAME_MOMENT = 10_000;

/** Whether the event names no session: neither by its identifier nor by its version number. */
export function isBare({ event }: FoundEvent): boolean {
  return event.sessionIdentifier === undefined && event.versionNumber === undefined;
}

/**
 * The latest session among bare events, after the one that `had` the client: of whoever was seen connected last. An end
 * alone tells of a later one only where it is later by more than clocks are off: who takes a client over is logged just
 * before the end of the one that had it.
 */
export function lastBare(bare: readonly FoundEvent[], had?: FoundEvent): LastSession | undefined {
  const ordered = bare.toSorted(byTime);
  const seen = lastSeen(ordered);
  const last = ordered.at(-1);
  if (last === undefined) return undefined;
  const isEndAlone = seen === undefined || (isOthers(last.event, seen.event) && isWellAfter(last, seen));
  if (isEndAlone) return { found: last, ended: true };
  const isOwn = ({ event }: FoundEvent) => !isOthers(event, seen.event);
  const isSecond =
    (had !== undefined && isOwn(had)) || ordered.some((one) => isAfter(seen, one) && isOwn(one));
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

/** The events that name sessions, in order: all of them, and those that can be of the time of the last one. */
type Named = { readonly named: readonly FoundEvent[]; readonly around: readonly FoundEvent[] };

/** A session that is named, or a later one of which only bare events tell. */
export function withBare(
  session: LastSession,
  bare: readonly FoundEvent[],
  { named, around }: Named,
): LastSession {
  const { found, end } = session;
  const own = bare.filter(({ event }) => !isOthers(event, found.event));
  const others = bare.filter(({ event }) => isOthers(event, found.event));
  const unnamed = unnamedBeginnings(bare, named);
  const follows = (one: FoundEvent) => unnamed.has(one) && mayFollow(one, found);
  const later = others.filter((one) =>
    follows(one) ? isAfter(one, found) || !hasBegunSince(one, own) : isWellAfter(one, found),
  );
  const since = own.filter((one) => (end === undefined ? isAfter(one, found) : isWellAfter(one, end)));
  const over = end ?? endAmong(since, found, isOnly(found, own, around));
  // Since the end, or since somebody else had the client ID, it may have come back; else what is bare is of the session itself.
  const back = since.filter(
    (one) => (over !== undefined && isAfter(one, over)) || hadBefore(one, others, found),
  );
  const isOver = over !== undefined || later.length > 0;
  const again = isOver ? own.toSorted(byTime).find((one) => follows(one)) : undefined;
  const anew = again === undefined ? [] : own.filter((one) => !isAfter(again, one));
  const ended = over !== undefined && (session.ended || lastBare(since, found)?.ended === true);
  return lastBare([...new Set([...back, ...anew]), ...later], found) ?? { ...session, ended };
}

/** The end of the session. Where its principal had another one before, an end just after the beginning may be that one's. */
function endAmong(
  since: readonly FoundEvent[],
  found: FoundEvent,
  isTheOnly: boolean,
): FoundEvent | undefined {
  const isItsEnd = (one: FoundEvent) =>
    isWellAfter(one, found) || (isTheOnly && endsBare(one.event, found.event, false));
  return since.toSorted(byTime).findLast((one) => isEnd(one) && isItsEnd(one));
}

/** Whether somebody else had the client ID in between. */
function hadBefore(one: FoundEvent, others: readonly FoundEvent[], found: FoundEvent): boolean {
  return others.some((other) => !isEnd(other) && isWellAfter(other, found) && isWellAfter(one, other));
}

function hasBegunSince(one: FoundEvent, own: readonly FoundEvent[]): boolean {
  return own.some((mine) => isBeginning(mine) && isAfter(mine, one));
}

/** Of a session of which the end alone is known, and which was taken over, whoever did it had begun just before. */
function mayFollow(one: FoundEvent, found: FoundEvent): boolean {
  const { event } = found;
  const wasTaken = event.eventType === 'disconnected' && event.disconnectReason === 'DUPLICATE_CLIENTID';
  return wasTaken ? !isWellAfter(found, one) : isAfter(one, found);
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
