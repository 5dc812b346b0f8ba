import { eventsChecks, stateCheck } from '../domain/check-events.ts';
import type { EventsReading, SourceTried } from '../domain/check-events.ts';
import type { Check } from '../domain/checkup.ts';
import type { Checkup } from '../domain/checkup-ports.ts';
import type { EventSource } from '../domain/source-ports.ts';
import { tried } from './trial.ts';

type Source = Checkup['ports']['sources'][number];

/** Reads every source of presence events, one after the other. */
export async function checkSources(checkup: Checkup): Promise<readonly Check[]> {
  const sources: SourceTried[] = [];
  for (const source of checkup.ports.sources) sources.push(...(await trySource(checkup, source)));
  return eventsChecks(sources, checkup.ports.clock.now());
}

/** Reads one, and whatever it leads to. */
async function trySource(checkup: Checkup, { name, source }: Source): Promise<readonly SourceTried[]> {
  const trial = source.kind === 'done' ? await readingOf(checkup, source.value) : source;
  const byDefault = source.kind === 'done' && source.value.byDefault;
  const tries: SourceTried[] = [{ name, byDefault, trial }];
  if (trial.kind !== 'done' || typeof trial.value === 'string') return tries;
  for (const value of trial.value.leads)
    tries.push(...(await trySource(checkup, { name: value.name, source: { kind: 'done', value } })));
  return tries;
}

/** What has not happened yet cannot be read: whether such a source hears anything, the canary shows. */
async function readingOf(checkup: Checkup, source: EventSource): Promise<SourceTried['trial']> {
  if (source.ofOneClient) return { kind: 'done', value: 'of-one-client' };
  if (source.waits) return { kind: 'done', value: 'waits' };
  return tried(checkup, (limit) => readThrough(source, limit));
}

/** Counts what a source holds, without keeping it. */
async function readThrough(source: EventSource, limit: AbortSignal): Promise<EventsReading> {
  let [events, notPresence, malformed] = [0, 0, 0];
  let newest: number | undefined;
  const leads: EventSource[] = [];
  for await (const item of source.read({ for: 'everybody' }, limit)) {
    if (item.kind === 'passed-over' && item.why === 'malformed') malformed += item.count ?? 1;
    else if (item.kind === 'passed-over') notPresence += item.count ?? 1;
    else if (item.kind === 'leads-to') leads.push(item.source);
    else if (item.kind === 'event') {
      events += 1;
      newest = Math.max(newest ?? 0, item.found.event.timestamp);
    }
  }
  limit.throwIfAborted(); // a source that was stopped simply ends
  return { events, notPresence, malformed, newest, leads };
}

/** Makes sure that a record could be written. */
export async function checkState(checkup: Checkup): Promise<Check> {
  return stateCheck(await tried(checkup, () => checkup.ports.state.proveWritable()));
}
