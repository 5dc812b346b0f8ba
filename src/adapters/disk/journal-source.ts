import { setImmediate as otherTurns } from 'node:timers/promises';
import { EvictError } from '../../domain/errors.ts';
import { isBeyond, newer } from '../../domain/history-window.ts';
import { coverageOf } from '../../domain/journal-coverage.ts';
import { isSamePlace } from '../../domain/journal-place.ts';
import type { JournalPlace } from '../../domain/journal-place.ts';
import { eventRow, receivedIn, spanRow } from '../../domain/journal-rows.ts';
import type { EventRow, SpanRow } from '../../domain/journal-rows.ts';
import type { EventSource, Search, SourceItem } from '../../domain/source-ports.ts';
import { isSessionEvent, parsePresenceEvent } from '../../domain/presence-event.ts';
import { identityKey } from '../../domain/principal.ts';
import { printable } from '../../domain/printable.ts';
import { EVENT_COLUMNS, SPAN_COLUMNS } from './journal-columns.ts';
import { whyNot } from './journal-faults.ts';
import { isThere, openToRead } from './journal-file.ts';
import type { JournalDatabase } from './journal-file.ts';
import { recordedPlaces } from './journal-places.ts';

const NAME = 'journal';
/** A client, or a principal, with more events than this in 15 days is fighting; its newest ones tell enough. */
const MOST_EVENTS = 50_000;
/** Of everybody, the newest few of each tell who is where. */
const MOST_OF_EACH = 8;
/** What is looked at for that, and how often others get their turn meanwhile. */
const MOST_LOOKED_AT = 1_000_000;
const TURN = 1_000;

