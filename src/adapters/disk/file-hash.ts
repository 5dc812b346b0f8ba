import { Worker } from 'node:worker_threads';
import { messageOf } from '../../domain/errors.ts';

/** Runs beside the search, which is as fast: as text, so that it needs no file of its own in the bundle. */
const HASHING = `
  const { createHash } = require('node:crypto');
  const { readSync } = require('node:fs');
  const { parentPort, workerData: { fd, size } } = require('node:worker_threads');
  const [hash, buffer] = [createHash('sha256'), Buffer.allocUnsafe(1 << 20)];
  for (let at = 0, read; (read = readSync(fd, buffer, 0, Math.min(buffer.length, size - at), at)) > 0; at += read)
    hash.update(buffer.subarray(0, read));
  parentPort.postMessage(hash.digest('hex'));
`;

/** The SHA-256 of a file while others read it, too; disposing of it stops the work. */
export type FileHash = AsyncDisposable & { readonly digest: Promise<string> };

/**
 * @param fd - of the whole file, read by position, so that nobody else's place in it moves
 * @param size - how many of its bytes are hashed
 */
export function hashBeside(fd: number, size: number): FileHash {
  const worker = new Worker(HASHING, { eval: true, workerData: { fd, size } });
  const digest = new Promise<string>((resolve, reject) => {
    worker.once('message', (hex) => resolve(String(hex)));
    worker.once('error', (error) => reject(new Error(`the file cannot be hashed: ${messageOf(error)}`)));
    worker.once('exit', () => reject(new Error('the file was not hashed to its end')));
  });
  digest.catch(() => undefined); // whoever wants it is told; nobody may want it
  return {
    digest,
    [Symbol.asyncDispose]: async () => {
      await worker.terminate();
    },
  };
}
