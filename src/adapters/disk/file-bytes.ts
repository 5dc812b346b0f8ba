import type { FileHandle } from 'node:fs/promises';
import { GZIP, unpacked } from '../unpacked.ts';
import type { Unpacked } from '../unpacked.ts';

const CHUNK_BYTES = 1024 * 1024;

/** The bytes of a file, unpacked where they are gzip. Read once; each chunk is good until the next. */
export class FileBytes implements AsyncIterable<Buffer> {
  readonly #handle: FileHandle;
  readonly #signal: AbortSignal;
  #read = 0;
  #unpacked: Unpacked | undefined;

  constructor(handle: FileHandle, signal: AbortSignal) {
    this.#handle = handle;
    this.#signal = signal;
  }

  /** Bytes of the file, as it lies there, that were read so far. */
  get read(): number {
    return this.#read;
  }

  /** Why it ended before its end. */
  get flaw(): string | undefined {
    return this.#signal.aborted ? undefined : this.#unpacked?.flaw;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const start = Buffer.alloc(GZIP.length);
    await this.#handle.read(start, 0, start.length, 0);
    if (!start.equals(GZIP)) return yield* this.#chunks(inTurn());
    this.#unpacked = unpacked(this.#chunks(() => Buffer.allocUnsafe(CHUNK_BYTES)));
    yield* this.#unpacked;
  }

  /** While a chunk is looked at, the next one is read. */
  async *#chunks(buffer: () => Buffer): AsyncGenerator<Buffer, undefined> {
    let next = this.#handle.read(buffer(), 0, CHUNK_BYTES, 0);
    try {
      while (!this.#signal.aborted) {
        const { buffer: filled, bytesRead } = await next;
        if (bytesRead === 0) return;
        this.#read += bytesRead;
        next = this.#handle.read(buffer(), 0, CHUNK_BYTES, this.#read);
        yield filled.subarray(0, bytesRead);
      }
    } finally {
      await next.catch(() => undefined); // nobody wants it any more, and its buffer must not be written to later
    }
  }
}

/** Two buffers in turn: one is looked at while the other is filled. */
function inTurn(): () => Buffer {
  let [one, other] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
  return () => {
    [one, other] = [other, one];
    return one;
  };
}
