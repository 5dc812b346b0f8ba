import { isKickOnly } from './acts.ts';
import type { Facts } from './facts.ts';
import type { Seen } from './live-session.ts';
import { shownDropped } from './api-kick.ts';
import type { SessionEvent } from './presence-event.ts';
import { samePrincipal } from './principal.ts';
import { containedAt, foreignSessions, isColleague, kickedAt } from './sessions.ts';

/** What shows that the contained principal's session on this client ID is gone. */
export type Proof = {
  readonly by: 'sessionIdentifier' | 'versionNumber' | 'displaced' | 'connection-api';
  /** The `disconnected` event as received, or what GetConnection said. */
  readonly event: unknown;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
};

/** A session that a kick ended, in AWS's words. (AWS IoT Developer Guide, "Lifecycle events", disconnectReason) */
const KICK_REASONS = new Set(['DUPLICATE_CLIENTID', 'API_INITIATED_DISCONNECT']);

/**
 * The best proof there is: the sighted session's own end before that of another session of its principal, and for want of
 * events what the connection API says.
 */
export function proofIn(facts: Facts, now: number): Proof | undefined {
  const after = containedAt(facts) ?? (isKickOnly(facts) ? kickedAt(facts) : undefined);
  if (after === undefined || kickedAt(facts) === undefined) return undefined;
  const ends = endsOfContained(facts).filter(({ receivedAt }) => receivedAt > after);
  for (const by of ['sessionIdentifier', 'versionNumber', 'displaced'] as const) {
    const end = ends.find((seen) => proves(by, seen, facts));
    if (end !== undefined) return { by, event: end.raw, receivedAt: end.receivedAt };
  }
  const dropped = shownDropped(facts, now);
  return dropped && { by: 'connection-api', event: dropped.reading, receivedAt: dropped.readAt };
}

function endsOfContained(facts: Facts): readonly Seen[] {
  const contained = facts.planned?.plan.principal;
  if (contained === undefined) return [];
  return foreignSessions(facts)
    .filter(({ principal }) => samePrincipal(principal, contained) && !isColleague(principal, facts))
    .flatMap(({ disconnected }) => (disconnected === undefined ? [] : [disconnected]));
}

function proves(
  by: 'sessionIdentifier' | 'versionNumber' | 'displaced',
  { event, receivedAt }: Seen,
  facts: Facts,
): boolean {
  const sighted = facts.sighting;
  switch (by) {
    case 'sessionIdentifier':
      return event.sessionIdentifier !== undefined && event.sessionIdentifier === sighted?.sessionIdentifier;
    case 'versionNumber':
      return (
        (event.sessionIdentifier === undefined || sighted?.sessionIdentifier === undefined) &&
        event.versionNumber !== undefined &&
        event.versionNumber === sighted?.versionNumber
      );
    case 'displaced':
      return wasKicked(event) && receivedAt >= (kickedAt(facts) ?? Infinity);
  }
}

/** Whether the session was ended by a kick, ours or another's. */
export function wasKicked(event: SessionEvent): boolean {
  return event.eventType === 'disconnected' && KICK_REASONS.has(event.disconnectReason ?? '');
}
