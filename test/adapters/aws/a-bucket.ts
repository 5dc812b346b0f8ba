import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';

type Stored = { readonly body: Buffer; readonly modified: Date };

export type Bucket = AsyncDisposable & {
  readonly url: string;
  readonly name: string;
  put(key: string, body: string | Buffer, modified: Date): void;
  /** Answers each request for the object with this status from now on. */
  refuse(key: string, status: number): void;
  /** Answers each request for the object so from now on. */
  answer(key: string, reply: (response: ServerResponse) => void): void;
  /** The keys and prefixes that were asked for. */
  readonly asked: string[];
};

/** As much of S3 on loopback as a reader needs: pages of a listing, and objects. (Amazon S3 API reference) */
export async function aBucket(name = 'history', pageSize = 3): Promise<Bucket> {
  const objects = new Map<string, Stored>();
  const replies = new Map<string, (response: ServerResponse) => void>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, bucket, ...rest] = url.pathname.split('/');
    const key = rest.map((part) => decodeURIComponent(part)).join('/');
    if (bucket !== name) return fail(response, 404, 'NoSuchBucket');
    if (url.searchParams.get('list-type') === '2') {
      const prefix = url.searchParams.get('prefix') ?? '';
      asked.push(`list ${prefix}`);
      return list(response, {
        objects,
        prefix,
        from: url.searchParams.get('continuation-token') ?? '',
        pageSize,
      });
    }
    asked.push(`get ${key}`);
    const reply = replies.get(key);
    if (reply !== undefined) return reply(response);
    const stored = objects.get(key);
    return stored === undefined ? fail(response, 404, 'NoSuchKey') : void response.end(stored.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    name,
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    asked,
    put: (key, body, modified) => void objects.set(key, { body: Buffer.from(body), modified }),
    answer: (key, reply) => void replies.set(key, reply),
    refuse: (key, status) =>
      void replies.set(key, (response) =>
        fail(response, status, status === 403 ? 'AccessDenied' : 'InternalError'),
      ),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Asked = {
  readonly objects: ReadonlyMap<string, Stored>;
  readonly prefix: string;
  readonly from: string;
  readonly pageSize: number;
};

function list(response: ServerResponse, { objects, prefix, from, pageSize }: Asked): void {
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > from).toSorted();
  const page = keys.slice(0, pageSize);
  const contents = page.map(
    (key) =>
      `<Contents><Key>${escaped(key)}</Key><LastModified>${objects.get(key)?.modified.toISOString()}</LastModified><Size>${objects.get(key)?.body.length}</Size></Contents>`,
  );
  const more = keys.length > page.length;
  const token = more ? `<NextContinuationToken>${escaped(page.at(-1) ?? '')}</NextContinuationToken>` : '';
  response
    .setHeader('content-type', 'application/xml')
    .end(
      `<ListBucketResult><IsTruncated>${more}</IsTruncated>${token}${contents.join('')}</ListBucketResult>`,
    );
}

function fail(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
