import { GZIP, unpacked } from '../unpacked.ts';
import type { Unpacked } from '../unpacked.ts';

/** The bytes of an object, unpacked where they are gzip. `body` is what the SDK gave: a stream of Node. */
export function bytesOf(body: unknown, signal: AbortSignal): Unpacked {
  let packed: Unpacked | undefined;
  async function* chunks(): AsyncGenerator<Buffer> {
    const stream = buffersOf(body, signal);
    const first = await stream.next();
    if (first.done === true) return;
    const all = startingWith(first.value, stream);
    if (!first.value.subarray(0, GZIP.length).equals(GZIP)) return yield* all;
    packed = unpacked(all);
    yield* packed;
  }
  return {
    [Symbol.asyncIterator]: chunks,
    get flaw() {
      return packed?.flaw;
    },
  };
}

async function* buffersOf(body: unknown, signal: AbortSignal): AsyncGenerator<Buffer, undefined> {
  if (!isStream(body)) return;
  for await (const chunk of body) {
    if (signal.aborted) return;
    if (chunk instanceof Uint8Array) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}

async function* startingWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  yield first;
  yield* rest;
}

function isStream(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
