import type { Facts } from './facts.ts';
import { lastCredible } from './history.ts';
import type { FoundEvent } from './found-event.ts';
import { isLater } from './order.ts';
import type { Neighbour } from './plan.ts';
import { isSessionEvent } from './presence-event.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';
import type { Neighbourhood } from './readings.ts';
import { sameSession } from './same-session.ts';
import { siblingNeighbour } from './siblings.ts';

/**
 * The other clients of the contained principal, with the newest that the sources, the watch and, of a sibling, the last
 * reading tell of each. Where a reading and an event disagree, the one that says "connected" counts: rather one too many.
 */
export function remainingClients(facts: Facts): readonly Neighbour[] {
  return (facts.planned?.plan.neighbours ?? []).map((neighbour) => {
    const newest = newestEventOf(neighbour.clientId, facts);
    const heard = newest === undefined || newest.timestamp < neighbour.last ? [] : [neighbourOf(newest)];
    const told = [...heard, ...readAtTheEnd(neighbour.clientId, facts)];
    return told.find(({ state }) => state === 'connected') ?? told.at(-1) ?? neighbour;
  });
}

function readAtTheEnd(clientId: string, { siblingsAfter }: Facts): Neighbour[] {
  const read = siblingsAfter?.siblings.find((sibling) => sibling.clientId === clientId);
  return read === undefined || siblingsAfter === undefined
    ? []
    : [siblingNeighbour(read, siblingsAfter.readAt)];
}

/** What one event, the newest of its client, says of it. */
function neighbourOf(event: SessionEvent): Neighbour {
  return {
    clientId: event.clientId,
    state: event.eventType === 'connected' ? 'connected' : 'disconnected',
    last: event.timestamp,
  };
}

/** The other clients that were seen with the principal, from its events on whatever client. */
export function neighbourhoodOf(
  events: readonly FoundEvent[],
  { since, now }: { readonly since: number | undefined; readonly now: number },
): Neighbourhood {
  const byClient = new Map<string, FoundEvent[]>();
  for (const found of events) {
    const known = byClient.get(found.event.clientId);
    if (known === undefined) byClient.set(found.event.clientId, [found]);
    else known.push(found);
  }
  const neighbours = [...byClient.values()].flatMap((one) => lastKnown(one, now) ?? []);
  return { neighbours, ...(since === undefined ? {} : { since }) };
}

function lastKnown(events: readonly FoundEvent[], now: number): Neighbour | undefined {
  const session = lastCredible(events, now);
  if (session === undefined) return undefined;
  const neighbour = neighbourOf(session.found.event);
  // What the watch hears from now on is newer than what is dated in the future.
  const last = Math.min(neighbour.last, now);
  return { ...neighbour, last, ...(session.ended ? { state: 'disconnected' } : {}) };
}

function newestEventOf(clientId: string, { observed, planned }: Facts): SessionEvent | undefined {
  const principal = planned?.plan.principal;
  return observed
    .map(({ event }) => event)
    .filter((event) => isSessionEvent(event))
    .filter((event) => event.clientId === clientId)
    .filter(
      (event) => principal !== undefined && samePrincipal(principalOf(event.principalIdentifier), principal),
    )
    .reduce<SessionEvent | undefined>(
      (newest, next) => (newest === undefined || saysMore(next, newest) ? next : newest),
      undefined,
    );
}

/** Of one session's two events its end says more, whichever came first. */
function saysMore(next: SessionEvent, than: SessionEvent): boolean {
  return isLater(next, than) || (sameSession(next, than) && next.eventType === 'disconnected');
}
