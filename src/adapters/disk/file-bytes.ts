import type { FileHandle } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../../domain/errors.ts';

const CHUNK_BYTES = 1024 * 1024;

/** What unpacks to so much more than it has, and to so much, was made to do so: no log is that monotonous. */
const BOMB = { ratio: 500, bytes: 64 * 1024 * 1024 };

/** The first two bytes of a gzip member. (RFC 1952, section 2.3.1) */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** The bytes of a file, unpacked where they are gzip. Read once; each chunk is good until the next. */
export class FileBytes implements AsyncIterable<Buffer> {
  readonly #handle: FileHandle;
  readonly #signal: AbortSignal;
  #read = 0;
  #flaw: string | undefined;

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
    return this.#flaw;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    yield* (await isGzip(this.#handle)) ? this.#unpacked() : this.#plain(Buffer.allocUnsafe(CHUNK_BYTES));
  }

  /** Into one buffer, over and over; without one, into a new one each time. */
  async *#plain(reused?: Buffer): AsyncGenerator<Buffer> {
    while (!this.#signal.aborted) {
      const buffer = reused ?? Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#read);
      if (bytesRead === 0) return;
      this.#read += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** Several members one after the other are one stream, as in exports. What came before a fault counts. */
  async *#unpacked(): AsyncGenerator<Buffer> {
    const gunzip = createGunzip();
    // Its error comes out of the loop below, too; the callback only keeps it from being unheard.
    pipeline(Readable.from(this.#plain()), gunzip, () => undefined);
    let unpacked = 0;
    try {
      for await (const chunk of gunzip) {
        if (!Buffer.isBuffer(chunk)) continue;
        unpacked += chunk.length;
        yield chunk;
        if (unpacked > BOMB.bytes && unpacked > BOMB.ratio * this.#read) {
          this.#flaw = `it unpacks to more than ${BOMB.ratio} times its size, and was left there`;
          return;
        }
      }
    } catch (error) {
      if (!this.#signal.aborted) this.#flaw = `its gzip data is damaged or cut off: ${messageOf(error)}`;
    }
  }
}

async function isGzip(handle: FileHandle): Promise<boolean> {
  const start = Buffer.alloc(GZIP.length);
  await handle.read(start, 0, start.length, 0);
  return start.equals(GZIP);
}
