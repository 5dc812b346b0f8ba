import { setMaxListeners } from 'node:events';
import { keysOf, keysOfAll, likelyKeysOf } from '../../domain/bucket-keys.ts';
import { isBeyond, newer } from '../../domain/history-window.ts';
import { following } from '../../domain/signals.ts';
import type { Follower } from '../../domain/signals.ts';
import type { EventSource, Search, SourceItem } from '../../domain/source-ports.ts';
import { BucketClient } from './bucket-client.ts';
import type { StoredObject } from './bucket-client.ts';
import { BucketObject } from './bucket-object.ts';
import { ObjectTelling } from './object-telling.ts';
import type { AwsOptions } from './credentials.ts';

/** Fetched side by side: each object of a rule is one event, and a round trip is longer than its bytes. */
const AT_ONCE = 16;
/** More than this cannot be looked through within a response. */
const MOST_OBJECTS = 100_000;

/** Where in which bucket: `s3://BUCKET/PREFIX`. The prefix may have `${clientId}` in it, as a rule's key has. */
export type BucketPlace = { readonly bucket: string; readonly prefix: string };

export type BucketOptions = AwsOptions & {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Of objects that may be anybody's, no more than that are read, the newest: nobody has asked for the bucket. */
  readonly newest?: number | undefined;
};

/** Presence events in a bucket: an object for each event, as an IoT rule writes them, or exports with many. */
export function bucketSource(place: BucketPlace, options: BucketOptions): EventSource {
  return {
    name: `s3://${place.bucket}/${place.prefix}`,
    async *read(search, signal) {
      using stop = following(signal);
      using reader = new BucketReader(place, { options, search, stop });
      yield* reader.read();
    },
  };
}

type Asked = { readonly options: BucketOptions; readonly search: Search; readonly stop: Follower };

class BucketReader implements Disposable {
  readonly #place: BucketPlace;
  readonly #asked: Asked;
  readonly #client: BucketClient;
  readonly #telling: ObjectTelling;
  /** The time of the client's newest event so far. */
  #newest = 0;

  constructor(place: BucketPlace, asked: Asked) {
    this.#place = place;
    this.#asked = asked;
    const { signal } = asked.stop;
    setMaxListeners(4 * AT_ONCE, signal); // each of the requests listens to it, and so does the SDK for each
    this.#client = new BucketClient(place.bucket, asked.options, signal);
    this.#telling = new ObjectTelling(place, asked.search, signal);
  }

  [Symbol.dispose](): void {
    this.#asked.stop.stop(new Error('nobody reads on')); // what was fetched ahead is not wanted any more
    this.#client[Symbol.dispose]();
  }

  async *read(): AsyncIterable<SourceItem> {
    const { search } = this.#asked;
    const keys = search.for === 'client' ? keysOf(this.#place.prefix, search.clientId) : undefined;
    const own = keys === undefined ? [] : yield* this.#newestFirst(keys);
    if (own.length > 0) yield* this.#through(own);
    else yield* this.#all(); // a rule may have had another key before
    yield* this.#telling.end();
  }

  /** A folder that is named like the client is only looked in first: what is in it may be old, or another's. */
  async *#all(): AsyncIterable<SourceItem> {
    const { search, options } = this.#asked;
    const prefix = keysOfAll(this.#place.prefix);
    const likely =
      search.for === 'client' ? yield* this.#newestFirst(likelyKeysOf(prefix, search.clientId)) : [];
    yield* this.#through(likely);
    const done = new Set(likely.map(({ key }) => key));
    const rest = (yield* this.#newestFirst(prefix)).filter(({ key }) => !done.has(key));
    const most = options.newest ?? Infinity;
    if (rest.length > most)
      yield this.#telling.flaw(
        `only the newest ${most} of ${rest.length} objects were read: name it with --events to have all`,
      );
    yield* this.#through(rest.slice(0, most));
  }

  async *#newestFirst(prefix: string): AsyncGenerator<SourceItem, StoredObject[]> {
    const objects = await this.#client.list(prefix, MOST_OBJECTS);
    if (objects.length >= MOST_OBJECTS)
      yield this.#telling.flaw(
        `only the first ${MOST_OBJECTS} objects were listed: give a narrower prefix, or a key with \${clientId} in it`,
      );
    return objects.toSorted((one, two) => two.modified - one.modified);
  }

  /** The newest first, until nothing older can matter: an object has only events from before it was written. */
  async *#through(objects: readonly StoredObject[]): AsyncIterable<SourceItem> {
    let done = 0;
    for (const object of this.#fetched(objects)) {
      const { modified } = object.stored;
      if (this.#asked.search.for === 'client' && isBeyond(modified, this.#newest)) return;
      for await (const item of this.#telling.itemsOf(object)) {
        if (item.kind === 'event')
          this.#newest = newer(this.#newest, item.found.event.timestamp, this.#asked.options.now());
        yield item;
      }
      if (this.#asked.stop.signal.aborted) return;
      done += 1;
      if (done % AT_ONCE === 0 || done === objects.length)
        yield { kind: 'progress', done, of: objects.length, unit: 'objects' };
    }
  }

  /** One after the other; the next ones are being fetched meanwhile. */
  *#fetched(objects: readonly StoredObject[]): Iterable<BucketObject> {
    const ahead: BucketObject[] = [];
    for (const stored of objects) {
      ahead.push(new BucketObject(this.#client, stored));
      const next = ahead.length < AT_ONCE ? undefined : ahead.shift();
      if (next !== undefined) yield next;
    }
    yield* ahead;
  }
}
