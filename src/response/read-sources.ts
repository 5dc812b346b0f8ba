import { collectionFor } from '../domain/collection.ts';
import type { Collection } from '../domain/collection.ts';
import { EvictError } from '../domain/errors.ts';
import type { FoundEvent } from '../domain/found-event.ts';
import { credible } from '../domain/history-window.ts';
import type { EntryOf } from '../domain/incident.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import type { EventSource, Progress, Search, SourceCandidate } from '../domain/source-ports.ts';
import { allOf } from './both.ts';
import { Gathering } from './gathering.ts';

/** What is looked for in all sources, and for how long. */
export type SourceQuestion = {
  readonly search: Search;
  readonly withinMs: number;
  /** What is kept of all that a source yields, where that is not simply what was looked for. */
  readonly collecting?: () => Collection;
};

/** What one source gave. */
export type SourceRead = {
  readonly source: EventSource;
  readonly found: readonly FoundEvent[];
  /** Epoch milliseconds; undefined: it is no history of others. */
  readonly since: number | undefined;
  readonly candidates: readonly SourceCandidate[];
  readonly passedOver: EntryOf<'sources-read'>['passedOver'][number];
  /** Other sources that it told of. */
  readonly leads: readonly EventSource[];
  /** Why it could not be read, or not to its end. */
  readonly failure?: EvictError | undefined;
};

/** Who is told while the sources are read. */
export type Listeners = {
  readonly onWaiting?: (waiting: EntryOf<'waiting'>) => Promise<void>;
  readonly onFailed?: (source: EventSource, failure: EvictError) => Promise<void>;
};

type Ports = Pick<ReadingPorts, 'sources' | 'clock' | 'onProgress'>;

type Reader = SourceQuestion & {
  readonly clock: Ports['clock'];
  readonly listeners: Listeners;
  readonly onProgress: (progress: Progress) => void;
};

/**
 * Reads all sources together, within the time there is. That one of them cannot be read is a part of the answer: whether
 * the others tell enough is for the one who asks.
 */
export async function readSources(
  question: SourceQuestion,
  { sources, clock, onProgress = () => undefined }: Ports,
  listeners: Listeners,
  signal: AbortSignal,
): Promise<readonly SourceRead[]> {
  using limit = clock.within(question.withinMs, signal);
  const reader = { ...question, clock, listeners, onProgress };
  // Without a client, those that wait for its next connection have nothing to wait for.
  const asked = sources.filter(({ waits }) => !waits || question.search.for === 'client');
  const reads = await readAll(asked, reader, limit.signal);
  signal.throwIfAborted();
  return reads;
}

/** What a source leads to is read as soon as that one has ended, while the others are still read. */
async function readAll(
  sources: readonly EventSource[],
  reader: Reader,
  signal: AbortSignal,
): Promise<readonly SourceRead[]> {
  const reads = await allOf(
    signal,
    sources.map((source) => async (stop: AbortSignal) => {
      const read = await readOne(source, reader, stop);
      return [read, ...(await readAll(read.leads, reader, stop))];
    }),
  );
  return reads.flat();
}

/** The oldest since which the sources have kept the events of all clients; undefined: none of them has. */
export function coveredSince(reads: readonly SourceRead[]): number | undefined {
  const since = reads.map((read) => read.since).filter((one) => one !== undefined);
  return since.length === 0 ? undefined : Math.min(...since);
}

async function readOne(source: EventSource, reader: Reader, signal: AbortSignal): Promise<SourceRead> {
  const { search, clock, listeners, collecting = () => collectionFor(search, clock.now()) } = reader;
  const gathering = new Gathering(collecting());
  const startedAt = clock.now();
  let listening = false;
  const failure = await failureOf(source, signal, async () => {
    for await (const item of source.read(search, signal)) {
      gathering.add(item);
      if (item.kind === 'progress') reader.onProgress({ ...item, source: source.name });
      if (item.kind !== 'listening') continue;
      listening = true;
      const until = startedAt + reader.withinMs;
      await listeners.onWaiting?.({ kind: 'waiting', source: source.name, startedAt: clock.now(), until });
    }
    if (signal.aborted && !listening) throw tooSlow(source);
  });
  const overheard = listening && signal.aborted; // the end of its time is the end of its waiting
  const isMissing = source.byDefault === true && failure?.code === 'no-history';
  const summary = summaryOf(source, gathering, clock.now());
  const failed = overheard || isMissing ? undefined : failure;
  if (failed !== undefined) await listeners.onFailed?.(source, failed);
  const { found, since, candidates, leads } = gathering;
  const inVain = overheard && found.length === 0 ? { waitedMs: clock.now() - startedAt } : {};
  return {
    source,
    found,
    since,
    leads,
    candidates: candidates.map((one) => ({ source: source.name, ...one })),
    passedOver: {
      ...summary,
      ...inVain,
      ...(failed === undefined ? {} : { failed: true as const }),
      ...(isMissing ? { missing: failure.message } : {}),
    },
    ...(failed === undefined ? {} : { failure: failed }),
  };
}

/** What a person is told of a source that was read. */
function summaryOf(
  source: EventSource,
  { found, flaws, count, leads, told, since }: Gathering,
  now: number,
): SourceRead['passedOver'] {
  const newest = credible(found, now).reduce((latest, { event }) => Math.max(latest, event.timestamp), 0);
  return {
    source: source.name,
    ...count,
    ...(flaws.length === 0 ? {} : { flaws }),
    ...(leads.length === 0 ? {} : { ledTo: leads.map(({ name }) => name) }),
    ...(found.length === 0 ? {} : { events: found.length, newest }),
    ...(told === 0 ? {} : { told }),
    ...(since === undefined ? {} : { since }),
  };
}

/** What is no expected failure is thrown on; what was broken off for want of time was too slow. */
async function failureOf(
  source: EventSource,
  signal: AbortSignal,
  read: () => Promise<void>,
): Promise<EvictError | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (signal.aborted) return tooSlow(source);
    if (error instanceof EvictError) return error;
    throw error;
  }
}

function tooSlow(source: EventSource): EvictError {
  return new EvictError('timed-out', `reading ${source.name} took longer than the look-up may`, {
    hint: 'raise --lookup-timeout',
  });
}
