import { eventsIn } from '../../domain/enveloped.ts';
import { WINDOW_MS } from '../../domain/history-window.ts';
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

/** A client with more beginnings and ends than this is fighting; its newest ones tell enough. */
const MOST_EVENTS = 50_000;
/** AWS's clock and ours need not agree. */
const CLOCK_ERROR_S = 300;

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
        yield* this.#told(yield* this.#ask(activityQuery(search.clientId)));
        yield* this.#newestFirst(sessionsQuery(search.clientId));
        return;
      case 'principal':
        yield* this.#newestOfEach(clientsQuery(search.principal));
        return;
      case 'everybody':
        yield* this.#newestOfEach(everybodyQuery());
    }
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
  async *#newestFirst(text: string): AsyncIterable<SourceItem> {
    let [to, count] = [this.#latest(), 0];
    let before: ReadonlySet<string | undefined> = new Set();
    for (;;) {
      const rows = yield* this.#ask(text, to);
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

  #ask(text: string, to = this.#latest()): AsyncGenerator<SourceItem, InsightsRow[]> {
    const { insights, clock, signal } = this.#asked;
    const from = Math.floor((clock.now() - WINDOW_MS) / 1_000) - CLOCK_ERROR_S;
    return insights.run({ group: this.#group, text, from, to }, signal);
  }

  #latest(): number {
    return Math.floor(this.#asked.clock.now() / 1_000) + CLOCK_ERROR_S;
  }

  #onlyThese(count: number): SourceItem {
    const why = `only the newest ${count} of its rows were read`;
    return { kind: 'flawed', source: `cloudwatch:${this.#group}`, why };
  }
}

/** A time in a result: `2023-12-14 15:06:31.861` in UTC, or epoch milliseconds where it was calculated with. */
function timeOf(text = ''): number {
  const time = text.includes(':') ? Date.parse(`${text.replace(' ', 'T')}Z`) : Number(text);
  return Number.isFinite(time) ? time : 0;
}
