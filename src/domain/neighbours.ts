import type { Facts } from './facts.ts';
import { lastSession, sameSession } from './history.ts';
import type { FoundEvent } from './history.ts';
import { isLater } from './order.ts';
import type { Neighbour } from './plan.ts';
import { isSessionEvent } from './presence-event.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';
import type { Neighbourhood } from './readings.ts';
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

/**
 * From the events of all other clients: those seen with the principal. No such events at all is no history of others, and
 * neither are those of a Cognito identity: in them, all identities of its role look alike.
 */
export function neighbourhoodOf(elsewhere: readonly FoundEvent[], principal: Principal): Neighbourhood {
  if (elsewhere.length === 0 || principal.kind === 'cognito-identity') return { neighbours: [] };
  const byClient = new Map<string, FoundEvent[]>();
  for (const found of elsewhere) {
    if (!samePrincipal(principalOf(found.event.principalIdentifier), principal)) continue;
    const known = byClient.get(found.event.clientId);
    if (known === undefined) byClient.set(found.event.clientId, [found]);
    else known.push(found);
  }
  const neighbours = [...byClient.values()].flatMap((events) => lastKnown(events) ?? []);
  return {
    neighbours,
    since: elsewhere.reduce((oldest, { event }) => Math.min(oldest, event.timestamp), Infinity),
  };
}

function lastKnown(events: readonly FoundEvent[]): Neighbour | undefined {
  const session = lastSession(events);
  if (session === undefined) return undefined;
  return { ...neighbourOf(session.found.event), ...(session.ended ? { state: 'disconnected' } : {}) };
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
