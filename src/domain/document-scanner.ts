/** A JSON document with the number of the line where it begins; without a value where the text is no JSON. */
export type JsonDocument = { readonly line: number; readonly value: unknown };

/** A document of more bytes than this is a wrapper around many: what is in it is taken for the documents. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Nothing that AWS wraps events in is nested so deeply. */
const MOST_DEPTH = 100;

const [TAB, NEWLINE, RETURN, SEPARATOR, SPACE] = [0x09, 0x0a, 0x0d, 0x1e, 0x20] as const;
const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c] as const;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d] as const;
const BETWEEN: ReadonlySet<number> = new Set([TAB, RETURN, SEPARATOR, SPACE, COMMA, 0xef, 0xbb, 0xbf]);

/**
 * Finds the JSON documents in a stream of bytes, whatever is around them: one, members of an array, lines, pretty-printed
 * ones, ones without anything between them, or behind a timestamp on each line. Bounded in memory. What is broken is told
 * line by line, and costs no document that stands on a line of its own.
 */
export class DocumentScanner {
  #found: JsonDocument[] = [];
  #line = 1;
  /** The document that is open: its bytes of earlier chunks, where it begins, and the brackets that wait to be closed. */
  #earlier: Uint8Array[] = [];
  #earlierBytes = 0;
  #firstLine = 1;
  #brackets: number[] = [];
  #inString = false;
  #escaped = false;
  /** The last byte that means something: an object cannot begin just anywhere. */
  #last = 0;
  /** Outside of documents: within the brackets of an array of them; and what the line holds besides. */
  #inArray = false;
  #lineHasText = false;
  #lineHasDocument = false;
  readonly #matters: (document: Uint8Array) => boolean;

  /** @param matters - whether a document is read at all, told by its bytes: most of a large file are not */
  constructor(matters: (document: Uint8Array) => boolean = () => true) {
    this.#matters = matters;
  }

  /** The documents that are complete with these bytes. */
  feed(chunk: Uint8Array): readonly JsonDocument[] {
    this.#scan(chunk);
    return this.#taken();
  }

  /** The rest, when there is no more to come. */
  end(): readonly JsonDocument[] {
    if (this.#isOpen) this.#breakOff(new Uint8Array(0));
    this.#endLine();
    return this.#taken();
  }

  get #isOpen(): boolean {
    return this.#brackets.length > 0 || this.#inString;
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
      if (!this.#isOpen) {
        at = this.#between(chunk, at);
        start = at - 1;
        continue;
      }
      at = this.#inString ? this.#withinString(chunk, at) : this.#within(chunk, at);
      if (at < 0) {
        at = -at - 1;
        this.#breakOff(chunk.subarray(start, at));
      } else if (!this.#isOpen) this.#complete(chunk.subarray(start, at));
    }
    if (this.#isOpen) this.#keep(chunk.subarray(start));
  }

  /** Goes on to the byte after the one that opens a document, or to the chunk's end. */
  #between(chunk: Uint8Array, from: number): number {
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte === OPEN_OBJECT || (this.#inArray && (byte === OPEN_ARRAY || byte === QUOTE))) {
        this.#open(byte);
        return at + 1;
      }
      if (byte === NEWLINE) this.#endLine();
      else if (byte === OPEN_ARRAY) this.#inArray = true;
      else if (byte === CLOSE_ARRAY) this.#inArray = false;
      else if (!BETWEEN.has(byte)) this.#lineHasText = true;
    }
    return at;
  }

  #open(byte: number): void {
    this.#firstLine = this.#line;
    this.#lineHasDocument = true;
    this.#last = byte;
    if (byte === QUOTE) this.#inString = true;
    else this.#brackets.push(byte);
  }

  /** Goes on by one byte, or to the end of a run without meaning. Negative, less one: it is broken there. */
  #within(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0;
    switch (byte) {
      case QUOTE:
        this.#inString = true;
        break;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (this.#mayNotBegin() || this.#brackets.length >= MOST_DEPTH) return -at - 1;
        this.#brackets.push(byte);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        if (this.#brackets.pop() !== byte - 2) return -at - 2;
        break;
      case NEWLINE:
        this.#line += 1;
        return at + 1;
      case SPACE:
      case TAB:
      case RETURN:
        return at + 1;
    }
    this.#last = byte;
    return at + 1;
  }

  /** In an object, a value stands behind a colon. */
  #mayNotBegin(): boolean {
    return this.#brackets.at(-1) === OPEN_OBJECT && this.#last !== COLON;
  }

  #withinString(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        this.#last = QUOTE;
        return at + 1;
      } else if (byte === NEWLINE) return -at - 1; // no JSON string has one
    }
    return chunk.length;
  }

  #complete(last: Uint8Array): void {
    const bytes = this.#all(last);
    if (this.#matters(bytes)) this.#read(bytes);
    this.#reset();
  }

  #read(bytes: Uint8Array): void {
    const value = parsed(decoded(bytes));
    if (value === undefined) this.#retryLines(bytes);
    else this.#found.push({ line: this.#firstLine, value });
  }

  /** What is unfinished may hold whole documents on lines of their own, behind the broken one. */
  #breakOff(last: Uint8Array): void {
    this.#retryLines(this.#all(last));
    this.#reset();
  }

  #retryLines(bytes: Uint8Array): void {
    let line = this.#firstLine;
    for (let start = 0; start < bytes.length; line += 1) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? bytes.length : newline;
      const text = decoded(bytes.subarray(start, end))?.trim();
      if (text !== '') this.#found.push({ line, value: structureIn(text) });
      start = end + 1;
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#earlier.push(new Uint8Array(bytes)); // the reader fills its buffer anew, and a slice of a Buffer is no copy
    this.#earlierBytes += bytes.length;
    if (this.#earlierBytes > MOST_BYTES) this.#descend();
  }

  /** Takes the outermost bracket for a wrapper, and what is in it for the documents. */
  #descend(): void {
    const bytes = this.#all(new Uint8Array(0)).subarray(1);
    this.#line = this.#firstLine;
    this.#reset();
    this.#lineHasDocument = true; // the wrapper's key is no broken line
    this.#scan(bytes);
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
    this.#earlier = [];
    this.#earlierBytes = 0;
    this.#brackets = [];
    this.#inString = false;
    this.#escaped = false;
  }

  #endLine(): void {
    if (this.#lineHasText && !this.#lineHasDocument) this.#found.push({ line: this.#line, value: undefined });
    this.#line += 1;
    this.#lineHasText = false;
    this.#lineHasDocument = false;
  }
}

/** An object or an array: within a broken document, a line may well be a lone string or number. */
function structureIn(text: string | undefined): unknown {
  return text !== undefined && /^[{[]/u.test(text) ? parsed(text.replace(/,$/u, '')) : undefined;
}

/** `undefined`: no UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** `undefined`: no JSON. (JSON has no undefined of its own.) */
function parsed(text: string | undefined): unknown {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
