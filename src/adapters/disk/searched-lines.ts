import { DocumentScanner } from '../../domain/document-scanner.ts';
import { valueOf } from '../../domain/json-document.ts';
import type { JsonDocument } from '../../domain/json-document.ts';
import { LineHits } from './line-hits.ts';
import type { Wanted } from './line-hits.ts';

const [NEWLINE, OPEN_OBJECT] = [0x0a, 0x7b] as const;
/** No event has a line as long as this. */
const MOST_BYTES = 1024 * 1024;

/**
 * Looks at those lines only that can hold what is searched: with the text in them as a JSON string or, since
 * any character may be escaped in JSON, with such an escape. As fast as `grep`, for files in which each line is a document of its own.
 */
export class SearchedLines {
  readonly #hits: LineHits;
  #carry = Buffer.alloc(0);
  #line = 1;
  #fit = true;
  #isSampled = false;

  constructor(wanted: Wanted) {
    this.#hits = new LineHits(wanted);
  }

  /** Whether what was searched so far was in documents of one line each. Otherwise, nothing that was found counts. */
  get fit(): boolean {
    return this.#fit;
  }

  feed(chunk: Buffer): JsonDocument[] {
    const first = chunk.indexOf(NEWLINE);
    const last = chunk.lastIndexOf(NEWLINE);
    if (first < 0) {
      this.#carry = Buffer.concat([this.#carry, chunk]);
      this.#fit &&= this.#carry.length <= MOST_BYTES;
      return [];
    }
    const found = this.#search(Buffer.concat([this.#carry, chunk.subarray(0, first + 1)]));
    this.#carry = Buffer.from(chunk.subarray(last + 1));
    return [...found, ...this.#search(chunk.subarray(first + 1, last + 1))];
  }

  end(): JsonDocument[] {
    return this.#search(this.#carry);
  }

  /** The document of the first whole line: a sample of what else there is, and of what kind the file is. */
  sample(chunk: Buffer): readonly JsonDocument[] {
    const start = chunk.indexOf(NEWLINE) + 1;
    const end = chunk.indexOf(NEWLINE, start);
    if (end < 0 || end - start > MOST_BYTES) return [];
    const line = chunk.subarray(start, end);
    const documents = documentsIn(line);
    this.#fit &&= this.#isSampled || isOfDocuments(line, documents);
    this.#isSampled = true;
    return documents;
  }

  #search(lines: Buffer): JsonDocument[] {
    const found: JsonDocument[] = [];
    const first = this.#line;
    this.#hits.load(lines);
    let at = this.#hits.next(0);
    while (at < lines.length) {
      this.#line = first + this.#hits.newlines;
      const end = endOfLine(lines, at);
      found.push(...this.#look(lines.subarray(startOfLine(lines, at), end)));
      at = this.#hits.next(end);
    }
    this.#line = first + this.#hits.newlines;
    return found;
  }

  #look(bytes: Buffer): JsonDocument[] {
    const documents = documentsIn(bytes);
    this.#fit &&= isOfDocuments(bytes, documents);
    return documents.map(({ value }) => ({ line: this.#line, value }));
  }
}

/** A line that begins otherwise, or is no document, is a part of one. */
function isOfDocuments(line: Buffer, documents: readonly JsonDocument[]): boolean {
  return (
    documents.length > 0 &&
    documents.every(({ value }) => value !== undefined) &&
    /^\s*[{[\d]/u.test(line.subarray(0, 64).toString('latin1'))
  );
}

/** Most lines are one object and nothing else, which needs no scanning. */
function documentsIn(line: Buffer): readonly JsonDocument[] {
  const value = line[0] === OPEN_OBJECT ? valueOf(line) : undefined;
  if (value !== undefined) return [{ line: 1, value }];
  const scanner = new DocumentScanner();
  return [...scanner.feed(line), ...scanner.end()];
}

function startOfLine(lines: Buffer, at: number): number {
  return at === 0 ? 0 : lines.lastIndexOf(NEWLINE, at - 1) + 1;
}

function endOfLine(lines: Buffer, from: number): number {
  const end = lines.indexOf(NEWLINE, from);
  return end < 0 ? lines.length : end;
}
