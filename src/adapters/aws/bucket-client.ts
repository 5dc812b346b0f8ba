import { addAbortSignal, Readable } from 'node:stream';
import { GetObjectCommand, S3Client, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { answered, objectPage } from '../../domain/cloud-answers.ts';
import { EvictError } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { orAbort } from '../../domain/signals.ts';
import { awsPlace } from './aws-place.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { asEvictError, named } from './sdk-error.ts';

/** An object as a listing tells of it. */
export type StoredObject = {
  readonly key: string;
  /** Epoch milliseconds. What has no time is read first, and is never too old. */
  readonly modified: number;
  readonly bytes: number;
};

/** What is asked of S3 about one bucket. Throws `EvictError`s. */
export class BucketClient implements Disposable {
  readonly #bucket: string;
  readonly #options: AwsOptions;
  readonly #signal: AbortSignal;
  readonly #client: S3Client;

  constructor(bucket: string, options: AwsOptions, signal: AbortSignal) {
    this.#bucket = bucket;
    this.#options = options;
    this.#signal = signal;
    // The names of buckets are no host names on an endpoint of one's own.
    const forcePathStyle = options.endpointUrl !== undefined;
    this.#client = new S3Client({ ...clientConfig(options), forcePathStyle });
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  /** The objects whose keys begin so, as many at most. */
  async list(prefix: string, most: number): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix: prefix });
    const iterator = pages[Symbol.asyncIterator]();
    while (found.length < most) {
      const page = await this.#ask('ListObjectsV2', async () => {
        const { done, value } = await iterator.next();
        return answered(objectPage, done === true ? undefined : value, this.#call('ListObjectsV2'));
      });
      if (page === undefined) break;
      for (const { Key, LastModified, Size = 0 } of page.Contents ?? [])
        if (Key !== undefined)
          found.push({ key: Key, modified: LastModified?.getTime() ?? Infinity, bytes: Size });
    }
    return found.slice(0, most);
  }

  /** The bytes of an object, as they come. They end with the signal. */
  async get(key: string): Promise<Readable> {
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
    return this.#ask('GetObject', async () => {
      const { Body } = await this.#client.send(command, { abortSignal: this.#signal });
      if (Body instanceof Readable) return addAbortSignal(this.#signal, Body);
      throw new EvictError('service-failed', 'GetObject: it has no bytes that can be read', {
        hint: 'fetch it: aws s3 cp, and give the file',
      });
    });
  }

  async #ask<T>(call: string, act: () => Promise<T>): Promise<T> {
    try {
      return await orAbort(act(), this.#signal);
    } catch (error) {
      if (named(error, 'NoSuchBucket')) throw noBucket(this.#bucket);
      if (named(error, 'PermanentRedirect')) throw elsewhere(this.#bucket);
      throw asEvictError(error, {
        ...this.#call(call),
        signal: this.#signal,
        network: this.#options.network,
      });
    }
  }

  #call(call: string) {
    const { region, endpointUrl } = this.#options;
    return { call, where: `S3 at ${awsPlace({ endpointUrl, region }, 'S3')}` };
  }
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
