import { EvictError, messageOf } from '../../domain/errors.ts';
import type { BucketClient, StoredObject } from './bucket-client.ts';
import { unpackedIfPacked } from './bucket-bytes.ts';

/** What is larger is fetched when it is its turn, and so only one at a time is. */
const MOST_AHEAD_BYTES = 1024 * 1024;

/** One object. What is the matter with it is told, and never thrown: it does not cost the others. */
export class BucketObject {
  readonly stored: StoredObject;
  readonly #client: BucketClient;
  /** Undefined where it is too large. */
  readonly #ahead: Promise<readonly Buffer[] | undefined>;
  #failure: EvictError | undefined;
  #flaw: string | undefined;

  /** Begins to fetch it, for a round trip is longer than most objects are large. */
  constructor(client: BucketClient, stored: StoredObject) {
    this.#client = client;
    this.stored = stored;
    this.#ahead = stored.bytes > MOST_AHEAD_BYTES ? Promise.resolve(undefined) : this.#fetchAhead();
  }

  /** Why S3 did not give it. */
  get failure(): EvictError | undefined {
    return this.#failure;
  }

  /** Why it ended before its end, or could not be had at all. */
  get flaw(): string | undefined {
    return this.#failure?.message ?? this.#flaw;
  }

  /** Its bytes, unpacked where they are gzip; what came before a fault counts. */
  async *bytes(): AsyncGenerator<Buffer> {
    const unpacked = unpackedIfPacked(this.#packed());
    yield* unpacked;
    this.#flaw ??= unpacked.flaw;
  }

  async *#packed(): AsyncGenerator<Buffer, undefined> {
    const ahead = await this.#ahead;
    if (ahead === undefined) yield* this.#streamed();
    else yield* ahead;
  }

  /** It may be larger than the listing said. */
  async #fetchAhead(): Promise<readonly Buffer[] | undefined> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.#streamed()) {
      bytes += chunk.length;
      if (bytes > MOST_AHEAD_BYTES) return undefined;
      chunks.push(chunk);
    }
    return chunks;
  }

  async *#streamed(): AsyncGenerator<Buffer, undefined> {
    try {
      for await (const chunk of await this.#client.get(this.stored.key))
        if (Buffer.isBuffer(chunk)) yield chunk;
    } catch (error) {
      if (error instanceof EvictError) this.#failure = error;
      else this.#flaw = `it was cut off: ${messageOf(error)}`;
    }
  }
}
