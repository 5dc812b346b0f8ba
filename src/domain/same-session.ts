import { CLOCK_ERROR } from './found-event.ts';
import type { FoundEvent, LastSession } from './found-event.ts';
import { WINDOW_MS } from './history-window.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';

/** The session of which one event is known, with what else is told of it. The events are in order. */
export function sessionOf(best: FoundEvent, ordered: readonly FoundEvent[]): LastSession {
  const found = ordered.findLast(({ event }) => begins(event, best.event)) ?? best;
  const end = ordered.find(({ event }) => ends(event, found.event));
  return { found, ended: end !== undefined, end };
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
  return lived >= -CLOCK_ERROR && lived <= WINDOW_MS;
}
