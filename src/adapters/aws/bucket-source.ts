import { setMaxListeners } from 'node:events';
import { GetObjectCommand, S3Client, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { DocumentScanner } from '../../domain/document-scanner.ts';
import { eventsIn } from '../../domain/enveloped.ts';
import { EvictError } from '../../domain/errors.ts';
import { isBeyond, newer } from '../../domain/history-window.ts';
import type { EventSource, Search, SourceItem } from '../../domain/source-ports.ts';
import { isSessionEvent } from '../../domain/presence-event.ts';
import { printable } from '../../domain/printable.ts';
import { Coverage, isLookedFor } from '../../domain/searching.ts';
import { orAbort } from '../../domain/signals.ts';
import { bytesOf } from './bucket-bytes.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { asEvictError, named } from './sdk-error.ts';

/** Read side by side: each object of a rule is one event, and a round trip is longer than its bytes. */
const AT_ONCE = 16;
/** More than this cannot be looked through within a response; a prefix per client can. */
const MOST_OBJECTS = 100_000;

/** Where in which bucket: `s3://BUCKET/PREFIX`. */
export type BucketPlace = { readonly bucket: string; readonly prefix: string };

export type BucketOptions = AwsOptions & {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** No more objects than that are read, the newest, where no folder is the client's own: nobody has asked for the bucket. */
  readonly newest?: number | undefined;
};

/** Presence events in a bucket: an object for each event, as an IoT rule writes them, or exports with many. */
export function bucketSource(place: BucketPlace, options: BucketOptions): EventSource {
  const name = `s3://${place.bucket}/${place.prefix}`;
  return {
    name,
    async *read(search, signal) {
      using reader = new BucketReader(place, { options, search, signal });
      yield* reader.read();
    },
  };
}

type Asked = { readonly options: BucketOptions; readonly search: Search; readonly signal: AbortSignal };
type Stored = { readonly key: string; readonly modified: number };

class BucketReader implements Disposable {
  readonly #place: BucketPlace;
  readonly #asked: Asked;
  readonly #client: S3Client;
  readonly #coverage = new Coverage();

  constructor(place: BucketPlace, asked: Asked) {
    this.#place = place;
    this.#asked = asked;
    // The names of buckets are no host names on an endpoint of one's own.
    const forcePathStyle = asked.options.endpointUrl !== undefined;
    // Each of the requests listens to it, and so does the SDK for each.
    setMaxListeners(4 * AT_ONCE, asked.signal);
    this.#client = new S3Client({ ...clientConfig(asked.options), forcePathStyle });
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  async *read(): AsyncIterable<SourceItem> {
    const { search } = this.#asked;
    const { prefix } = this.#place;
    // As in a rule's key `PREFIX/${clientId}/…`.
    const own = search.for === 'client' ? await this.#list(`${withSlash(prefix)}${search.clientId}/`) : [];
    const objects = own.length > 0 ? own : await this.#list(prefix);
    if (objects.length >= MOST_OBJECTS)
      yield this.#flaw(`only the first ${MOST_OBJECTS} objects were listed: give a narrower prefix`);
    const newestFirst = objects.toSorted((one, two) => two.modified - one.modified);
    const most = own.length > 0 ? Infinity : (this.#asked.options.newest ?? Infinity);
    if (newestFirst.length > most)
      yield this.#flaw(
        `only the newest ${most} of ${newestFirst.length} objects were read: name it with --events to have all`,
      );
    yield* this.#through(newestFirst.slice(0, most));
    const { since } = this.#coverage;
    if (since !== undefined) yield { kind: 'covers', since };
  }

  /** The newest first, until nothing older can matter: an object has only events from before it was written. */
  async *#through(objects: readonly Stored[]): AsyncIterable<SourceItem> {
    let newest = 0;
    for (let done = 0; done < objects.length; done += AT_ONCE) {
      if (this.#asked.signal.aborted) return;
      const batch = objects.slice(done, done + AT_ONCE);
      if (this.#asked.search.for === 'client' && isBeyond(batch[0]?.modified ?? 0, newest)) return;
      for (const items of await Promise.all(batch.map((object) => this.#itemsOf(object))))
        for (const item of items) {
          if (item.kind === 'event')
            newest = newer(newest, item.found.event.timestamp, this.#asked.options.now());
          yield item;
        }
      yield { kind: 'progress', done: done + batch.length, of: objects.length, unit: 'objects' };
    }
  }

  /** One object that cannot be read is said, and does not cost the others. */
  async #itemsOf({ key }: Stored): Promise<SourceItem[]> {
    const items: SourceItem[] = [];
    try {
      const scanner = new DocumentScanner();
      const bytes = bytesOf(await this.#get(key), this.#asked.signal);
      for await (const chunk of bytes)
        for (const { line, value } of scanner.feed(chunk)) items.push(...this.#told(key, { line, value }));
      for (const { line, value } of scanner.end()) items.push(...this.#told(key, { line, value }));
      if (bytes.flaw !== undefined) items.push(this.#flaw(`${key}: ${bytes.flaw}`));
    } catch (error) {
      this.#asked.signal.throwIfAborted();
      if (!(error instanceof EvictError)) throw error;
      items.push(this.#flaw(`${key}: ${error.message}`));
    }
    return items;
  }

  *#told(
    key: string,
    { line, value }: { readonly line: number; readonly value: unknown },
  ): Iterable<SourceItem> {
    let empty = true;
    for (const { event, raw } of eventsIn(value)) {
      empty = false;
      if (!isSessionEvent(event)) continue;
      this.#coverage.note(event);
      const source = `s3://${this.#place.bucket}/${key}`;
      if (isLookedFor(event, this.#asked.search))
        yield { kind: 'event', found: { event, raw, source, line } };
    }
    const why = value === undefined ? 'malformed' : 'not-a-presence-event';
    if (empty) yield { kind: 'passed-over', why, line };
  }

  async #list(prefix: string): Promise<Stored[]> {
    const found: Stored[] = [];
    const pages = paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#place.bucket, Prefix: prefix },
    );
    const iterator = pages[Symbol.asyncIterator]();
    while (found.length < MOST_OBJECTS) {
      const { done, value } = await this.#ask('ListObjectsV2', () => iterator.next());
      if (done === true) break;
      for (const { Key, LastModified } of value.Contents ?? [])
        if (Key !== undefined) found.push({ key: Key, modified: LastModified?.getTime() ?? 0 });
    }
    return found;
  }

  async #get(key: string): Promise<unknown> {
    const command = new GetObjectCommand({ Bucket: this.#place.bucket, Key: key });
    const { signal } = this.#asked;
    return (await this.#ask('GetObject', () => this.#client.send(command, { abortSignal: signal }))).Body;
  }

  #flaw(why: string): SourceItem {
    return { kind: 'flawed', source: `s3://${this.#place.bucket}/${this.#place.prefix}`, why };
  }

  async #ask<T>(call: string, act: () => Promise<T>): Promise<T> {
    const { options, signal } = this.#asked;
    try {
      return await orAbort(act(), signal);
    } catch (error) {
      const { bucket } = this.#place;
      if (named(error, 'NoSuchBucket')) throw noBucket(bucket);
      if (named(error, 'PermanentRedirect')) throw elsewhere(bucket);
      const where = `S3 at ${options.endpointUrl ?? `AWS ${options.region ?? 'in the default region'}`}`;
      throw asEvictError(error, { call, where, signal, network: options.network });
    }
  }
}

function withSlash(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function noBucket(bucket: string): EvictError {
  return new EvictError('bad-option', `there is no bucket "${printable(bucket)}"`, {
    hint: 'check --events s3://BUCKET/PREFIX and the profile',
  });
}

function elsewhere(bucket: string): EvictError {
  return new EvictError('bad-option', `the bucket "${printable(bucket)}" is in another region`, {
    hint: 'give its region with --region, where AWS IoT is in the same; otherwise fetch it: aws s3 sync, and give the directory',
  });
}
