import * as z from 'zod';
import { EvictError } from './errors.ts';

/** A fleet that is larger is looked at in parts. */
const MOST_CLIENTS = 100_000;

const inJson = z.union([
  z.string(),
  z.object({ clientId: z.string() }).transform(({ clientId }) => clientId),
]);

/**
 * The client IDs of a list, each once, in its order. A line is the client ID as it stands, or else a JSON string, or a JSON
 * object with a `clientId`. Lines that are blank or begin with "#" say nothing: such an ID is written as a JSON string.
 */
export function listedClients(text: string): string[] {
  const clientIds = new Set<string>();
  let number = 0;
  for (const line of linesOf(text)) {
    number += 1;
    if (line.trim() === '' || line.startsWith('#')) continue;
    clientIds.add(clientIn(line, number));
    if (clientIds.size > MOST_CLIENTS) throw tooMany();
  }
  return [...clientIds];
}

/** One after the other: all at once would take many times the room of the text. */
function* linesOf(text: string): Iterable<string> {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
    start = end + 1;
  }
}

function tooMany(): EvictError {
  return new EvictError('file-invalid', `the list names more than ${MOST_CLIENTS} clients`, {
    hint: 'split it, and audit its parts',
  });
}

function clientIn(line: string, number: number): string {
  const value = jsonIn(line);
  if (value === undefined) return line;
  const clientId = inJson.safeParse(value);
  if (clientId.success) return clientId.data;
  throw new EvictError('file-invalid', `line ${number} of the list is JSON, and names no client`, {
    hint: 'give a client ID, a JSON string or an object with a "clientId" in each line',
  });
}

/** What only looks like JSON is a client ID: whoever connects may choose any. */
function jsonIn(line: string): unknown {
  if (!/^\s*["{[]/u.test(line)) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return value;
  } catch {
    return undefined;
  }
}
