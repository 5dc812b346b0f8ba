import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../domain/errors.ts';

/** What unpacks to so much more than it has, and to so much, was made to do so: no log is that monotonous. */
const BOMB = { ratio: 500, bytes: 64 * 1024 * 1024 };

/** The first two bytes of a gzip member. (RFC 1952, section 2.3.1) */
export const GZIP = Buffer.from([0x1f, 0x8b]);

/** What is unpacked, and why it ended before its end, if it did. */
export type Unpacked = AsyncIterable<Buffer> & { readonly flaw: string | undefined };

/** Unpacks gzip. Several members one after the other are one stream, as in exports. What came before a fault counts. */
export function unpacked(packed: AsyncIterable<Buffer>): Unpacked {
  let flaw: string | undefined;
  async function* chunks(): AsyncGenerator<Buffer> {
    const gunzip = createGunzip();
    const bytes = { packed: 0, unpacked: 0 };
    // Its error comes out of the loop below, too; the callback only keeps it from being unheard.
    pipeline(Readable.from(counted(packed, bytes)), gunzip, () => undefined);
    try {
      for await (const chunk of gunzip) {
        if (!Buffer.isBuffer(chunk)) continue;
        bytes.unpacked += chunk.length;
        yield chunk;
        if (bytes.unpacked > BOMB.bytes && bytes.unpacked > BOMB.ratio * bytes.packed) {
          flaw = `it unpacks to more than ${BOMB.ratio} times its size, and was left there`;
          return;
        }
      }
    } catch (error) {
      flaw = `its gzip data is damaged or cut off: ${messageOf(error)}`;
    }
  }
  return {
    [Symbol.asyncIterator]: chunks,
    get flaw() {
      return flaw;
    },
  };
}

async function* counted(chunks: AsyncIterable<Buffer>, bytes: { packed: number }): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    bytes.packed += chunk.length;
    yield chunk;
  }
}
