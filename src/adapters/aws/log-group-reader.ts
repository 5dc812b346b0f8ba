import { eventsIn } from '../../domain/enveloped.ts';
import { EvictError } from '../../domain/errors.ts';
import { newer, WINDOW_MS } from '../../domain/history-window.ts';
import {
  activityQuery,
  clientsQuery,
  coverageQuery,
  everybodyQuery,
  MOST_ROWS,
  sessionsQuery,
} from '../../domain/insights-query.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Search, SourceItem } from '../../domain/source-ports.ts';
import { isSessionEvent } from '../../domain/presence-event.ts';
import { isLookedFor } from '../../domain/searching.ts';
import type { Insights, InsightsRow } from './insights.ts';
import { named } from './sdk-error.ts';

/** A client with more beginnings and ends than this is fighting; its newest ones tell enough. */
const MOST_EVENTS = 50_000;
const DAY_MS = 24 * 3_600_000;
/** A day more than may matter of somebody who was seen just now: so for who was seen today, no more has to be asked for. */
const RECENT_MS = WINDOW_MS + DAY_MS;
/** How far back somebody is looked for who was not seen lately: what is looked through is billed. */
const FORMER_MS = 90 * DAY_MS;
/** AWS's clock and ours need not agree. */
const CLOCK_ERROR_S = 300;

/** Seconds since 1970, both ends included. */
type Span = { readonly from: number; readonly to: number };

export type GroupSearch = {
  readonly search: Search;
  readonly insights: Insights;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Looks in one log group. */
export class LogGroupReader {
  readonly #group: string;
  readonly #asked: GroupSearch;

  constructor(group: string, asked: GroupSearch) {
    this.#group = group;
    this.#asked = asked;
  }

  async *read(): AsyncIterable<SourceItem> {
    const { search } = this.#asked;
    switch (search.for) {
      case 'client':
        yield* this.#ofClient(search.clientId);
        return;
      case 'principal':
        yield* this.#newestOfEach(clientsQuery(search.principal));
        return;
      case 'everybody':
        yield* this.#newestOfEach(everybodyQuery());
    }
  }

  /** Of somebody who was seen long ago, what may matter is older than what is asked for at first. */
  async *#ofClient(clientId: string): AsyncIterable<SourceItem> {
    const recent = this.#since(RECENT_MS);
    const newest = yield* this.#within(clientId, recent);
    const from = newest === 0 ? this.#since(FORMER_MS).from : inSeconds(newest - WINDOW_MS);
    if (from >= recent.from) return;
    try {
      yield* this.#within(clientId, { from, to: recent.from });
    } catch (error) {
      // So is refused what ends before the log group began, or before what it keeps.
      if (!(error instanceof EvictError) || !named(error.cause, 'MalformedQueryException')) throw error;
    }
  }

  /** Returns the time of the client's newest event in this time, or 0. */
  async *#within(clientId: string, span: Span): AsyncGenerator<SourceItem, number> {
    let newest = 0;
    for await (const item of this.#all(clientId, span)) {
      if (item.kind === 'event') newest = newer(newest, item.found.event.timestamp, this.#asked.clock.now());
      yield item;
    }
    return newest;
  }

  async *#all(clientId: string, span: Span): AsyncIterable<SourceItem> {
    yield* this.#told(yield* this.#ask(activityQuery(clientId), span));
    yield* this.#newestFirst(sessionsQuery(clientId), span);
  }

  async *#newestOfEach(text: string): AsyncIterable<SourceItem> {
    const [covered] = yield* this.#ask(coverageQuery());
    const since = timeOf(covered?.get('since'));
    if (since > 0 && Number(covered?.get('clients')) > 1) yield { kind: 'covers', since };
    const rows = yield* this.#ask(text);
    yield* this.#told(rows);
    if (rows.length >= MOST_ROWS) yield this.#onlyThese(rows.length);
  }

  /** As a query has a limit, what is older is asked for by its time, from the last second that was reached. */
  async *#newestFirst(text: string, { from, to: end }: Span): AsyncIterable<SourceItem> {
    let [to, count] = [end, 0];
    let before: ReadonlySet<string | undefined> = new Set();
    for (;;) {
      const rows = yield* this.#ask(text, { from, to });
      const fresh = rows.filter((row) => !before.has(row.get('@ptr')));
      yield* this.#told(fresh);
      count += fresh.length;
      if (rows.length < MOST_ROWS) return;
      const reached = Math.floor(timeOf(rows.at(-1)?.get('@timestamp')) / 1_000);
      if (count >= MOST_EVENTS || reached >= to) {
        yield this.#onlyThese(count);
        return;
      }
      before = new Set(rows.map((row) => row.get('@ptr')));
      to = reached;
    }
  }

  *#told(rows: readonly InsightsRow[]): Iterable<SourceItem> {
    const source = `cloudwatch:${this.#group}`;
    for (const [index, row] of rows.entries()) {
      const found = [...eventsIn(row.get('@message') ?? row.get('message'))];
      if (found.length === 0) yield { kind: 'passed-over', why: 'not-a-presence-event', line: index + 1 };
      for (const { event, raw } of found)
        if (isSessionEvent(event) && isLookedFor(event, this.#asked.search))
          yield { kind: 'event', found: { event, raw, source } };
    }
  }

  #ask(text: string, span = this.#since(WINDOW_MS)): AsyncGenerator<SourceItem, InsightsRow[]> {
    const { insights, signal } = this.#asked;
    return insights.run({ group: this.#group, text, ...span }, signal);
  }

  #since(ago: number): Span {
    const now = this.#asked.clock.now();
    return { from: inSeconds(now - ago) - CLOCK_ERROR_S, to: inSeconds(now) + CLOCK_ERROR_S };
  }

  #onlyThese(count: number): SourceItem {
    const why = `only the newest ${count} of its rows were read`;
    return { kind: 'flawed', source: `cloudwatch:${this.#group}`, why };
  }
}

function inSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}

/** A time in a result: `2023-12-14 15:06:31.861` in UTC, or epoch milliseconds where it was calculated with. */
function timeOf(text = ''): number {
  const time = text.includes(':') ? Date.parse(`${text.replace(' ', 'T')}Z`) : Number(text);
  return Number.isFinite(time) ? time : 0;
}
