import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { EvictError, codeOf, messageOf } from '../../domain/errors.ts';
import type { EventSource, SourceItem } from '../../domain/source-ports.ts';
import { printable } from '../../domain/printable.ts';
import { orAbort } from '../../domain/signals.ts';
import { entriesOf } from './event-files.ts';
import { Reading, itemsIn } from './event-reading.ts';
import { pipeAt, spooled } from './spool.ts';

/** Whether the SHA-256 of a file in which the client was found is told, too: it takes longer than the search, and is for a record. */
export type FileOptions = { readonly hashes: boolean };

/** What may have been meant by the path where there is no such file. */
type Meant = { readonly meant?: string | undefined };

/** Presence events in a file, or in all files of a directory, in whatever form they were exported. */
export function eventFile(path: string, { meant, ...options }: FileOptions & Meant): EventSource {
  const pipe = keptOnce(() => pipeAt(path));
  return {
    name: `file:${path}`,
    read: (search, signal) => readPath(path, { pipe, meant, reading: new Reading(search, signal, options) }),
    [Symbol.dispose]: pipe.close,
  };
}

/** The same from standard input. */
export function eventsFromStdin(stdin: NodeJS.ReadStream, options: FileOptions): EventSource {
  const input = keptOnce(() => stdin);
  return {
    name: 'stdin',
    async *read(search, signal) {
      const handle = await input.open(signal);
      yield* itemsIn({ name: 'stdin', handle }, new Reading(search, signal, options));
    },
    [Symbol.dispose]: input.close,
  };
}

type Asked = Meant & { readonly pipe: Kept; readonly reading: Reading };

async function* readPath(path: string, { pipe, meant, reading }: Asked): AsyncIterable<SourceItem> {
  const { signal } = reading;
  const name = `file:${path}`;
  const about = await orUnreadable(path, signal, () => stat(path), meant);
  if (about.isDirectory()) yield* readDirectory(path, reading);
  else if (about.isFile()) yield* readFile(path, reading);
  else if (about.isFIFO() || about.isSocket()) {
    const handle = await orUnreadable(path, signal, () => pipe.open(signal));
    yield* itemsIn({ name, handle }, reading);
  } else
    throw new EvictError('file-invalid', `"${printable(path)}" is neither a file, a directory nor a pipe`, {
      hint: 'give a file or a directory of AWS IoT lifecycle events to --events',
    });
}

/** What cannot be read is said, and does not cost the others: unless it is all that there is. */
async function* readDirectory(directory: string, reading: Reading): AsyncIterable<SourceItem> {
  let [failure, anyRead]: [EvictError | undefined, boolean] = [undefined, false];
  for await (const { path, why } of entriesOf(directory)) {
    if (reading.signal.aborted) return;
    try {
      if (why !== undefined) throw unreadable(path, why);
      yield* readFile(path, reading);
      anyRead = true;
    } catch (error) {
      if (!(error instanceof EvictError) || error.source !== 'operator') throw error;
      failure ??= error;
      yield { kind: 'flawed', source: `file:${path}`, why: error.message };
    }
  }
  if (failure !== undefined && !anyRead) throw failure;
}

async function* readFile(path: string, reading: Reading): AsyncIterable<SourceItem> {
  await using file = await openFile(path, reading.signal);
  const { handle } = file;
  try {
    yield* itemsIn({ name: `file:${path}`, handle }, reading);
  } catch (error) {
    if (codeOf(error) === '' || reading.signal.aborted) throw error;
    throw unreadable(path, error); // EIO, …
  }
}

/** Closing waits for a read that is under way: not when nobody waits any more, for it may never come back. */
async function openFile(path: string, signal: AbortSignal) {
  const handle = await orUnreadable(path, signal, () => open(path, 'r'));
  return {
    handle,
    [Symbol.asyncDispose]: async () => {
      const closed = handle.close();
      if (signal.aborted) closed.catch(() => undefined);
      else await closed;
    },
  };
}

async function orUnreadable<T>(
  path: string,
  signal: AbortSignal,
  act: () => Promise<T>,
  meant?: string,
): Promise<T> {
  try {
    return await orAbort(act(), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw unreadable(path, error, meant);
  }
}

function unreadable(path: string, cause: unknown, meant?: string): EvictError {
  if (cause instanceof EvictError) return cause;
  const check = 'check the path given to --events and its permissions';
  const isMissing = codeOf(cause) === 'ENOENT' && meant !== undefined;
  return new EvictError(
    'file-unreadable',
    `the event file "${printable(path)}" cannot be read: ${messageOf(cause)}`,
    { hint: isMissing ? `did you mean --events ${meant}? otherwise ${check}` : check, cause },
  );
}

/** What can be read only once: the first who asks has it kept, and the next finds it there. */
type Kept = { readonly open: (signal: AbortSignal) => Promise<FileHandle>; readonly close: () => void };

function keptOnce(stream: () => Readable): Kept {
  let kept: Promise<FileHandle> | undefined;
  return {
    open: (signal) => (kept ??= spooled(stream(), signal)),
    close: () => void kept?.then((handle) => handle.close()).catch(() => undefined),
  };
}
