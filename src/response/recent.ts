import type { Collection } from '../domain/collection.ts';
import type { FoundEvent } from '../domain/found-event.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import { principalOf, samePrincipal } from '../domain/principal.ts';
import type { Principal } from '../domain/principal.ts';
import { recentSightings } from '../domain/recent-sightings.ts';
import type { RecentSighting } from '../domain/recent-sightings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { sourceFailed } from '../domain/source-failures.ts';
import { both } from './both.ts';
import { readSources } from './read-sources.ts';
import type { SourceRead } from './read-sources.ts';
import { softly } from './softly.ts';

/** What the look-up over all clients goes by. */
export type RecentRequest = Pick<EvictionRequest, 'timeoutMs' | 'lookupTimeoutMs' | 'responders'>;

/** The clients that the sources know of, the newest sighting first. Reads only, and records nothing. */
export async function recent(
  request: RecentRequest,
  ports: ReadingPorts,
  signal: AbortSignal,
): Promise<readonly RecentSighting[]> {
  const { events, reads, isResponder } = await readEverybody(request, { ports }, signal);
  for (const { source, failure } of reads)
    if (failure !== undefined) ports.onEntry({ kind: 'warned', warning: sourceFailed(source.name, failure) });
  return recentSightings(events, { isResponder, now: ports.clock.now() });
}

type From = { readonly ports: ReadingPorts; readonly collecting?: () => Collection };

type Everybody = {
  readonly events: readonly FoundEvent[];
  readonly reads: readonly SourceRead[];
  readonly isResponder: (principal: Principal) => boolean;
};

/** Reads the sources for everybody, and asks who is a responder. Where they have nothing, the first that failed is why. */
export async function readEverybody(
  request: RecentRequest,
  { ports, ...kept }: From,
  signal: AbortSignal,
): Promise<Everybody> {
  const question = { search: { for: 'everybody' }, withinMs: request.lookupTimeoutMs, ...kept } as const;
  const [caller, reads] = await both(
    signal,
    (stop) => softly(request, ports, stop, (limit) => ports.cloud.caller(limit)),
    (stop) => readSources(question, ports, {}, stop),
  );
  const events = reads.flatMap(({ found }) => found);
  const failed = reads.find(({ failure }) => failure !== undefined)?.failure;
  if (failed !== undefined && events.length === 0) throw failed;
  const own = [ports.context.mqttIdentity, caller.known ? caller.value.principal : undefined];
  const responders = [...own.filter((one) => one !== undefined), ...request.responders].map(principalOf);
  return {
    events,
    reads,
    isResponder: (principal) => responders.some((one) => samePrincipal(one, principal)),
  };
}
