import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { listedClients } from '../../domain/client-list.ts';
import { EvictError, messageOf } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { pipeAt } from './spool.ts';

/** Enough for `evict incidents --json` of a hundred thousand. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The clients of a list in a file or a pipe. */
export async function clientsInFile(path: string, signal: AbortSignal): Promise<readonly string[]> {
  const name = `"${path}"`;
  return clientsFrom(await orUnreadable(name, signal, () => openList(path)), name, signal);
}

/** A pipe is opened so that waiting for it can be cancelled. */
async function openList(path: string): Promise<Readable> {
  const about = await stat(path);
  return about.isFIFO() || about.isSocket() ? pipeAt(path) : createReadStream(path);
}

/** The clients of a list that comes in. Ends with the stream, or with the signal. */
export async function clientsFrom(
  stream: Readable,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const stop = () => stream.destroy(new Error('stopped waiting for the end of the list'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    return listedClients(decoded(await orUnreadable(name, signal, () => bytesOf(stream, name)), name));
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}

async function bytesOf(stream: Readable, name: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES)
      throw new EvictError('file-invalid', `the list of clients ${printable(name)} is longer than 32 MB`, {
        hint: 'split it, and audit its parts',
      });
  }
  return Buffer.concat(chunks);
}

/** Bytes that are no text would become client IDs that are in no event. */
function decoded(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new EvictError('file-invalid', `the list of clients ${printable(name)} is not UTF-8`, {
      hint: 'give the client IDs as text in UTF-8',
      cause: error,
    });
  }
}

async function orUnreadable<T>(name: string, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EvictError) throw error;
    throw new EvictError(
      'file-unreadable',
      `the list of clients ${printable(name)} cannot be read: ${messageOf(error)}`,
      { hint: 'check the path given to --from and its permissions', cause: error },
    );
  }
}
