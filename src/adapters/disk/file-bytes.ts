import type { FileHandle } from 'node:fs/promises';
import { orAbort } from '../../domain/signals.ts';
import { GZIP, unpacked } from '../unpacked.ts';
import type { Unpacked } from '../unpacked.ts';

const CHUNK_BYTES = 1024 * 1024;

/** The bytes of a file, unpacked where they are gzip. Read once; each chunk is good until the next. */
export class FileBytes implements AsyncIterable<Buffer> {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #signal: AbortSignal;
  #read = 0;
  #unpacked: Unpacked | undefined;

  /** @param size - how much of it is read, since it may grow without an end; 0: nobody knows how much there is */
  constructor(handle: FileHandle, size: number, signal: AbortSignal) {
    this.#handle = handle;
    this.#size = size === 0 ? Infinity : size;
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
    let next = this.#next(buffer());
    try {
      while (!this.#signal.aborted) {
        const { buffer: filled, bytesRead } = await orAbort(next, this.#signal);
        if (bytesRead === 0) return;
        this.#read += bytesRead;
        next = this.#next(buffer());
        yield filled.subarray(0, bytesRead);
      }
    } finally {
      next.catch(() => undefined); // nobody wants it any more
    }
  }

  #next(buffer: Buffer) {
    return this.#handle.read(buffer, 0, Math.min(CHUNK_BYTES, this.#size - this.#read), this.#read);
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
