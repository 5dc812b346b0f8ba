import { constants, openSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { EvictError, messageOf } from '../../domain/errors.ts';

/**
 * Keeps what can be read only once in a temporary file without a name, for who must search it twice. Ends with the stream, or
 * with the signal: a pipe that nobody closes must not hold the responder up.
 */
export async function spooled(stream: Readable, signal: AbortSignal): Promise<FileHandle> {
  const handle = await namelessFile();
  const stop = () => stream.destroy(new Error('stopped waiting for the end of the input'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) await handle.appendFile(chunk);
    return handle;
  } catch (error) {
    await handle.close();
    if (signal.aborted) throw endless();
    throw new EvictError('file-unreadable', `the events cannot be read: ${messageOf(error)}`, {
      hint: 'give the events in a file',
      cause: error,
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Whoever asks again is told the same: what has come until then is no whole. */
function endless(): EvictError {
  return new EvictError('timed-out', 'the end of the events did not come in time', {
    hint: 'give the events in a file, or raise --lookup-timeout',
  });
}

/** Opened without waiting for a writer, and read as a socket is: a read that blocks could not be cancelled. */
export function pipeAt(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** Nobody else can open it, and it is gone when it is closed. */
async function namelessFile(): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), 'evict-events-'));
  try {
    return await open(join(directory, 'events'), 'wx+', 0o600);
  } finally {
    await rm(directory, { recursive: true });
  }
}
