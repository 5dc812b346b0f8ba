/** Nothing that AWS wraps events in is nested so deeply. */
const MOST_DEPTH = 100;

const [TAB, NEWLINE, RETURN, SPACE, QUOTE, COLON, BACKSLASH] = [
  0x09, 0x0a, 0x0d, 0x20, 0x22, 0x3a, 0x5c,
] as const;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d] as const;

/** What there is in JSON outside of strings, besides brackets and blanks: anything else is text that only begins like JSON. */
const PLAIN: ReadonlySet<number> = new Set(new TextEncoder().encode(':,+-.0123456789Eaeflnrstu'));

/** Follows one JSON document from its first byte to its last, however it is cut into chunks. */
export class OpenDocument {
  /** Those that wait to be closed. */
  #brackets: number[] = [];
  #inString = false;
  #escaped = false;
  /** The last byte that means something: an object cannot begin just anywhere. */
  #last = 0;
  #newlines = 0;

  get isOpen(): boolean {
    return this.#brackets.length > 0 || this.#inString;
  }

  /** How many line ends there were in it so far. */
  get newlines(): number {
    return this.#newlines;
  }

  /** @param byte - the document's first: a bracket or a quote */
  begin(byte: number): void {
    this.#last = byte;
    if (byte === QUOTE) this.#inString = true;
    else this.#brackets.push(byte);
  }

  close(): void {
    this.#brackets = [];
    this.#inString = false;
    this.#escaped = false;
    this.#newlines = 0;
  }

  /** Goes on by one byte, or to the end of a run without meaning. Negative, less one: it is broken there. */
  follow(chunk: Uint8Array, at: number): number {
    return this.#inString ? this.#withinString(chunk, at) : this.#within(chunk, at);
  }

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
        this.#newlines += 1;
        return at + 1;
      case SPACE:
      case TAB:
      case RETURN:
        return at + 1;
      default:
        if (!PLAIN.has(byte)) return -at - 1;
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
      if (byte === NEWLINE) return -at - 1; // no JSON string has one
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        this.#last = QUOTE;
        return at + 1;
      }
    }
    return chunk.length;
  }
}