export type JournalSourceOptions = {
  readonly file: string;
  /** Where this run acts: what was recorded elsewhere does not answer. */
  readonly here: (signal: AbortSignal) => Promise<JournalPlace>;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** The presence events that `evict watch` has recorded. */
export function journalSource(options: JournalSourceOptions): EventSource {
  return {
    name: NAME,
    async *read(search, signal) {
      if (!isThere(options.file)) throw nothingRecorded(options.file);
      const here = await options.here(signal);
      const database = await openToRead(options.file, signal);
      if (database === undefined) throw nothingRecorded(options.file);
      try {
        yield* new JournalReading(database, search, options.now()).items(here, signal);
        database.exec('COMMIT');
      } catch (error) {
        if (signal.aborted) throw error;
        throw whyNot(options.file, error);
      } finally {
        database.close();
      }
    },
  };
}

class JournalReading {
  readonly #database: JournalDatabase;
  readonly #search: Search;
  readonly #now: number;
  /** So many rows cannot be read, although the file can. */
  #damaged = 0;

  constructor(database: JournalDatabase, search: Search, now: number) {
    this.#database = database;
    this.#search = search;
    this.#now = now;
  }

  async *items(here: JournalPlace, signal: AbortSignal): AsyncIterable<SourceItem> {
    const places = recordedPlaces(this.#database);
    const own = places.filter((place) => isSamePlace(place, here));
    const foreign = places.filter((place) => !own.includes(place));
    yield* this.#refusals(foreign);
    if (own.length === 0) return;
    const spans = own.flatMap(({ id }) => this.#spans(id));
    const coverage = coverageOf(spans, this.#now);
    if (coverage !== undefined) yield { kind: 'covers', since: coverage.since };
    if (coverage?.gaps !== undefined) yield flawed(coverage.gaps);
    for (const { id } of own) yield* this.#events(id, signal);
    if (this.#damaged > 0) yield flawed(`it is damaged: ${this.#damaged} of its events cannot be read`);
  }

  /** What is there of the client, but not from here: said, and not used. */
  *#refusals(foreign: readonly (JournalPlace & { readonly id: number })[]): Iterable<SourceItem> {
    for (const { id, account, region, endpoint } of foreign) {
      if (!this.#isIn(id)) continue;
      const where = [account ?? 'an unknown account', region, endpoint].filter(Boolean).join(', ');
      yield flawed(`it holds events that were recorded elsewhere (${where}): they do not count here`);
    }
  }

  #spans(place: number): SpanRow[] {
    const select = this.#database.prepare(`SELECT ${SPAN_COLUMNS} FROM spans WHERE place = ? ORDER BY id`);
    return select.all(place).map((found) => spanRow.parse(found));
  }

  async *#events(place: number, signal: AbortSignal): AsyncIterable<SourceItem> {
    const seen = new Map<string, number>();
    let [count, looked, newest] = [0, 0, 0];
    for (const row of this.#newest(place)) {
      looked += 1;
      if (looked % TURN === 0) {
        yield { kind: 'progress', done: looked, unit: 'rows' };
        await otherTurns(); // rows come without a wait: the end of the time, or Ctrl-C, would not be heard
        if (signal.aborted) return;
      }
      if (row.place !== null && row.place !== place) continue;
      const before = seen.get(row.client ?? '') ?? 0;
      if (this.#search.for === 'everybody' && before >= MOST_OF_EACH) continue;
      const raw = receivedIn(row);
      if (raw === undefined) {
        this.#damaged += 1;
        continue;
      }
      const event = parsePresenceEvent(raw);
      if (event === undefined) {
        yield { kind: 'passed-over', why: 'malformed', line: row.id };
        continue;
      }
      newest = newer(newest, event.timestamp, this.#now);
      if (this.#search.for !== 'everybody' && isBeyond(event.timestamp, newest)) return;
      if (!isSessionEvent(event)) continue;
      seen.set(event.clientId, before + 1);
      if (count >= MOST_EVENTS) {
        yield flawed(`only the newest ${MOST_EVENTS} events were read`);
        return;
      }
      count += 1;
      yield { kind: 'event', found: { event, raw, source: NAME, line: row.id } };
    }
    if (looked === MOST_LOOKED_AT) yield flawed(`only the newest ${MOST_LOOKED_AT} events were looked at`);
  }

  #isIn(place: number): boolean {
    const [where, ...values] = this.#lookedFor();
    const any = this.#database.prepare(`SELECT 1 FROM events WHERE ${where} LIMIT 1`);
    return any.get(place, ...values) !== undefined;
  }

  /** In pages that are read to their ends: a reading that was left in the middle would hold the writer's log until it is collected. */
  *#newest(place: number): Iterable<EventRow> {
    const pages = this.#search.for === 'everybody' ? this.#byArrival() : this.#byTime(place);
    for (const page of pages) {
      yield* page;
      if (page.length < TURN) return;
    }
  }

  /**
   * Of everybody, as they arrived: that is the table's own order, and by an index all rows would have to be sorted. Those of other
   * places are among them: to pass many over inside of SQLite would take no turns.
   */
  *#byArrival(): Iterable<readonly EventRow[]> {
    const select = this.#database.prepare(
      `SELECT ${EVENT_COLUMNS} FROM events WHERE id < ? ORDER BY id DESC LIMIT ${TURN}`,
    );
    let before = Number.MAX_SAFE_INTEGER;
    for (let looked = 0; looked < MOST_LOOKED_AT; looked += TURN) {
      const page = select.all(before).map((found) => eventRow.parse(found));
      before = page.at(-1)?.id ?? 0;
      yield page;
    }
  }

  /** In an index, to pass over what was read is cheap. */
  *#byTime(place: number): Iterable<readonly EventRow[]> {
    const [where, ...values] = this.#lookedFor();
    for (let looked = 0; looked <= MOST_EVENTS; looked += TURN) {
      const limits = `LIMIT ${TURN} OFFSET ${looked}`;
      const select = `SELECT ${EVENT_COLUMNS} FROM events WHERE ${where} ORDER BY at DESC ${limits}`;
      const page = this.#database.prepare(select).all(place, ...values);
      yield page.map((found) => eventRow.parse(found));
    }
  }

  #lookedFor(): readonly [string, ...string[]] {
    const search = this.#search;
    switch (search.for) {
      case 'client':
        return ['place = ? AND client = ?', search.clientId];
      case 'principal':
        return ['place = ? AND principal = ?', identityKey(search.principal)];
      case 'everybody':
        return ['place = ?'];
    }
  }
}

function flawed(why: string): SourceItem {
  return { kind: 'flawed', source: NAME, why };
}

function nothingRecorded(file: string): EvictError {
  return new EvictError('no-history', 'there is no journal yet', {
    hint: `evict watch records one in "${printable(file)}", from then on; until then give --events a file, or another source`,
  });
}
