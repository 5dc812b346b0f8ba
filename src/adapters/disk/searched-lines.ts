import { DocumentScanner } from '../../domain/document-scanner.ts';
import type { JsonDocument } from '../../domain/document-scanner.ts';

const [NEWLINE, BACKSLASH] = [0x0a, 0x5c] as const;
/** No event has a line as long as this. */
const MOST_BYTES = 1024 * 1024;

/** What an event that is looked for has somewhere in its line, unless its line has a backslash. */
export function needleFor(text: string): Buffer | undefined {
  return JSON.stringify(text) === `"${text}"` ? Buffer.from(text) : undefined;
}

/**
 * Looks at those lines only that can hold what is searched: with the text in them or, since any character may be escaped in
 * JSON, with a backslash. As fast as `grep`, for files in which each line is a document of its own.
 */
export class SearchedLines {
  readonly #needle: Buffer | undefined;
  #carry = Buffer.alloc(0);
  #line = 1;
  #fit = true;

  constructor(needle: Buffer | undefined) {
    this.#needle = needle;
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

  /** The document of the first whole line: a sample of what else there is. */
  static sample(chunk: Buffer): readonly JsonDocument[] {
    const start = chunk.indexOf(NEWLINE) + 1;
    const end = chunk.indexOf(NEWLINE, start);
    return end < 0 || end - start > MOST_BYTES ? [] : documentsIn(chunk.subarray(start, end));
  }

  #search(lines: Buffer): JsonDocument[] {
    const found: JsonDocument[] = [];
    let counted = 0;
    let [hit, escape] = [this.#nextHit(lines, 0), lines.indexOf(BACKSLASH)];
    while (hit >= 0 || escape >= 0) {
      const at = hit >= 0 && (escape < 0 || hit < escape) ? hit : escape;
      const start = at === 0 ? 0 : lines.lastIndexOf(NEWLINE, at - 1) + 1;
      const end = endOfLine(lines, at);
      this.#line += newlinesIn(lines, counted, start);
      counted = start;
      found.push(...this.#look(lines.subarray(start, end)));
      if (hit >= 0 && hit < end) hit = this.#nextHit(lines, end);
      if (escape >= 0 && escape < end) escape = lines.indexOf(BACKSLASH, end);
    }
    this.#line += newlinesIn(lines, counted, lines.length);
    return found;
  }

  #nextHit(lines: Buffer, from: number): number {
    return this.#needle === undefined ? -1 : lines.indexOf(this.#needle, from);
  }

  /** A line that begins otherwise, or is no document, is a part of one. */
  #look(bytes: Buffer): JsonDocument[] {
    const documents = documentsIn(bytes);
    this.#fit &&=
      documents.length > 0 &&
      documents.every(({ value }) => value !== undefined) &&
      /^\s*[{[\d]/u.test(bytes.subarray(0, 64).toString('latin1'));
    return documents.map(({ value }) => ({ line: this.#line, value }));
  }
}

function documentsIn(line: Buffer): readonly JsonDocument[] {
  const scanner = new DocumentScanner();
  return [...scanner.feed(line), ...scanner.end()];
}

function endOfLine(lines: Buffer, from: number): number {
  const end = lines.indexOf(NEWLINE, from);
  return end < 0 ? lines.length : end;
}

function newlinesIn(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, from); at >= 0 && at < to; at = bytes.indexOf(NEWLINE, at + 1))
    count += 1;
  return count;
}
