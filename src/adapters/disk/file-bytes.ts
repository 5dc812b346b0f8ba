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
    if (!start.equals(GZIP)) return yield* this.#chunks(Buffer.allocUnsafe(CHUNK_BYTES));
    this.#unpacked = unpacked(this.#chunks());
    yield* this.#unpacked;
  }

  /** Into one buffer, over and over; without one, into a new one each time. */
  async *#chunks(reused?: Buffer): AsyncGenerator<Buffer, undefined> {
    while (!this.#signal.aborted) {
      const buffer = reused ?? Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#read);
      if (bytesRead === 0) return;
      this.#read += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}
