import { GZIP, unpacked } from '../unpacked.ts';
import type { Unpacked } from '../unpacked.ts';

/** The bytes of an object, unpacked where they are gzip. */
export function unpackedIfPacked(bytes: AsyncGenerator<Buffer, undefined>): Unpacked {
  let packed: Unpacked | undefined;
  async function* chunks(): AsyncGenerator<Buffer> {
    const start = await startOf(bytes);
    const all = startingWith(start, bytes);
    if (!start.subarray(0, GZIP.length).equals(GZIP)) return yield* all;
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

/** Enough to tell what it is: a chunk may be a single byte. */
async function startOf(bytes: AsyncGenerator<Buffer, undefined>): Promise<Buffer> {
  let start = Buffer.alloc(0);
  while (start.length < GZIP.length) {
    const next = await bytes.next();
    if (next.done === true) break;
    start = Buffer.concat([start, next.value]);
  }
  return start;
}

async function* startingWith(start: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  yield start;
  yield* rest;
}
