import { EvictError } from '../domain/errors.ts';
import type { FoundEvent } from '../domain/history.ts';
import type { EntryOf } from '../domain/incident.ts';
import type { EventSource, ReadingPorts, Search } from '../domain/ports.ts';
import { both } from './both.ts';
import { Gathering } from './gathering.ts';

/** What the sources are asked for. Without a client, those that wait for its next connection have nothing to wait for. */
export type SourceRequest = { readonly clientId?: string; readonly lookupTimeoutMs: number };

/** What the sources hold, and what was passed over in each. */
export type AllSources = { readonly events: readonly FoundEvent[]; readonly passedOver: PassedOver[] };

type PassedOver = EntryOf<'sources-read'>['passedOver'][number];
type Ports = Pick<ReadingPorts, 'sources' | 'clock'>;
type OnWaiting = (waiting: EntryOf<'waiting'>) => Promise<void>;
type Reader = {
  readonly request: SourceRequest;
  readonly clock: Ports['clock'];
  readonly onWaiting: OnWaiting;
};

/** Reads all sources together, within `--lookup-timeout`. Those that wait do so beside the others. */
export async function readSources(
  request: SourceRequest,
  { sources, clock }: Ports,
  onWaiting: OnWaiting,
  signal: AbortSignal,
): Promise<AllSources> {
  using limit = clock.within(request.lookupTimeoutMs, signal);
  const reader = { request, clock, onWaiting };
  const kept = sources.filter(({ waits }) => !waits);
  const waiting = request.clientId === undefined ? [] : sources.filter(({ waits }) => waits);
  const reads = await both(
    limit.signal,
    (stop) => readEach(kept, reader, stop),
    (stop) => readEach(waiting, reader, stop),
  );
  signal.throwIfAborted();
  return {
    events: reads.flat().flatMap(({ found }) => found),
    passedOver: reads.flat().map(({ passedOver }) => passedOver),
  };
}

/** What one source gave. */
type Read = { readonly found: readonly FoundEvent[]; readonly passedOver: PassedOver };

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
  { request: { clientId, lookupTimeoutMs }, clock, onWaiting }: Reader,
  signal: AbortSignal,
): Promise<Read> {
  const gathering = new Gathering();
  const startedAt = clock.now();
  let listening = false;
  try {
    for await (const item of source.read(searchFor(clientId), signal)) {
      gathering.add(item);
      if (item.kind !== 'listening') continue;
      listening = true;
      const until = startedAt + lookupTimeoutMs;
      await onWaiting({ kind: 'waiting', source: source.name, startedAt: clock.now(), until });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (signal.aborted && !listening) throw tooSlow(source);
  const { found, flaws, count } = gathering;
  const inVain = listening && found.length === 0 ? { waitedMs: clock.now() - startedAt } : {};
  const flawed = flaws.length === 0 ? {} : { flaws };
  return { found, passedOver: { source: source.name, ...count, ...inVain, ...flawed } };
}

function searchFor(clientId: string | undefined): Search {
  return clientId === undefined ? { for: 'everybody' } : { for: 'client', clientId };
}

function tooSlow(source: EventSource): EvictError {
  return new EvictError('timed-out', `reading ${source.name} took longer than the look-up may`, {
    hint: 'raise --lookup-timeout',
  });
}
