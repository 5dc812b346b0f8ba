import { createHash } from 'node:crypto';
import { setImmediate as otherTurns } from 'node:timers/promises';
import { DocumentScanner } from '../../domain/document-scanner.ts';
import type { JsonDocument } from '../../domain/json-document.ts';
import { eventsIn } from '../../domain/enveloped.ts';
import type { Search, SourceItem } from '../../domain/source-ports.ts';
import { isSessionEvent } from '../../domain/presence-event.ts';
import { Coverage, isLookedFor } from '../../domain/searching.ts';
import { FileBytes } from './file-bytes.ts';
import { hashBeside } from './file-hash.ts';
import type { FileHash } from './file-hash.ts';
import { invalid, refuseBinary } from './file-kind.ts';
import type { OpenFile } from './file-kind.ts';
import { SearchedLines } from './searched-lines.ts';
import { sieveFor, wordOf } from './sieve.ts';

/** So much may be told in whole: of more, only what is looked for is kept, and only lines that may hold it are read. */
const WHOLE_BYTES = 8 * 1024 * 1024;
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
  await refuseBinary(file);
  const { size } = await file.handle.stat();
  const isWhole = reading.takes(size);
  await using beside = isWhole || !reading.hashes ? undefined : hashBeside(file.handle.fd);
  const telling = new Telling(file, { reading, size, isWhole });
  if (isWhole || !(yield* telling.searched())) yield* telling.scanned();
  const { since } = reading.coverage;
  if (since !== undefined) yield { kind: 'covers', since };
  if (telling.found && reading.hashes && !reading.signal.aborted)
    yield { kind: 'digest', source: file.name, sha256: await digestOf(file, beside) };
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
    const lines = new SearchedLines(wordOf(search));
    const bytes = new FileBytes(this.#file.handle, signal);
    for await (const chunk of this.#withProgress(bytes)) {
      if ('kind' in chunk) {
        yield chunk;
        continue;
      }
      const documents = lines.feed(chunk);
      if (!lines.fit) return false;
      for (const document of documents) yield* this.#itemsOf(document);
      for (const { value } of SearchedLines.sample(chunk)) this.#cover(value);
    }
    const rest = lines.end();
    if (!lines.fit) return false;
    for (const document of rest) yield* this.#itemsOf(document);
    yield* this.#flawOf(bytes);
    return true;
  }

  /** Goes from document to document and reads each, or, of much, those that may hold what is looked for. */
  async *scanned(): AsyncGenerator<SourceItem> {
    const scanner = new DocumentScanner(
      this.#about.isWhole ? undefined : sieveFor(this.#about.reading.search),
    );
    const bytes = new FileBytes(this.#file.handle, this.#about.reading.signal);
    for await (const chunk of this.#withProgress(bytes)) {
      if ('kind' in chunk) yield chunk;
      else for (const document of scanner.feed(chunk)) yield* this.#itemsOf(document);
      await otherTurns(); // timers and Ctrl-C want their turn, too
    }
    if (this.#about.reading.signal.aborted) return;
    for (const document of scanner.end()) yield* this.#itemsOf(document);
    yield* this.#flawOf(bytes);
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

  *#itemsOf({ line, value }: JsonDocument): Generator<SourceItem> {
    let empty = true;
    const { reading, isWhole } = this.#about;
    for (const { event, raw } of eventsIn(value)) {
      empty = false;
      if (!isSessionEvent(event)) continue;
      reading.coverage.note(event);
      if (!(isWhole && reading.tells()) && !isLookedFor(event, reading.search)) continue;
      this.found = true;
      yield { kind: 'event', found: { event, raw, source: this.#file.name, line } };
    }
    if (empty)
      yield {
        kind: 'passed-over',
        why: value === undefined ? 'malformed' : 'not-a-presence-event',
        line,
      };
  }

  #cover(value: unknown): void {
    for (const { event } of eventsIn(value)) this.#about.reading.coverage.note(event);
  }

  *#flawOf({ flaw }: FileBytes): Generator<SourceItem> {
    if (flaw === undefined) return;
    if (!this.#isReadable) throw invalid(this.#file.name, flaw, 'export it anew, or give another source');
    yield { kind: 'flawed', source: this.#file.name, why: flaw };
  }
}

async function digestOf({ handle }: OpenFile, beside: FileHash | undefined): Promise<string> {
  if (beside !== undefined) return beside.digest;
  const { size } = await handle.stat();
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex');
}
