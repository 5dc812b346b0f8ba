import { LatestOfEach, MOST_OF_ALL } from '../domain/collection.ts';
import type { FoundEvent } from '../domain/found-event.ts';
import type { Warning } from '../domain/plan.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import { principalOf } from '../domain/principal.ts';
import { sourceFailed } from '../domain/source-failures.ts';
import { readEverybody } from './recent.ts';
import type { RecentRequest } from './recent.ts';

/** The clients that the sources know of, the latest seen first, and what may be missing of them. */
export type EveryClient = { readonly clientIds: readonly string[]; readonly warnings: readonly Warning[] };

/** One event tells that a client is there. */
const ENOUGH = 1;

/** Asks all sources for everybody. Those that only a responder connected as are nobody to look at. */
export async function everyClient(
  request: RecentRequest,
  ports: ReadingPorts,
  signal: AbortSignal,
): Promise<EveryClient> {
  const collections: LatestOfEach[] = [];
  const collecting = () => {
    const collection = new LatestOfEach(ports.clock.now(), MOST_OF_ALL, ENOUGH);
    collections.push(collection);
    return collection;
  };
  const { events, reads, isResponder } = await readEverybody(request, { ports, collecting }, signal);
  return {
    clientIds: newestFirst(
      events.filter(({ event }) => !isResponder(principalOf(event.principalIdentifier))),
    ),
    warnings: [
      ...(collections.some(({ isFull }) => isFull) ? [TOO_MANY] : []),
      ...reads.flatMap(({ source, failure, passedOver: { flaws = [] } }) => [
        ...(failure === undefined ? [] : [sourceFailed(source.name, failure)]),
        ...flaws.map((message) => ({ code: 'source-flawed', message })),
      ]),
    ],
  };
}

const TOO_MANY: Warning = {
  code: 'many-clients',
  message: `a source knows of more than ${MOST_OF_ALL} clients: not all of them are looked at`,
};

function newestFirst(events: readonly FoundEvent[]): string[] {
  const newest = new Map<string, number>();
  for (const { event } of events)
    newest.set(event.clientId, Math.max(event.timestamp, newest.get(event.clientId) ?? 0));
  return [...newest].toSorted(([, one], [, other]) => other - one).map(([clientId]) => clientId);
}
