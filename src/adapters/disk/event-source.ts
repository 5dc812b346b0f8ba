import { createHash } from 'node:crypto';
import { constants, openSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as otherTurns } from 'node:timers/promises';
import { EvictError, messageOf } from '../../domain/errors.ts';
import type { EventSource, SourceItem } from '../../domain/ports.ts';
import { isSessionEvent, parsePresenceEvent } from '../../domain/presence-event.ts';
import { printable } from '../../domain/printable.ts';
import { jsonDocuments } from './json-documents.ts';

/** A file that is read whole; a larger one wants the streaming that a later version brings. */
const MOST_BYTES = 400 * 1024 * 1024;
const DOCUMENTS_PER_TURN = 2_000;

/** Presence events in a file: one JSON document, an array of them, JSON lines, or documents one after the other. */
export function eventFile(path: string): EventSource {
  return {
    name: `file:${path}`,
    read: (_search, signal) => itemsOf(`file:${path}`, () => contentsOf(path, signal), signal),
  };
}

/** The same from standard input. */
export function eventsFromStdin(stdin: NodeJS.ReadStream): EventSource {
  return {
    name: 'stdin',
    read: (_search, signal) => itemsOf('stdin', () => drained(stdin, signal), signal),
  };
}

async function* itemsOf(
  source: string,
  load: () => Promise<Buffer>,
  signal: AbortSignal,
): AsyncIterable<SourceItem> {
  const contents = await load();
  if (contents.includes(0)) throw invalid(source, 'it is binary (it holds NUL bytes)');
  const sha256 = createHash('sha256').update(contents).digest('hex');
  let count = 0;
  for (const { line, value } of jsonDocuments(contents.toString('utf8'))) {
    count += 1;
    if (count % DOCUMENTS_PER_TURN === 0) await otherTurns(); // timers and Ctrl-C want their turn, too
    if (signal.aborted) return;
    if (value === undefined) {
      yield { kind: 'passed-over', why: 'malformed', line };
      continue;
    }
    const event = parsePresenceEvent(value);
    if (event !== undefined && isSessionEvent(event))
      yield { kind: 'event', found: { event, raw: value, source, line, sha256 } };
    else if (event === undefined) yield { kind: 'passed-over', why: 'not-a-presence-event', line };
  }
}

async function contentsOf(path: string, signal: AbortSignal): Promise<Buffer> {
  try {
    const about = await stat(path);
    if (about.size > MOST_BYTES)
      throw invalid(`file:${path}`, `it has ${about.size} bytes, and ${MOST_BYTES} can be read`);
    if (about.isFile()) return await readFile(path, { signal });
    if (about.isFIFO() || about.isSocket()) return await drained(pipeAt(path), signal);
    throw invalid(`file:${path}`, 'it is neither a file nor a pipe');
  } catch (error) {
    if (error instanceof EvictError) throw error;
    signal.throwIfAborted();
    throw new EvictError(
      'file-unreadable',
      `the event file "${printable(path)}" cannot be read: ${messageOf(error)}`,
      {
        hint: 'check the path given to --events and its permissions',
        cause: error,
      },
    );
  }
}

/** Opened without waiting for a writer, and read as a socket is: a read that blocks could not be cancelled. */
function pipeAt(path: string): Readable {
  return new Socket({
    fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
}

/** Ends with the pipe, or with the signal: a pipe that nobody closes must not hold the responder up. */
async function drained(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  const stop = () => stream.destroy(new Error('stopped waiting for the end of the input'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await buffer(stream);
  } catch (error) {
    signal.throwIfAborted();
    throw new EvictError('file-unreadable', `the events cannot be read: ${messageOf(error)}`, {
      hint: 'give the events in a file',
      cause: error,
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function invalid(source: string, why: string): EvictError {
  return new EvictError('file-invalid', `"${printable(source)}" is no event file: ${why}`, {
    hint: 'give JSON, a JSON array or JSON lines of AWS IoT lifecycle events',
  });
}
