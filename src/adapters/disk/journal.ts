import { createHash } from 'node:crypto';
import { EvictError, messageOf } from '../../domain/errors.ts';
import type { JournalPlace } from '../../domain/journal-place.ts';
import { spanRow } from '../../domain/journal-rows.ts';
import type { Arrival } from '../../domain/broker-ports.ts';
import { identityKey, principalOf } from '../../domain/principal.ts';
import { printable } from '../../domain/printable.ts';
import type { Gap, Listening, PresenceJournal } from '../../domain/recording-ports.ts';
import { SPAN_COLUMNS } from './journal-columns.ts';
import { damaged, isDamage } from './journal-faults.ts';
import { openToWrite } from './journal-file.ts';
import type { JournalDatabase } from './journal-file.ts';
import { placeFor } from './journal-places.ts';

/** Enough that no two events ever share it. */
const DIGEST_DIGITS = 24;
/** Its place in a row. */
const DIGEST = 4;
/** A whole batch in one call. Returns the digests of what was not there yet. */
const INSERT = `
INSERT OR IGNORE INTO events (place, client, principal, at, received, digest, event)
SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, unhex(value ->> ${DIGEST}), value ->> 5 FROM json_each(?)
RETURNING lower(hex(digest))`;
/** So many old events are removed at a time: whoever waits to be kept meanwhile does not wait for long. */
const PRUNED_AT_ONCE = 5_000;

export type JournalOptions = {
  readonly file: string;
  readonly here: JournalPlace;
  /** For a place that was never recorded at. */
  readonly newWatcherId: string;
};

/** Opens the journal to record into, and makes it where there is none. Throws `file-invalid` or `file-unreadable`. */
export async function openJournal(options: JournalOptions): Promise<PresenceJournal> {
  const database = await openToWrite(options.file);
  try {
    return new Journal(database, options);
  } catch (error) {
    database.close();
    throw error;
  }
}

class Journal implements PresenceJournal {
  readonly file: string;
  readonly watcherId: string;
  readonly #database: JournalDatabase;
  readonly #place: number;
  readonly #insert;
  #span: number | undefined;

  constructor(database: JournalDatabase, { file, here, newWatcherId }: JournalOptions) {
    this.file = file;
    this.#database = database;
    const { id, watcherId } = this.#written(() => placeFor(database, here, newWatcherId));
    this.#place = id;
    this.watcherId = watcherId;
    this.#insert = this.#written(() => database.prepare(INSERT).raw());
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  keep(arrivals: readonly Arrival[]): readonly Arrival[] {
    const rows = arrivals.map(rowOf);
    const stored = this.#written(() => this.#insert.all(this.#place, JSON.stringify(rows)));
    if (stored.length === arrivals.length) return arrivals;
    const left = new Set(stored.map(String));
    return arrivals.filter((_, index) => left.delete(rows[index]?.[DIGEST] ?? ''));
  }

  listening({ at, resumed }: Listening): Gap | undefined {
    return this.#written(() => {
      const last = this.#lastSpan();
      const goesOn = resumed && last !== undefined;
      this.#span = goesOn ? last.id : this.#newSpan(at);
      if (goesOn) this.#extend(at);
      return goesOn || last === undefined ? undefined : { from: last.until, to: at };
    });
  }

  heard(at: number): void {
    this.#written(() => this.#extend(at));
  }

  prune(before: number): number {
    return this.#written(() => {
      this.#database.prepare('DELETE FROM spans WHERE until < ? AND id <> ?').run(before, this.#span ?? 0);
      this.#database.prepare('UPDATE spans SET since = ? WHERE since < ?').run(before, before);
      // In the order of their arrival, which is that of their numbers.
      return this.#database
        .prepare(
          'DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?) AND received < ?',
        )
        .run(PRUNED_AT_ONCE, before).changes;
    });
  }

  #lastSpan() {
    const found = this.#database
      .prepare(`SELECT ${SPAN_COLUMNS} FROM spans WHERE place = ? ORDER BY id DESC LIMIT 1`)
      .get(this.#place);
    return found === undefined ? undefined : spanRow.parse(found);
  }

  #newSpan(at: number): number {
    const insert = this.#database.prepare('INSERT INTO spans (place, since, until) VALUES (?, ?, ?)');
    return Number(insert.run(this.#place, at, at).lastInsertRowid);
  }

  #extend(at: number): void {
    if (this.#span === undefined) return;
    this.#database.prepare('UPDATE spans SET until = max(until, ?) WHERE id = ?').run(at, this.#span);
  }

  /** All of it on disk, or nothing. */
  #written<T>(act: () => T): T {
    try {
      return inTransaction(this.#database, act);
    } catch (error) {
      if (isDamage(error)) throw damaged(this.file, error);
      throw new EvictError(
        'journal-unwritable',
        `the journal "${printable(this.file)}" cannot be written: ${messageOf(error)}`,
        {
          hint: 'make room on the disk, or give another directory with --state-dir; what was recorded is whole',
          cause: error,
        },
      );
    }
  }
}

function rowOf({ event, raw, receivedAt }: Arrival) {
  const text = JSON.stringify(raw);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_DIGITS);
  const principal = identityKey(principalOf(event.principalIdentifier));
  return [event.clientId, principal, event.timestamp, receivedAt, digest, text] as const;
}

/** Not the library's own: after a full disk there is no transaction any more, and its ROLLBACK would hide why. */
function inTransaction<T>(database: JournalDatabase, act: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const value = act();
    database.exec('COMMIT');
    return value;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
