import { NearOnes, coreSeen } from '../domain/near-miss.ts';
import type { EntryOf } from '../domain/incident.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { coreOf } from '../domain/siblings.ts';
import { readSources } from './read-sources.ts';

/** A hint is not worth the time of a look-up. */
const WITHIN_MS = 10_000;

type Ports = Pick<ReadingPorts, 'sources' | 'clock' | 'onProgress'>;
type Near = Pick<EntryOf<'sources-read'>, 'near' | 'core'>;

/** Where nobody was found: clients of a name that is near, and the core of a Greengrass connection. As far as can be read at once. */
export async function readNear(
  { clientId, lookupTimeoutMs }: EvictionRequest,
  { sources, clock, onProgress }: Ports,
  signal: AbortSignal,
): Promise<Near> {
  const ports = { sources: sources.filter(({ waits }) => !waits), clock, onProgress };
  const withinMs = Math.min(lookupTimeoutMs, WITHIN_MS);
  const near = new NearOnes(clientId);
  const everybody = { search: { for: 'everybody' }, withinMs, collecting: () => near } as const;
  await readSources(everybody, ports, {}, signal);
  const name = coreOf(clientId);
  if (name === clientId) return { near: near.names };
  const search = { for: 'client', clientId: name } as const;
  const reads = await readSources({ search, withinMs }, ports, {}, signal);
  const core = coreSeen(
    clientId,
    reads.flatMap(({ found }) => found),
    clock.now(),
  );
  return { near: near.names, ...(core === undefined ? {} : { core }) };
}
