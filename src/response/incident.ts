import { EvictError } from '../domain/errors.ts';
import { NOTHING_KNOWN, learn } from '../domain/facts.ts';
import type { Facts } from '../domain/facts.ts';
import type { RecordPlace } from '../domain/document.ts';
import type { EntryOf, IncidentEntry } from '../domain/incident.ts';
import type { Clock } from '../domain/ports.ts';
import type { IncidentRecords, IncidentStore } from '../domain/record-ports.ts';

/**
 * The thread beside the response: every entry goes to the record, to the screen and into the facts, in one order.
 * Without a store (a dry run, or before there is anything to keep) the entries stay in memory.
 */
export class Incident implements AsyncDisposable {
  #facts: Facts;
  #unkept: IncidentEntry[] = [];
  #store: IncidentStore | undefined;
  #hash: string | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  #broken: EvictError | undefined;
  #next = newSignal();
  readonly #onEntry: (entry: IncidentEntry) => void;

  constructor(onEntry: (entry: IncidentEntry) => void, facts: Facts = NOTHING_KNOWN) {
    this.#onEntry = onEntry;
    this.#facts = facts;
  }

  /** What is known by now. */
  get facts(): Facts {
    return this.#facts;
  }

  /** The record's file and newest hash; undefined where nothing is kept. */
  get place(): RecordPlace | undefined {
    return this.#store === undefined || this.#hash === undefined
      ? undefined
      : { file: this.#store.file, hash: this.#hash };
  }

  /** Keeps what was recorded so far, and from now on everything, in a record of the incident's name. */
  async keepIn(records: IncidentRecords): Promise<void> {
    this.#store = await records.create(this.#facts.opened?.incident ?? '');
    for (const entry of this.#unkept.splice(0)) await this.#write(entry);
  }

  /**
   * Records an entry. An intention counts only once it is on disk: if that fails, this throws and the act must not happen.
   * Everything else has happened already, and counts even if it cannot be written.
   */
  async record(entry: IncidentEntry): Promise<void> {
    if (entry.kind === 'intended') await this.#write(entry);
    this.#learn(entry);
    if (entry.kind !== 'intended') await this.#write(entry);
  }

  /** Records what arrives by itself, in the order of arrival; a failure to write it shows at the next `record`. */
  note(entry: IncidentEntry): void {
    this.#learn(entry);
    // The failure is kept in #broken and thrown by the next record(): nobody waits for this promise.
    this.#write(entry).catch(() => undefined);
  }

  /** Waits until something new is known, at most `ms`. Throws when the signal aborts. */
  async changed(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    using limit = clock.within(ms, signal);
    const over = new Promise<void>((resolve) => {
      if (limit.signal.aborted) resolve();
      limit.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#next.promise, over]);
    signal.throwIfAborted();
  }

  /** Records the end. A record that cannot take it makes a warning, not another end: the verdict stands on the facts. */
  async end(ended: EntryOf<'ended'>): Promise<void> {
    try {
      await this.record(ended);
    } catch (error) {
      if (!(error instanceof EvictError)) throw error;
      this.note({ kind: 'warned', warning: { code: error.code, message: error.message } });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lastWrite.catch(() => undefined); // already told by record() or end()
    await this.#store?.[Symbol.asyncDispose]();
  }

  #learn(entry: IncidentEntry): void {
    this.#facts = learn(this.#facts, entry);
    this.#onEntry(entry);
    const waking = this.#next;
    this.#next = newSignal();
    waking.fire();
  }

  #write(entry: IncidentEntry): Promise<void> {
    const store = this.#store;
    if (store === undefined) {
      this.#unkept.push(entry);
      return Promise.resolve();
    }
    this.#lastWrite = this.#lastWrite.then(() => this.#append(store, entry));
    return this.#lastWrite;
  }

  async #append(store: IncidentStore, entry: IncidentEntry): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      this.#hash = (await store.append(entry)).hash;
    } catch (error) {
      this.#broken =
        error instanceof EvictError
          ? error
          : new EvictError('record-unwritable', `the record ${store.file} cannot be written`, {
              hint: 'make room there, or choose another --state-dir',
              cause: error,
            });
      throw this.#broken;
    }
  }
}

type Signal = { readonly promise: Promise<void>; readonly fire: () => void };

function newSignal(): Signal {
  const target = new EventTarget();
  const promise = new Promise<void>((resolve) => {
    target.addEventListener('fire', () => resolve(), { once: true });
  });
  return { promise, fire: () => void target.dispatchEvent(new Event('fire')) };
}
