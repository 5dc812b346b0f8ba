import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { EvictError, messageOf } from '../../domain/errors.ts';
import type { EventSource, SourceItem } from '../../domain/ports.ts';
import { isSessionEvent, parsePresenceEvent } from '../../domain/presence-event.ts';
import { printable } from '../../domain/printable.ts';
import { jsonDocuments } from './json-documents.ts';

/** A file that is read whole; a larger one wants the streaming that a later version brings. */
const MOST_BYTES = 400 * 1024 * 1024;

/** Presence events in a file: one JSON document, an array of them, JSON lines, or documents one after the other. */
export function eventFile(path: string): EventSource {
  return { name: `file:${path}`, read: () => itemsOf(`file:${path}`, () => contentsOf(path)) };
}

/** The same from standard input. */
export function eventsFromStdin(stdin: NodeJS.ReadStream): EventSource {
  return { name: 'stdin', read: (signal) => itemsOf('stdin', () => drained(stdin, signal)) };
}

async function* itemsOf(source: string, load: () => Promise<Buffer>): AsyncIterable<SourceItem> {
  const contents = await load();
  if (contents.includes(0)) throw invalid(source, 'it is binary (it holds NUL bytes)');
  const sha256 = createHash('sha256').update(contents).digest('hex');
  for (const { line, value } of jsonDocuments(contents.toString('utf8'))) {
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

async function contentsOf(path: string): Promise<Buffer> {
  try {
    const contents = await readFile(path);
    if (contents.length > MOST_BYTES) throw invalid(`file:${path}`, `it has ${contents.length} bytes`);
    return contents;
  } catch (error) {
    if (error instanceof EvictError) throw error;
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

/** Ends with the pipe, or with the signal: a pipe that nobody closes must not hold the responder up. */
async function drained(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<Buffer> {
  const stop = () => stdin.destroy(new Error('stopped waiting for the end of the input'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await buffer(stdin);
  } catch (error) {
    signal.throwIfAborted();
    throw new EvictError('file-unreadable', `standard input cannot be read: ${messageOf(error)}`, {
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
