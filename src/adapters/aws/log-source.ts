import { IoTClient } from '@aws-sdk/client-iot';
import { connectionLog, USUAL_LOG } from '../../domain/connection-log.ts';
import type { ConnectionLog } from '../../domain/connection-log.ts';
import { eventsIn } from '../../domain/enveloped.ts';
import { EvictError } from '../../domain/errors.ts';
import { WINDOW_MS } from '../../domain/history-window.ts';
import {
  activityQuery,
  clientsQuery,
  coverageQuery,
  everybodyQuery,
  MOST_ROWS,
  sessionsQuery,
} from '../../domain/insights-query.ts';
import type { Clock, EventSource, Search, SourceItem } from '../../domain/ports.ts';
import { isSessionEvent } from '../../domain/presence-event.ts';
import { isLookedFor } from '../../domain/searching.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { Insights } from './insights.ts';
import type { InsightsRow } from './insights.ts';
import { readLoggingOptions } from './logging-options.ts';

/** A client with more beginnings and ends than this is fighting; its newest ones tell enough. */
const MOST_EVENTS = 50_000;
/** What makes a sighting is in the last 15 days; AWS's clock and ours need not agree. */
const CLOCK_ERROR_S = 300;

export type LogOptions = {
  readonly logs: AwsOptions;
  /** Where AWS IoT is asked for its log's name. */
  readonly iot: AwsOptions;
  readonly clock: Clock;
};

/** A log group in CloudWatch Logs: the one that AWS IoT writes its own log to, or one that a rule fills with lifecycle events. */
export function logSource(group: string | undefined, options: LogOptions): EventSource {
  return {
    name: group === undefined ? 'cloudwatch' : `cloudwatch:${group}`,
    async *read(search, signal) {
      using reader = new LogReader(options, search, signal);
      yield* group === undefined ? reader.readIotLog() : reader.readGroup(group);
    },
  };
}

class LogReader implements Disposable {
  readonly #options: LogOptions;
  readonly #search: Search;
  readonly #signal: AbortSignal;
  readonly #insights: Insights;

  constructor(options: LogOptions, search: Search, signal: AbortSignal) {
    this.#options = options;
    this.#search = search;
    this.#signal = signal;
    this.#insights = new Insights(options.logs, options.clock);
  }

  [Symbol.dispose](): void {
    this.#insights[Symbol.dispose]();
  }

  /** What was logged before counts, although nothing is logged now. */
  async *readIotLog(): AsyncIterable<SourceItem> {
    const { groups, off } = await this.#iotLog();
    if (off !== undefined) yield { kind: 'flawed', source: 'cloudwatch', why: off };
    const absent: string[] = [];
    for (const group of groups)
      try {
        yield* this.readGroup(group);
      } catch (error) {
        if (!(error instanceof EvictError) || error.code !== 'bad-option') throw error;
        absent.push(group);
        if (absent.length === groups.length) throw notLogged(error, off);
        yield { kind: 'flawed', source: `cloudwatch:${group}`, why: error.message };
      }
  }

  async *readGroup(group: string): AsyncIterable<SourceItem> {
    const search = this.#search;
    switch (search.for) {
      case 'client':
        yield* this.#told(group, yield* this.#ask(group, activityQuery(search.clientId)));
        yield* this.#newestFirst(group, sessionsQuery(search.clientId));
        return;
      case 'principal':
        yield* this.#newestOfEach(group, clientsQuery(search.principal.identifier));
        return;
      case 'everybody':
        yield* this.#newestOfEach(group, everybodyQuery());
    }
  }

  /** Whoever may not ask for the log's name looks where it usually is. */
  async #iotLog(): Promise<ConnectionLog> {
    const { iot: options } = this.#options;
    const iot = new IoTClient(clientConfig(options));
    const where = options.endpointUrl ?? `AWS ${options.region ?? 'in the default region'}`;
    try {
      return connectionLog(
        await readLoggingOptions(iot, { where, signal: this.#signal, network: options.network }),
      );
    } catch (error) {
      if (!(error instanceof EvictError) || error.code !== 'access-denied') throw error;
      return { ...USUAL_LOG, off: `where AWS IoT logs to could not be asked: ${error.message}` };
    } finally {
      iot.destroy();
    }
  }

  async *#newestOfEach(group: string, text: string): AsyncIterable<SourceItem> {
    const [covered] = yield* this.#ask(group, coverageQuery());
    const since = timeOf(covered?.get('since'));
    if (since > 0 && Number(covered?.get('clients')) > 1) yield { kind: 'covers', since };
    const rows = yield* this.#ask(group, text);
    yield* this.#told(group, rows);
    if (rows.length >= MOST_ROWS) yield onlyThese(group, rows.length);
  }

  /** As a query has a limit, what is older is asked for by its time, from the last second that was reached. */
  async *#newestFirst(group: string, text: string): AsyncIterable<SourceItem> {
    let [to, count] = [this.#latest(), 0];
    let before: ReadonlySet<string | undefined> = new Set();
    for (;;) {
      const rows = yield* this.#ask(group, text, to);
      const fresh = rows.filter((row) => !before.has(row.get('@ptr')));
      yield* this.#told(group, fresh);
      count += fresh.length;
      if (rows.length < MOST_ROWS) return;
      const reached = Math.floor(timeOf(rows.at(-1)?.get('@timestamp')) / 1_000);
      if (count >= MOST_EVENTS || reached >= to) {
        yield onlyThese(group, count);
        return;
      }
      before = new Set(rows.map((row) => row.get('@ptr')));
      to = reached;
    }
  }

  *#told(group: string, rows: readonly InsightsRow[]): Iterable<SourceItem> {
    for (const [index, row] of rows.entries()) {
      const found = [...eventsIn(row.get('@message') ?? row.get('message'))];
      if (found.length === 0) yield { kind: 'passed-over', why: 'not-a-presence-event', line: index + 1 };
      for (const { event, raw } of found)
        if (isSessionEvent(event) && isLookedFor(event, this.#search))
          yield { kind: 'event', found: { event, raw, source: `cloudwatch:${group}` } };
    }
  }

  #ask(group: string, text: string, to = this.#latest()): AsyncGenerator<SourceItem, InsightsRow[]> {
    const from = Math.floor((this.#options.clock.now() - WINDOW_MS) / 1_000) - CLOCK_ERROR_S;
    return this.#insights.run({ group, text, from, to }, this.#signal);
  }

  #latest(): number {
    return Math.floor(this.#options.clock.now() / 1_000) + CLOCK_ERROR_S;
  }
}

/** A time in a result: `2023-12-14 15:06:31.861` in UTC, or epoch milliseconds where it was calculated with. */
function timeOf(text = ''): number {
  const time = text.includes(':') ? Date.parse(`${text.replace(' ', 'T')}Z`) : Number(text);
  return Number.isFinite(time) ? time : 0;
}

function onlyThese(group: string, count: number): SourceItem {
  return {
    kind: 'flawed',
    source: `cloudwatch:${group}`,
    why: `only the newest ${count} of its rows were read`,
  };
}

function notLogged(error: EvictError, off = 'it may have logged nothing yet'): EvictError {
  return new EvictError(error.code, `AWS IoT has no log here (${off}): ${error.message}`, {
    hint: 'to have one for the next time: aws iot set-v2-logging-options --default-log-level INFO --role-arn ROLE',
    cause: error,
  });
}
