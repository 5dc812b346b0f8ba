import { byTime, CLOCK_ERROR } from './found-event.ts';
import type { FoundEvent, LastSession } from './found-event.ts';
import { grouped } from './grouped.ts';
import { identityKey, principalOf } from './principal.ts';
import { sessionOf } from './same-session.ts';

// Sessions that are named, but have no version number: those of 2016, and of rules that leave it out. Time is all there is.

/** A copy that has lost its number on the way gets that of its session from another. */
export function numberedByCopies(named: readonly FoundEvent[]): readonly FoundEvent[] {
  const numbers = new Map<string, number>();
  for (const { event } of named)
    if (event.versionNumber !== undefined && event.sessionIdentifier !== undefined)
      numbers.set(keyOf(event), event.versionNumber);
  return named.map((found) => {
    const versionNumber = found.event.versionNumber ?? numbers.get(keyOf(found.event));
    return versionNumber === found.event.versionNumber
      ? found
      : { ...found, event: { ...found.event, versionNumber } };
  });
}

/** The sessions of which the events tell, which are in order. */
export function sessionsIn(ordered: readonly FoundEvent[]): readonly LastSession[] {
  const sessions = grouped(ordered, ({ event }) => keyOf(event));
  return [...sessions.values()].flatMap((events) => {
    const last = events.at(-1);
    return last === undefined ? [] : [sessionOf(last, events)];
  });
}

/**
 * The latest to begin. An end alone tells of a later one only where it is later by more than clocks are off, and than all
 * else: who takes a client over is told of just before the end of the one that had it.
 */
export function latestByTime(sessions: readonly LastSession[]): LastSession | undefined {
  const ordered = sessions.toSorted((one, two) => byTime(one.found, two.found));
  const begun = ordered.findLast(({ found }) => found.event.eventType === 'connected');
  const alone = ordered.findLast(({ found }) => found.event.eventType === 'disconnected');
  if (begun === undefined || alone === undefined) return begun ?? alone;
  const at = alone.found.event.timestamp;
  const isLater = at - begun.found.event.timestamp > CLOCK_ERROR && at > (begun.end?.event.timestamp ?? 0);
  return isLater ? alone : begun;
}

function keyOf({ sessionIdentifier, versionNumber, principalIdentifier }: FoundEvent['event']): string {
  const principal = identityKey(principalOf(principalIdentifier));
  return JSON.stringify([principal, sessionIdentifier ?? versionNumber]);
}
