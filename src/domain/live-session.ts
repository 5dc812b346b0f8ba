import { CLOCK_ERROR } from './found-event.ts';
import { sameSession } from './same-session.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf } from './principal.ts';
import type { Principal } from './principal.ts';

/** A session on the client as the watch saw it: its beginning, its end, or both. */
export type LiveSession = {
  readonly principal: Principal;
  readonly connected?: Seen | undefined;
  readonly disconnected?: Seen | undefined;
};

/** A session event with the moment of its arrival, epoch milliseconds. */
export type Seen = { readonly event: SessionEvent; readonly raw: unknown; readonly receivedAt: number };

/** The sessions with one more event. Looked for from the newest on: the events of a contest come in pairs. */
export function withSessionEvent(sessions: readonly LiveSession[], seen: Seen): readonly LiveSession[] {
  const index = sessions.findLastIndex((session) => belongs(seen.event, session));
  const known = sessions[index];
  if (known === undefined)
    return [...sessions, joined({ principal: principalOf(seen.event.principalIdentifier) }, seen)];
  return sessions.with(index, joined(known, seen));
}

function belongs(event: SessionEvent, session: LiveSession): boolean {
  const known = session.connected ?? session.disconnected;
  if (known === undefined || !sameSession(event, known.event)) return false;
  const { sessionIdentifier } = event;
  const isNamed = sessionIdentifier !== undefined && sessionIdentifier === known.event.sessionIdentifier;
  return isNamed || isOfItsTime(event, session);
}

/**
 * By version number alone, what began after a session's end is another session: numbers come again once AWS has started
 * anew. Taken for the old one, a return would be lost in it.
 */
function isOfItsTime(
  { eventType, timestamp }: SessionEvent,
  { connected, disconnected }: LiveSession,
): boolean {
  const same = eventType === 'connected' ? connected : disconnected;
  if (same !== undefined) return Math.abs(timestamp - same.event.timestamp) <= CLOCK_ERROR;
  return eventType === 'connected'
    ? disconnected === undefined || timestamp <= disconnected.event.timestamp + CLOCK_ERROR
    : connected === undefined || timestamp >= connected.event.timestamp - CLOCK_ERROR;
}

/** The first arrival counts: a duplicate says nothing new. */
function joined(session: LiveSession, seen: Seen): LiveSession {
  return seen.event.eventType === 'connected'
    ? { ...session, connected: session.connected ?? seen }
    : { ...session, disconnected: session.disconnected ?? seen };
}
