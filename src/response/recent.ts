import type { ReadingPorts } from '../domain/ports.ts';
import { principalOf, samePrincipal } from '../domain/principal.ts';
import { recentSightings } from '../domain/recent-sightings.ts';
import type { RecentSighting } from '../domain/recent-sightings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { sourceFailed } from '../domain/source-failures.ts';
import { both } from './both.ts';
import { readSources } from './read-sources.ts';
import { softly } from './softly.ts';

/** What the look-up over all clients goes by. */
export type RecentRequest = Pick<EvictionRequest, 'timeoutMs' | 'lookupTimeoutMs' | 'responders'>;

/** The clients that the sources know of, the newest sighting first. Reads only, and records nothing. */
export async function recent(
  request: RecentRequest,
  ports: ReadingPorts,
  signal: AbortSignal,
): Promise<readonly RecentSighting[]> {
  const [caller, reads] = await both(
    signal,
    (stop) => softly(request, ports, stop, (limit) => ports.cloud.caller(limit)),
    (stop) => readSources(everybody(request), ports, {}, stop),
  );
  const events = reads.flatMap(({ found }) => found);
  for (const { source, failure } of reads) {
    if (failure === undefined) continue;
    if (events.length === 0) throw failure;
    ports.onEntry({ kind: 'warned', warning: sourceFailed(source.name, failure) });
  }
  const own = [ports.context.mqttIdentity, caller.known ? caller.value.principal : undefined];
  const responders = [...own.filter((one) => one !== undefined), ...request.responders].map(principalOf);
  return recentSightings(events, (principal) => responders.some((one) => samePrincipal(one, principal)));
}

function everybody({ lookupTimeoutMs: withinMs }: RecentRequest) {
  return { search: { for: 'everybody' }, withinMs } as const;
}
