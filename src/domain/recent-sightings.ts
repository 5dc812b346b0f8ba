import { lastCredible } from './history.ts';
import type { Judging } from './history.ts';
import type { FoundEvent } from './found-event.ts';
import { isFuture } from './history-window.ts';
import { principalOf } from './principal.ts';
import type { Principal } from './principal.ts';

/** The latest that is known of a client: enough to recognise the one that is meant. */
export type RecentSighting = {
  readonly clientId: string;
  readonly principal: Principal;
  readonly thingName?: string | undefined;
  readonly ipAddress?: string | undefined;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** Whether the session's end was seen. */
  readonly ended: boolean;
};

/** Every client with its latest session, the newest first. A responder's own sessions are nobody to evict. */
export function recentSightings(
  events: readonly FoundEvent[],
  { isResponder, now }: Judging,
): RecentSighting[] {
  const byClient = new Map<string, FoundEvent[]>();
  for (const found of events) {
    if (isResponder(principalOf(found.event.principalIdentifier))) continue;
    const seen = byClient.get(found.event.clientId);
    if (seen === undefined) byClient.set(found.event.clientId, [found]);
    else seen.push(found);
  }
  return [...byClient.values()]
    .flatMap((seen) => sightingFrom(seen, now) ?? [])
    .toSorted((one, two) => seenAt(two, now) - seenAt(one, now));
}

/** What is dated in the future was seen nobody knows when. */
function seenAt({ timestamp }: RecentSighting, now: number): number {
  return isFuture(timestamp, now) ? 0 : timestamp;
}

function sightingFrom(seen: readonly FoundEvent[], now: number): RecentSighting | undefined {
  const session = lastCredible(seen, now);
  if (session === undefined) return undefined;
  const { event } = session.found;
  return {
    clientId: event.clientId,
    principal: principalOf(event.principalIdentifier),
    thingName: event.thingName,
    ipAddress: event.eventType === 'connected' ? event.ipAddress : undefined,
    timestamp: event.timestamp,
    ended: session.ended,
  };
}

/** Those in which every word of the search stands somewhere: in client ID, thing, address or principal. */
export function matching(sightings: readonly RecentSighting[], search: string): readonly RecentSighting[] {
  const words = search
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== '');
  if (words.length === 0) return sightings;
  return sightings.filter((sighting) => {
    const text = textOf(sighting);
    return words.every((word) => text.includes(word));
  });
}

function textOf({ clientId, thingName = '', ipAddress = '', principal }: RecentSighting): string {
  return `${clientId} ${thingName} ${ipAddress} ${principal.kind} ${principal.identifier}`.toLowerCase();
}
