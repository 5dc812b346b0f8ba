import { apiPatienceLeft, readAsBack, readAsEnded, readAsGone } from './api-kick.ts';
import type { Facts } from './facts.ts';
import { patienceLeft } from './patience.ts';
import { isHiddenClient } from './presence-event.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';
import { proofIn, wasKicked } from './proof.ts';
import type { Proof } from './proof.ts';
import { currentHolder, foreignSessions, kickedAt, ourSessions } from './sessions.ts';
import { isLater, isSurelyLater } from './order.ts';

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

/** Decides by the contract's rules of proof. Pure: the same events give the same judgement, in whatever order they came. */
export function judge(facts: Facts, now: number): Judgement {
  const stranger = displacedStranger(facts);
  if (stranger !== undefined) return { kind: 'somebody-else', principal: stranger };
  const open = currentHolder(facts);
  if (open !== undefined) return { kind: 'still-open', principal: open.principal };
  if (readAsBack(facts)) return { kind: 'silence' };
  const found = proofIn(facts, now);
  if (found !== undefined) return { kind: 'proved', proof: found };
  if (isContradicted(facts)) return { kind: 'silence' };
  return nobodyWasThere(facts, now) ? { kind: 'nobody-there' } : { kind: 'silence' };
}

/** How long until a judgement may change by waiting alone, in milliseconds. */
export function nextLook(facts: Facts, now: number): number {
  const left = [patienceLeft(facts, now), apiPatienceLeft(facts, now)];
  return Math.min(Infinity, ...left.filter((ms) => ms !== undefined).filter((ms) => ms > 0));
}

/** A principal that was not contained and that lost the client ID to us: of several, the one right before our takeover. */
function displacedStranger(facts: Facts): Principal | undefined {
  const ours = ourSessions(facts)[0]?.event;
  const displaced = strangersDisplaced(facts)
    .filter((event) => !wasGoneBefore(event, facts))
    .toSorted((one, two) => (isLater(one, two) ? 1 : -1));
  const before = displaced.findLast((event) => ours !== undefined && isLater(ours, event)) ?? displaced[0];
  return before && principalOf(before.principalIdentifier);
}

function strangersDisplaced(facts: Facts): readonly SessionEvent[] {
  const contained = facts.planned?.plan.principal;
  const kicked = kickedAt(facts);
  if (contained === undefined || kicked === undefined) return [];
  return foreignSessions(facts)
    .filter(({ principal }) => !samePrincipal(principal, contained))
    .flatMap(({ disconnected }) => (disconnected === undefined ? [] : [disconnected]))
    .filter(({ event, receivedAt }) => receivedAt >= kicked && wasKicked(event))
    .map(({ event }) => event);
}

/** Somebody else was heard to connect after it and before our kick, and displaced it: only the event of its end came late. */
function wasGoneBefore(gone: SessionEvent, facts: Facts): boolean {
  const kicked = kickedAt(facts) ?? -Infinity;
  return facts.sessions.some(
    ({ connected }) =>
      connected !== undefined && connected.receivedAt < kicked && isSurelyLater(connected.event, gone),
  );
}

/**
 * Sighted open, and the API has never heard of it: the wrong account or region, perhaps. Not where the watch heard its end,
 * or an earlier reading knew of it.
 */
export function isContradicted(facts: Facts): boolean {
  const { sighting, connection, connectionAfter } = facts;
  if (sighting?.event === undefined || sighting.ended || watchSawItEnd(facts)) return false;
  return (connection?.why === undefined ? connection : connectionAfter)?.unheardOf === true;
}

function nobodyWasThere(facts: Facts, now: number): boolean {
  const { method, clientId = '' } = facts.planned?.plan ?? {};
  const open = foreignSessions(facts).filter(({ disconnected }) => disconnected === undefined);
  // No event can come of a hidden client; its reading is of the moment between the call and the takeover.
  if (method === 'api' || method === 'none' || (method === 'both' && isHiddenClient(clientId)))
    return readAsGone(facts) && open.every((one) => readAsEnded(one, facts));
  const left = patienceLeft(facts, now);
  if (left === undefined || left > 0) return false;
  return (sightedHasEnded(facts) || readAsGone(facts)) && open.length === 0;
}

function sightedHasEnded(facts: Facts): boolean {
  const sighted = facts.sighting;
  if (sighted?.event === undefined) return false;
  const { timestamp = 0, others } = sighted;
  if (others.some(({ ended, last, responder }) => !ended && last > timestamp && responder === undefined))
    return false;
  return sighted.ended || watchSawItEnd(facts);
}

function watchSawItEnd(facts: Facts): boolean {
  return foreignSessions(facts).some(
    ({ disconnected }) => disconnected !== undefined && isSighted(disconnected.event, facts),
  );
}

function isSighted(event: SessionEvent, { sighting }: Facts): boolean {
  if (sighting === undefined || !samePrincipal(principalOf(event.principalIdentifier), sighting.principal))
    return false;
  if (event.sessionIdentifier !== undefined && sighting.sessionIdentifier !== undefined)
    return event.sessionIdentifier === sighting.sessionIdentifier;
  return event.versionNumber !== undefined && event.versionNumber === sighting.versionNumber;
}
