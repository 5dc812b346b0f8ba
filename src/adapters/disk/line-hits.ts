import { LINE_HITS } from './line-hits.wasm.ts';

const PAGE_BYTES = 65_536;
const [SLASH, U] = [0x2f, 0x75] as const;
/** Reading is by sixteen bytes. */
const STEP_BYTES = 16;
/** No UTF-8 has these bytes. */
const NOWHERE = Buffer.from([0xff, 0xff]);

/** What `line-hits.wat` exports. */
type Exports = {
  readonly memory: WebAssembly.Memory;
  readonly newlines: WebAssembly.Global;
  readonly length: WebAssembly.Global;
  readonly escape: WebAssembly.Global;
  readonly next: (at: number, to: number) => number;
};

/** A JSON string that is nothing but this text, or that ends in it. Letters count in either case. */
export type Wanted = { readonly text: string; readonly isWhole: boolean };

/**
 * Finds where a JSON string may be in text: spelt out, or behind an escape, since any character may be escaped in JSON.
 * In WebAssembly, which compares sixteen bytes at a time: `Buffer.indexOf` takes three times as long for a short string.
 */
export class LineHits {
  readonly #wasm: Exports;
  readonly #textAt: number;
  #textEnd = 0;

  constructor({ text, isWhole }: Wanted) {
    const module = new WebAssembly.Module(Buffer.from(LINE_HITS, 'base64'));
    this.#wasm = new WebAssembly.Instance<Exports>(module).exports;
    // Its own characters may have to be escaped: then any escape may be a part of it, and nothing else is.
    const isPlain = JSON.stringify(text) === `"${text}"`;
    const needle = isPlain ? Buffer.from(isWhole ? `"${text}` : text) : NOWHERE;
    this.#textAt = needle.length;
    this.#makeRoom(this.#textAt);
    this.#memory.set(needle);
    this.#wasm.length.value = needle.length;
    this.#wasm.escape.value = !isPlain ? 0 : text.includes('/') ? SLASH : U;
  }

  /** Takes the text to look through. */
  load(text: Uint8Array): void {
    this.#textEnd = this.#textAt + text.length;
    const beyond = this.#textEnd + STEP_BYTES + this.#textAt;
    this.#makeRoom(beyond);
    this.#memory.set(text, this.#textAt);
    this.#memory.fill(0, this.#textEnd, beyond);
    this.#wasm.newlines.value = 0;
  }

  /** Whether there is a hit in a text at all. */
  areIn(text: Uint8Array): boolean {
    this.load(text);
    return this.next(0) < text.length;
  }

  /** The next hit at or behind a place in the text; where the text ends, if there is none. Called with rising places. */
  next(from: number): number {
    return this.#wasm.next(this.#textAt + from, this.#textEnd) - this.#textAt;
  }

  /** How many newlines there are between the places that were asked for and the hits behind them. */
  get newlines(): number {
    return this.#wasm.newlines.value;
  }

  get #memory(): Uint8Array {
    return new Uint8Array(this.#wasm.memory.buffer);
  }

  #makeRoom(bytes: number): void {
    const missing = bytes - this.#wasm.memory.buffer.byteLength;
    if (missing > 0) this.#wasm.memory.grow(Math.ceil(missing / PAGE_BYTES));
  }
}
