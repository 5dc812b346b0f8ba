import { createHash } from 'node:crypto';
import { setImmediate as otherTurns } from 'node:timers/promises';
import { DocumentScanner } from '../../domain/document-scanner.ts';
import type { FoundEvent } from '../../domain/found-event.ts';
import type { JsonDocument } from '../../domain/json-document.ts';
import { eventsIn } from '../../domain/enveloped.ts';
import type { Search, SourceItem } from '../../domain/source-ports.ts';
import { isSessionEvent } from '../../domain/presence-event.ts';
import { Coverage, isLookedFor } from '../../domain/searching.ts';
import { orAbort } from '../../domain/signals.ts';
import { FileBytes } from './file-bytes.ts';
import { hashBeside } from './file-hash.ts';
import type { FileHash } from './file-hash.ts';
import { invalid, refuseBinary } from './file-kind.ts';
import type { OpenFile } from './file-kind.ts';
import { PassedOver } from './passed-over.ts';
import { SearchedLines } from './searched-lines.ts';
import { sieveFor, wanted } from './sieve.ts';

/** So much may be told in whole: of more, only what is looked for is kept, and only lines that may hold it are read. */
const WHOLE_BYTES = 8 * 1024 * 1024;
/** So much may be a hundred thousand documents. */
const TURN_BYTES = 128 * 1024;
/** How often progress is told. */
const STRIDE_BYTES = 64 * 1024 * 1024;

/** One search through one file after the other. */
export class Reading {
  readonly search: Search;
  readonly signal: AbortSignal;
  /** Whether hashes are told. They are evidence of where the client was sighted; who else is hit is another question. */
  readonly hashes: boolean;
  readonly coverage = new Coverage();
  #room = WHOLE_BYTES;
  #told = WHOLE_BYTES;

  constructor(search: Search, signal: AbortSignal, { hashes }: { readonly hashes: boolean }) {
    this.search = search;
    this.signal = signal;
    this.hashes = hashes && search.for === 'client';
  }

  /** Whether all of a file of that size may be told. */
  takes(bytes: number): boolean {
    this.#room -= bytes;
    return this.#room >= 0 || this.search.for === 'everybody';
  }

  /** Whether something may be told although it is not looked for, after so many more bytes: packed ones are many. */
  tells(bytes = 0): boolean {
    this.#told -= bytes;
    return this.#told >= 0;
  }
}

/** What one file holds. Throws `file-invalid` where it is no text. */
export async function* itemsIn(file: OpenFile, reading: Reading): AsyncIterable<SourceItem> {
  await orAbort(refuseBinary(file), reading.signal);
  const { size } = await file.handle.stat();
  const isWhole = reading.takes(size);
  const isLong = size > WHOLE_BYTES; // a worker for each of many small files would cost more than they
  await using beside = reading.hashes && isLong ? hashBeside(file.handle.fd, size) : undefined;
  const telling = new Telling(file, { reading, size, isWhole });
  if (isWhole || !(yield* telling.searched())) yield* telling.scanned();
  const { since } = reading.coverage;
  if (since !== undefined) yield { kind: 'covers', since };
  if (telling.found && reading.hashes && !reading.signal.aborted)
    yield { kind: 'digest', source: file.name, sha256: await digestOf(file, size, beside) };
}

type Circumstances = { readonly reading: Reading; readonly size: number; readonly isWhole: boolean };

/** Tells what is in a file, in one of two ways. */
class Telling {
  readonly #file: OpenFile;
  readonly #about: Circumstances;
  found = false;
  /** Whether anything in it could be read at all. */
  #isReadable = false;

  constructor(file: OpenFile, about: Circumstances) {
    this.#file = file;
    this.#about = about;
  }

  /** Looks at those lines only that may hold what is looked for. Returns whether the file is of lines at all. */
  async *searched(): AsyncGenerator<SourceItem, boolean> {
    const { search, signal } = this.#about.reading;
    const lines = new SearchedLines(wanted(search));
    const bytes = new FileBytes(this.#file.handle, this.#about.size, signal);
    for await (const chunk of this.#withProgress(bytes)) {
      if ('kind' in chunk) {
        yield chunk;
        continue;
      }
      const [documents, sample] = [lines.feed(chunk), lines.sample(chunk)];
      if (!lines.fit) return false;
      yield* this.#itemsOf(documents);
      for (const { value } of sample) this.#cover(value);
      if (signal.aborted) return true;
    }
    const rest = lines.end();
    if (!lines.fit) return false;
    yield* this.#itemsOf(rest);
    yield* this.#flawOf(bytes.flaw);
    return true;
  }

  /** Goes from document to document and reads each, or, of much, those that may hold what is looked for. */
  async *scanned(): AsyncGenerator<SourceItem> {
    const { isWhole, size, reading } = this.#about;
    const { search, signal } = reading;
    const scanner = new DocumentScanner(isWhole ? undefined : sieveFor(search));
    const bytes = new FileBytes(this.#file.handle, size, signal);
    for await (const chunk of this.#withProgress(bytes)) {
      if ('kind' in chunk) yield chunk;
      else
        for (let at = 0; at < chunk.length; at += TURN_BYTES) {
          yield* this.#itemsOf(scanner.feed(chunk.subarray(at, at + TURN_BYTES)));
          await otherTurns(); // timers and Ctrl-C want their turn, too
          if (signal.aborted) return; // a little that is packed may be very much
        }
    }
    yield* this.#itemsOf(scanner.end());
    const cutOff = scanner.isCutOff
      ? 'it ends in the middle of a document: it may have been cut off'
      : undefined;
    yield* this.#flawOf(bytes.flaw ?? cutOff);
  }

  async *#withProgress(bytes: FileBytes): AsyncGenerator<Buffer | Extract<SourceItem, { kind: 'progress' }>> {
    let told = 0;
    for await (const chunk of bytes) {
      this.#about.reading.tells(chunk.length);
      this.#isReadable ||= chunk.length > 0;
      yield chunk;
      if (bytes.read - told < STRIDE_BYTES) continue;
      told = bytes.read;
      yield { kind: 'progress', done: bytes.read, of: this.#about.size, unit: 'bytes' };
    }
  }

  *#itemsOf(documents: readonly JsonDocument[]): Generator<SourceItem> {
    const passed = new PassedOver();
    for (const { line, value } of documents) {
      let empty = true;
      for (const { event, raw } of eventsIn(value)) {
        empty = false;
        if (!isSessionEvent(event) || !this.#tells(event)) continue;
        this.found = true;
        yield { kind: 'event', found: { event, raw, source: this.#file.name, line } };
      }
      if (empty) yield* passed.add(value === undefined ? 'malformed' : 'not-a-presence-event', line);
    }
    yield* passed.rest();
  }

  #tells(event: FoundEvent['event']): boolean {
    const { reading, isWhole } = this.#about;
    reading.coverage.note(event);
    return (isWhole && reading.tells()) || isLookedFor(event, reading.search);
  }

  #cover(value: unknown): void {
    for (const { event } of eventsIn(value)) this.#about.reading.coverage.note(event);
  }

  *#flawOf(flaw: string | undefined): Generator<SourceItem> {
    if (flaw === undefined) return;
    if (!this.#isReadable) throw invalid(this.#file.name, flaw, 'export it anew, or give another source');
    yield { kind: 'flawed', source: this.#file.name, why: flaw };
  }
}

/** Of the bytes that were searched: a file may grow. */
async function digestOf({ handle }: OpenFile, size: number, beside: FileHash | undefined): Promise<string> {
  if (beside !== undefined) return beside.digest;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex');
}
