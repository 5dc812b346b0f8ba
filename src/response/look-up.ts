import type { FoundEvent, IsResponder } from '../domain/history.ts';
import { sightingOf } from '../domain/history.ts';
import { names } from '../domain/guards.ts';
import { principalTold } from '../domain/identification.ts';
import { coreSeen, nearMisses } from '../domain/near-miss.ts';
import { neighbourhoodOf } from '../domain/neighbours.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import { principalOf } from '../domain/principal.ts';
import type { Principal } from '../domain/principal.ts';
import type { Neighbourhood } from '../domain/readings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { isResponders } from '../domain/sessions.ts';
import type { Sighting } from '../domain/sighting.ts';
import type { Incident } from './incident.ts';
import { readSources } from './read-sources.ts';

/** Who was found behind the client, and who else uses the same principal. */
export type Found = { readonly sighting: Sighting; readonly neighbourhood: Neighbourhood };

type Ports = Pick<ReadingPorts, 'sources' | 'clock'>;

/** Reads all sources, and records what was passed over. */
export async function readHistory(
  request: EvictionRequest,
  ports: Ports,
  incident: Incident,
  signal: AbortSignal,
): Promise<readonly FoundEvent[]> {
  const { events, passedOver } = await readSources(request, ports, (entry) => incident.record(entry), signal);
  const known = new Set(events.map(({ event }) => event.clientId));
  const near = known.has(request.clientId) ? [] : nearMisses(request.clientId, known);
  const core = coreSeen(request.clientId, events);
  await incident.record({ kind: 'sources-read', passedOver, near, ...(core === undefined ? {} : { core }) });
  return events;
}

/** Decides from the history who is behind the client, and records it. `undefined`: nobody was seen, and none was named. */
export async function lookUp(
  request: EvictionRequest,
  history: readonly FoundEvent[],
  incident: Incident,
): Promise<Found | undefined> {
  const ofClient = history.filter(({ event }) => event.clientId === request.clientId);
  const isResponder = (principal: Principal) => isResponders(principal, incident.facts);
  const wanted = request.principal ?? principalTold(incident.facts)?.identifier;
  const sighting = sightingFrom(ofClient, wanted, isResponder);
  if (sighting === undefined) return undefined;
  await incident.record({ kind: 'sighted', sighting });
  // A responder's own watches and canaries are no history of other clients.
  const others = history.filter(
    ({ event }) =>
      event.clientId !== request.clientId && !isResponder(principalOf(event.principalIdentifier)),
  );
  return { sighting, neighbourhood: neighbourhoodOf(others, sighting.principal) };
}

function sightingFrom(
  events: readonly FoundEvent[],
  principal: string | undefined,
  isResponder: IsResponder,
): Sighting | undefined {
  const seen = events.map(({ event }) => principalOf(event.principalIdentifier));
  const wanted =
    principal === undefined
      ? undefined
      : (seen.find((one) => names(principal, one)) ?? principalOf(principal));
  const found = sightingOf(events, { isResponder, wanted });
  if (found !== undefined || wanted === undefined) return found;
  return { source: 'operator', principal: wanted, ended: false, confirmed: 'unknown', others: [] };
}
