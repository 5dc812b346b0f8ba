import { isKickOnly } from './facts.ts';
import type { Facts } from './facts.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';
import {
  containedAt,
  currentHolder,
  foreignSessions,
  isColleague,
  isLater,
  kickedAt,
  ourSessions,
} from './sessions.ts';
import type { LiveSession, Seen } from './live-session.ts';

/** What shows that the contained principal's session on this client ID is gone. */
type Proof = {
  readonly by: 'sessionIdentifier' | 'versionNumber' | 'displaced' | 'connection-api';
  /** The `disconnected` event as received, or what GetConnection said. */
  readonly event: unknown;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
};

/** What the events say of the kick, so far. */
export type Judgement =
  | { readonly kind: 'proved'; readonly proof: Proof }
  /** The takeover displaced nobody, and the last foreign session is known to have ended. */
  | { readonly kind: 'nobody-there' }
  /** The takeover displaced a principal that was not contained. */
  | { readonly kind: 'somebody-else'; readonly principal: Principal }
  /** A later session than ours is open. */
  | { readonly kind: 'still-open'; readonly principal: Principal }
  | { readonly kind: 'silence' };

/** A session that a kick ended, in AWS's words. (AWS IoT Developer Guide, "Lifecycle events", disconnectReason) */
const KICK_REASONS = new Set(['DUPLICATE_CLIENTID', 'API_INITIATED_DISCONNECT']);

/** Before this long after our own `connected` event, silence may just be a late event. */
const PATIENCE_MS = 5_000;

/** Decides by the contract's rules of proof. Pure: the same events give the same judgement, in whatever order they came. */
export function judge(facts: Facts, now: number): Judgement {
  const stranger = displacedStranger(facts);
  if (stranger !== undefined) return { kind: 'somebody-else', principal: stranger };
  const open = currentHolder(facts);
  if (open !== undefined) return { kind: 'still-open', principal: open.principal };
  const found = proofIn(facts);
  if (found !== undefined) return { kind: 'proved', proof: found };
  if (isContradicted(facts)) return { kind: 'silence' };
  return nobodyWasThere(facts, now) ? { kind: 'nobody-there' } : { kind: 'silence' };
}

/** The best proof among the events: the sighted session's own end before that of another session of its principal. */
function proofIn(facts: Facts): Proof | undefined {
  const after = containedAt(facts) ?? (isKickOnly(facts) ? kickedAt(facts) : undefined);
  if (after === undefined || kickedAt(facts) === undefined) return undefined;
  const ends = endsOfContained(facts).filter(({ receivedAt }) => receivedAt > after);
  for (const by of ['sessionIdentifier', 'versionNumber', 'displaced'] as const) {
    const end = ends.find((seen) => proves(by, seen, facts));
    if (end !== undefined) return { by, event: end.raw, receivedAt: end.receivedAt };
  }
  return proofByApi(facts);
}

/** For want of events: after a kick by API, what GetConnection says. After a takeover, the one connected is ourselves. */
function proofByApi(facts: Facts): Proof | undefined {
  const { reading, readAt = 0 } = facts.connectionAfter ?? {};
  const calledAt = kickedAt(facts);
  if (facts.planned?.plan.method === 'takeover' || reading === undefined || calledAt === undefined)
    return undefined;
  const { connected, disconnectReason, disconnectedSince = 0 } = reading;
  // By AWS's clock, which may differ from ours.
  const calledAtThere = calledAt + (facts.identified?.clockSkewMs ?? 0) - 1_000;
  if (connected || disconnectReason !== 'API_INITIATED_DISCONNECT' || disconnectedSince < calledAtThere)
    return undefined;
  return { by: 'connection-api', event: reading, receivedAt: readAt };
}

/** How long until silence may be taken for an answer, in milliseconds: `undefined`, while our own event has not come. */
export function patienceLeft(facts: Facts, now: number): number | undefined {
  const ours = ourSessions(facts).at(-1);
  if (ours === undefined) return undefined;
  return ours.receivedAt + Math.max(PATIENCE_MS, 2 * (facts.canary?.delayMs ?? 0)) - now;
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

function wasKicked(event: SessionEvent): boolean {
  return event.eventType === 'disconnected' && KICK_REASONS.has(event.disconnectReason ?? '');
}

/** A principal that was not contained and that lost the client ID to us: of several, the one right before our takeover. */
function displacedStranger(facts: Facts): Principal | undefined {
  const contained = facts.planned?.plan.principal;
  const kicked = kickedAt(facts);
  if (contained === undefined || kicked === undefined) return undefined;
  const displaced = foreignSessions(facts)
    .filter(({ principal }) => !samePrincipal(principal, contained))
    .flatMap(({ disconnected }) => (disconnected === undefined ? [] : [disconnected]))
    .filter(({ event, receivedAt }) => receivedAt >= kicked && wasKicked(event))
    .map(({ event }) => event)
    .toSorted((one, two) => (isLater(one, two) ? 1 : -1));
  const ours = ourSessions(facts)[0]?.event;
  const before = displaced.findLast((event) => ours !== undefined && isLater(ours, event)) ?? displaced[0];
  return before && principalOf(before.principalIdentifier);
}

/** Sighted open, and the API has never heard of it: the wrong account or region, perhaps. */
export function isContradicted({ sighting, connection }: Facts): boolean {
  return sighting?.event !== undefined && !sighting.ended && connection?.unheardOf === true;
}

/** A reading after the containment, and before any takeover, that shows nobody connected: after one it would show us. */
function readAsGone({ connectionAfter }: Facts): boolean {
  return (
    connectionAfter !== undefined &&
    (connectionAfter.unheardOf || connectionAfter.reading?.connected === false)
  );
}

function nobodyWasThere(facts: Facts, now: number): boolean {
  const { method } = facts.planned?.plan ?? {};
  if (method === 'api' || method === 'none') return readAsGone(facts);
  const left = patienceLeft(facts, now);
  if (left === undefined || left > 0) return false;
  const sessions = foreignSessions(facts);
  return (
    (sightedHasEnded(facts, sessions) || readAsGone(facts)) &&
    sessions.every(({ disconnected }) => disconnected !== undefined)
  );
}

function sightedHasEnded(facts: Facts, sessions: readonly LiveSession[]): boolean {
  const sighted = facts.sighting;
  if (sighted?.event === undefined) return false;
  const { timestamp = 0, others } = sighted;
  if (others.some(({ ended, last, responder }) => !ended && last > timestamp && responder === undefined))
    return false;
  return (
    sighted.ended ||
    sessions.some(({ disconnected }) => disconnected !== undefined && isSighted(disconnected.event, facts))
  );
}

function isSighted(event: SessionEvent, { sighting }: Facts): boolean {
  if (sighting === undefined || !samePrincipal(principalOf(event.principalIdentifier), sighting.principal))
    return false;
  if (event.sessionIdentifier !== undefined && sighting.sessionIdentifier !== undefined)
    return event.sessionIdentifier === sighting.sessionIdentifier;
  return event.versionNumber !== undefined && event.versionNumber === sighting.versionNumber;
}
