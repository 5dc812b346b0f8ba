import { EvictError } from '../domain/errors.ts';
import type { FoundEvent, IsResponder } from '../domain/history.ts';
import { sightingOf } from '../domain/history.ts';
import { names } from '../domain/guards.ts';
import { nearMisses } from '../domain/near-miss.ts';
import { neighbourhoodOf } from '../domain/neighbours.ts';
import type { EventSource, ReadingPorts } from '../domain/ports.ts';
import { principalOf } from '../domain/principal.ts';
import type { Principal } from '../domain/principal.ts';
import type { Neighbourhood } from '../domain/readings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { isResponders } from '../domain/sessions.ts';
import type { Sighting } from '../domain/sighting.ts';
import type { EntryOf } from '../domain/incident.ts';
import { both } from './both.ts';
import type { Incident } from './incident.ts';

/** Who was found behind the client, and who else uses the same principal. */
export type Found = { readonly sighting: Sighting; readonly neighbourhood: Neighbourhood };

type Ports = Pick<ReadingPorts, 'sources' | 'clock'>;
type Reader = { readonly request: EvictionRequest; readonly ports: Ports; readonly incident: Incident };

/** What one source gave. */
type Read = {
  readonly found: readonly FoundEvent[];
  readonly passedOver: EntryOf<'sources-read'>['passedOver'][number];
};

/** Reads all sources together, within `--lookup-timeout`, and records what was passed over. Those that wait do so beside the others. */
export async function readHistory(
  request: EvictionRequest,
  ports: Ports,
  incident: Incident,
  signal: AbortSignal,
): Promise<readonly FoundEvent[]> {
  using limit = ports.clock.within(request.lookupTimeoutMs, signal);
  const reader = { request, ports, incident };
  const reads = await both(
    limit.signal,
    (stop) =>
      readEach(
        ports.sources.filter(({ waits }) => !waits),
        reader,
        stop,
      ),
    (stop) =>
      readEach(
        ports.sources.filter(({ waits }) => waits),
        reader,
        stop,
      ),
  );
  signal.throwIfAborted();
  const events = reads.flat().flatMap(({ found }) => found);
  const passedOver = reads.flat().map((read) => read.passedOver);
  const known = new Set(events.map(({ event }) => event.clientId));
  const near = known.has(request.clientId) ? [] : nearMisses(request.clientId, known);
  await incident.record({ kind: 'sources-read', passedOver, near });
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
  const sighting = sightingFrom(ofClient, request, isResponder);
  if (sighting === undefined) return undefined;
  await incident.record({ kind: 'sighted', sighting });
  // A responder's own watches and canaries are no history of other clients.
  const others = history.filter(
    ({ event }) =>
      event.clientId !== request.clientId && !isResponder(principalOf(event.principalIdentifier)),
  );
  return { sighting, neighbourhood: neighbourhoodOf(others, sighting.principal) };
}

async function readEach(
  sources: readonly EventSource[],
  reader: Reader,
  signal: AbortSignal,
): Promise<Read[]> {
  const reads: Read[] = [];
  for (const source of sources) reads.push(await readOne(source, reader, signal));
  return reads;
}

async function readOne(
  source: EventSource,
  { request, ports: { clock }, incident }: Reader,
  signal: AbortSignal,
): Promise<Read> {
  const found: FoundEvent[] = [];
  const count = { notPresence: 0, malformed: 0 };
  const startedAt = clock.now();
  let listening = false;
  try {
    for await (const item of source.read(request.clientId, signal)) {
      if (item.kind === 'event') found.push(item.found);
      else if (item.kind === 'listening') {
        listening = true;
        const until = startedAt + request.lookupTimeoutMs;
        await incident.record({ kind: 'waiting', source: source.name, startedAt: clock.now(), until });
      } else count[item.why === 'malformed' ? 'malformed' : 'notPresence'] += 1;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (signal.aborted && !listening) throw tooSlow(source);
  const inVain = listening && found.length === 0 ? { waitedMs: clock.now() - startedAt } : {};
  return { found, passedOver: { source: source.name, ...count, ...inVain } };
}

function sightingFrom(
  events: readonly FoundEvent[],
  { principal }: EvictionRequest,
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

function tooSlow(source: EventSource): EvictError {
  return new EvictError('timed-out', `reading ${source.name} took longer than the look-up may`, {
    hint: 'raise --lookup-timeout',
  });
}
