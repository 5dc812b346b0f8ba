import { BeforeDocument } from './before-document.ts';
import { documentsOnLines, valueOf } from './json-document.ts';
import type { JsonDocument } from './json-document.ts';
import { OpenDocument } from './open-document.ts';

/** A document of more bytes than this is a wrapper around many: what is in it is taken for the documents. */
const MOST_BYTES = 2 * 1024 * 1024;

const [TAB, NEWLINE, RETURN, SEPARATOR, SPACE] = [0x09, 0x0a, 0x0d, 0x1e, 0x20] as const;
const [QUOTE, COMMA, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT] = [0x22, 0x2c, 0x5b, 0x5d, 0x7b] as const;
const BETWEEN: ReadonlySet<number> = new Set([TAB, RETURN, SEPARATOR, SPACE, COMMA, 0xef, 0xbb, 0xbf]);

/**
 * Finds the JSON documents in a stream of bytes, whatever is around them: one, members of an array, lines, pretty-printed
 * ones, ones without anything between them, or behind a timestamp on each line. Behind any other text on its line, nothing is
 * taken for one: in a log of text, that may be a topic, or whatever else a device calls itself. Bounded in memory. What is
 * broken is told line by line, and costs no document that stands on a line of its own.
 */
export class DocumentScanner {
  #found: JsonDocument[] = [];
  #line = 1;
  /** The document that is open: its bytes of earlier chunks, where it begins, and the brackets that wait to be closed. */
  #earlier: Uint8Array[] = [];
  #earlierBytes = 0;
  #firstLine = 1;
  readonly #open = new OpenDocument();
  /** Outside of documents: within the brackets of an array of them; and what the line holds besides. */
  #inArray = false;
  #lineHasText = false;
  #lineHasDocument = false;
  #isCutOff = false;
  readonly #before = new BeforeDocument();
  /** In a wrapper, whose names and brackets stand before the documents. Its strings are none, and what is in them is escaped. */
  #inWrapper = false;
  readonly #matters: (document: Uint8Array) => boolean;

  /** @param matters - whether a document is read at all, told by its bytes: most of a large file are not */
  constructor(matters: (document: Uint8Array) => boolean = () => true) {
    this.#matters = matters;
  }

  /** The documents that are complete with these bytes. */
  feed(chunk: Uint8Array): readonly JsonDocument[] {
    this.#scan(chunk);
    while (this.#earlierBytes > MOST_BYTES) this.#scan(this.#inside());
    return this.#taken();
  }

  /** The rest, when there is no more to come: of a document that was cut off, what is whole in it. */
  end(): readonly JsonDocument[] {
    this.#isCutOff = this.#open.isOpen;
    while (this.#open.isOpen) this.#scan(this.#inside());
    this.#endLine();
    return this.#taken();
  }

  /** Whether the end was in the middle of a document. */
  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  #taken(): readonly JsonDocument[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  #scan(chunk: Uint8Array): void {
    let at = 0;
    let start = 0; // of the open document within this chunk
    while (at < chunk.length) {
      if (!this.#open.isOpen) {
        at = this.#between(chunk, at);
        start = at - 1;
        continue;
      }
      const end = this.#open.follow(chunk, at);
      at = end < 0 ? -end - 1 : end;
      if (end < 0) this.#breakOff(chunk.subarray(start, at));
      else if (!this.#open.isOpen) this.#complete(chunk.subarray(start, at));
    }
    if (this.#open.isOpen) this.#keep(chunk.subarray(start));
  }

  /** Goes on to the byte after the one that opens a document, or to the chunk's end. */
  #between(chunk: Uint8Array, from: number): number {
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte === NEWLINE) this.#endLine();
      else if (byte === CLOSE_ARRAY) this.#inArray = false;
      else if (!this.#opens(byte)) this.#pass(byte);
      else if (byte === OPEN_ARRAY && !this.#inArray) this.#inArray = true;
      else {
        this.#begin(byte);
        return at + 1;
      }
    }
    return at;
  }

  #opens(byte: number): boolean {
    if (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY && !(byte === QUOTE && this.#inArray)) return false;
    if (this.#inWrapper) return byte !== QUOTE;
    return this.#before.allows({ inArray: this.#inArray, behindAnother: this.#lineHasDocument });
  }

  #pass(byte: number): void {
    this.#before.add(byte);
    if (!BETWEEN.has(byte)) this.#lineHasText = true;
  }

  #begin(byte: number): void {
    this.#firstLine = this.#line;
    this.#lineHasDocument = true;
    this.#open.begin(byte);
  }

  #complete(last: Uint8Array): void {
    const bytes = this.#all(last);
    if (this.#matters(bytes)) this.#read(bytes);
    this.#before.clear();
    this.#reset();
  }

  #read(bytes: Uint8Array): void {
    const value = valueOf(bytes);
    if (value === undefined) this.#found.push(...documentsOnLines(bytes, this.#firstLine));
    else this.#found.push({ line: this.#firstLine, value });
  }

  /** What is unfinished may hold whole documents on lines of their own, behind the broken one. */
  #breakOff(last: Uint8Array): void {
    const bytes = this.#all(last);
    this.#found.push(...documentsOnLines(bytes, this.#firstLine));
    this.#before.clear();
    for (const byte of bytes.subarray(bytes.lastIndexOf(NEWLINE) + 1)) this.#before.add(byte);
    this.#reset();
  }

  #keep(bytes: Uint8Array): void {
    this.#earlier.push(new Uint8Array(bytes)); // the reader fills its buffer anew, and a slice of a Buffer is no copy
    this.#earlierBytes += bytes.length;
  }

  /** Takes the outermost bracket for a wrapper, and what is in it for the documents. */
  #inside(): Uint8Array {
    const bytes = this.#all(new Uint8Array(0)).subarray(1);
    this.#reset();
    this.#line = this.#firstLine;
    this.#lineHasDocument = true; // the wrapper's key is no broken line
    this.#inWrapper = true;
    return bytes;
  }

  #all(last: Uint8Array): Uint8Array {
    if (this.#earlier.length === 0) return last;
    const all = new Uint8Array(this.#earlierBytes + last.length);
    let at = 0;
    for (const part of [...this.#earlier, last]) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #reset(): void {
    this.#line = this.#firstLine + this.#open.newlines;
    this.#earlier = [];
    this.#earlierBytes = 0;
    this.#open.close();
  }

  #endLine(): void {
    if (this.#lineHasText && !this.#lineHasDocument) this.#found.push({ line: this.#line, value: undefined });
    this.#line += 1;
    this.#lineHasText = false;
    this.#lineHasDocument = false;
    this.#before.clear();
  }
}
