import { setImmediate as otherTurns } from 'node:timers/promises';
import { DocumentScanner } from '../../domain/document-scanner.ts';
import { eventsIn } from '../../domain/enveloped.ts';
import type { EvictError } from '../../domain/errors.ts';
import type { JsonDocument } from '../../domain/json-document.ts';
import { isSessionEvent } from '../../domain/presence-event.ts';
import { Coverage, isLookedFor } from '../../domain/searching.ts';
import type { Search, SourceItem } from '../../domain/source-ports.ts';
import type { BucketObject } from './bucket-object.ts';

/** Tells what is in objects, one after the other: no more of one is held than the document that is being read. */
export class ObjectTelling {
  readonly #place: { readonly bucket: string; readonly prefix: string };
  readonly #search: Search;
  readonly #signal: AbortSignal;
  readonly #coverage = new Coverage();
  #firstFailure: EvictError | undefined;
  #anyRead = false;

  constructor(
    place: { readonly bucket: string; readonly prefix: string },
    search: Search,
    signal: AbortSignal,
  ) {
    this.#place = place;
    this.#search = search;
    this.#signal = signal;
  }

  /** Ends in the middle with the signal. */
  async *itemsOf(object: BucketObject): AsyncIterable<SourceItem> {
    const { key } = object.stored;
    const scanner = new DocumentScanner();
    for await (const chunk of object.bytes()) {
      yield* this.#told(key, scanner.feed(chunk));
      await otherTurns(); // timers and Ctrl-C want their turn, too
      if (this.#signal.aborted) return;
    }
    if (this.#signal.aborted) return;
    yield* this.#told(key, scanner.end());
    if (object.flaw !== undefined) yield this.flaw(`${key}: ${object.flaw}`);
    if (object.failure === undefined) this.#anyRead = true;
    else this.#firstFailure ??= object.failure;
  }

  /** Since when there is a history of others. Throws where S3 has given none of the objects. */
  *end(): Iterable<SourceItem> {
    if (this.#firstFailure !== undefined && !this.#anyRead) throw this.#firstFailure;
    const { since } = this.#coverage;
    if (since !== undefined) yield { kind: 'covers', since };
  }

  flaw(why: string): SourceItem {
    return { kind: 'flawed', source: `s3://${this.#place.bucket}/${this.#place.prefix}`, why };
  }

  *#told(key: string, documents: readonly JsonDocument[]): Iterable<SourceItem> {
    const source = `s3://${this.#place.bucket}/${key}`;
    let [malformed, others] = [0, 0];
    for (const { line, value } of documents) {
      let empty = true;
      for (const { event, raw } of eventsIn(value)) {
        empty = false;
        if (!isSessionEvent(event)) continue;
        this.#coverage.note(event);
        if (isLookedFor(event, this.#search)) yield { kind: 'event', found: { event, raw, source, line } };
      }
      if (empty && value === undefined) malformed += 1;
      else if (empty) others += 1;
    }
    const line = documents[0]?.line ?? 0;
    if (malformed > 0) yield { kind: 'passed-over', why: 'malformed', line, count: malformed };
    if (others > 0) yield { kind: 'passed-over', why: 'not-a-presence-event', line, count: others };
  }
}
