import { candidateFor } from '../domain/candidates.ts';
import type { EvictError } from '../domain/errors.ts';
import { names } from '../domain/guards.ts';
import { sightingOf } from '../domain/history.ts';
import type { Judging } from '../domain/history.ts';
import type { FoundEvent } from '../domain/found-event.ts';
import { futureEvents } from '../domain/future-events.ts';
import { principalTold } from '../domain/identification.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import { principalOf } from '../domain/principal.ts';
import type { Principal } from '../domain/principal.ts';
import type { Neighbourhood } from '../domain/readings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { isResponders } from '../domain/sessions.ts';
import type { Sighting } from '../domain/sighting.ts';
import { sourceFailed } from '../domain/source-failures.ts';
import type { Incident } from './incident.ts';
import { readNear } from './read-near.ts';
import { warnOnce } from './read-neighbours.ts';
import { readSources } from './read-sources.ts';
import type { SourceRead } from './read-sources.ts';

/** Who was found behind the client, and who else uses the same principal. */
export type Found = { readonly sighting: Sighting; readonly neighbourhood: Neighbourhood };

type Ports = Pick<ReadingPorts, 'sources' | 'clock' | 'onProgress'>;

/** Reads all sources for the client, and records what was passed over and, where nobody was found, whose name is near. */
export async function readHistory(
  request: EvictionRequest,
  ports: Ports,
  incident: Incident,
  signal: AbortSignal,
): Promise<readonly FoundEvent[]> {
  const { clientId, lookupTimeoutMs: withinMs } = request;
  const question = { search: { for: 'client', clientId }, withinMs } as const;
  const reads = await readSources(question, ports, listeners(ports, incident), signal);
  const failure = whyNoAnswer(request, reads);
  const events = reads.flatMap(({ found }) => found);
  const candidates = reads.flatMap((read) => read.candidates);
  const isToldOf = events.length > 0 || candidates.length > 0;
  const near = isToldOf || failure !== undefined ? { near: [] } : await readNear(request, ports, signal);
  await incident.record({
    kind: 'sources-read',
    passedOver: reads.map((read) => read.passedOver),
    ...near,
    ...(ports.sources.some(({ byDefault }) => byDefault) ? { byDefault: true } : {}),
    ...(candidates.length === 0 ? {} : { candidates: [...candidates] }),
  });
  if (failure !== undefined) throw failure;
  return events;
}

/** Of several sources, the one that fails is told of at once: the others may take their time. */
function listeners({ sources }: Ports, incident: Incident): Parameters<typeof readSources>[2] {
  return {
    onWaiting: (waiting) => incident.record(waiting),
    onFailed: async ({ name }, failure) => {
      if (sources.length > 1) await warnOnce(sourceFailed(name, failure), incident);
    },
  };
}

/**
 * That nobody was found can be said only of sources that were read. Where another told of the client, or where nobody has
 * named a source and the principal is named, or told by a kick, the response goes on.
 */
function whyNoAnswer(
  { principal, identifyByKick }: EvictionRequest,
  reads: readonly SourceRead[],
): EvictError | undefined {
  const tells = ({ found, candidates, failure }: SourceRead) =>
    failure === undefined && found.length + candidates.length > 0;
  if (reads.some(tells)) return undefined;
  const failed = reads.filter(({ failure }) => failure !== undefined);
  const deciding = failed.find(
    ({ source }) => !source.byDefault || (principal === undefined && !identifyByKick),
  );
  return deciding?.failure;
}

/** Decides from the history who is behind the client, and records it. `undefined`: nobody was seen, and none was named. */
export async function lookUp(
  request: EvictionRequest,
  history: readonly FoundEvent[],
  { clock, incident }: Pick<Ports, 'clock'> & { readonly incident: Incident },
): Promise<Sighting | undefined> {
  const now = clock.now();
  const ofClient = history.filter(({ event }) => event.clientId === request.clientId);
  const isResponder = (principal: Principal) => isResponders(principal, incident.facts);
  const wanted = request.principal ?? principalTold(incident.facts)?.identifier;
  const future = futureEvents(ofClient, now);
  if (future !== undefined) await warnOnce(future, incident);
  const sighting =
    sightingFrom(ofClient, wanted, { isResponder, now }) ??
    candidateFor(incident.facts.sources?.candidates ?? [], wanted) ??
    named(wanted);
  if (sighting !== undefined) await incident.record({ kind: 'sighted', sighting });
  return sighting;
}

function sightingFrom(
  events: readonly FoundEvent[],
  principal: string | undefined,
  judging: Judging,
): Sighting | undefined {
  const seen = events.map(({ event }) => principalOf(event.principalIdentifier));
  const wanted = principal === undefined ? undefined : seen.find((one) => names(principal, one));
  return sightingOf(events, { ...judging, wanted });
}

/** Seen by nobody, and named by the operator. */
function named(principal: string | undefined): Sighting | undefined {
  if (principal === undefined) return undefined;
  const wanted = principalOf(principal);
  return { source: 'operator', principal: wanted, ended: false, confirmed: 'unknown', others: [] };
}
