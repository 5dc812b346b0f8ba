import { fromDynamoDbJson } from './dynamodb-json.ts';
import { documentTextOf } from './envelopes.ts';
import type { Placed } from './envelopes.ts';
import { eventOfLogEntry } from './iot-log-entry.ts';
import { parsePresenceEvent } from './presence-event.ts';
import type { PresenceEvent } from './presence-event.ts';

/** A presence event as it was found, and read. */
export type Unwrapped = { readonly event: PresenceEvent; readonly raw: unknown };

/** SNS in SQS in a log export is six deep; a hostile one is not followed for ever. */
const MOST_DEPTH = 10;
/** JSON within JSON: a message of SQS has at most 1 MiB. (Amazon SQS quotas) */
const MOST_TEXT = 1024 * 1024;

/**
 * The presence events in a document, whatever they were wrapped in on their way: the columns of a rule, records of SQS, SNS,
 * EventBridge or S3, messages of a log export (JSON as text), items of DynamoDB. Whatever calls itself an event of some type
 * is not looked into: what is in it are the words of a device, as the topic of an entry of the log.
 */
export function* eventsIn(document: unknown, depth = 0): Iterable<Unwrapped> {
  if (depth > MOST_DEPTH) return;
  if (typeof document === 'string') yield* eventsIn(parsed(document), depth + 1);
  else yield* eventsWithin(document, { depth, under: undefined });
}

type Place = { readonly depth: number; readonly under: Placed['under'] };

/** A text within a document is none itself, save in an envelope. */
function* eventsWithin(value: unknown, { depth, under }: Place): Iterable<Unwrapped> {
  if (depth > MOST_DEPTH || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value))
    for (const member of value) yield* eventsWithin(member, { depth: depth + 1, under });
  else yield* eventsInObject(value, { depth, under });
}

function* eventsInObject(value: object, { depth, under }: Place): Iterable<Unwrapped> {
  const item = fromDynamoDbJson(value);
  if (item !== undefined) {
    yield* eventsWithin(item, { depth: depth + 1, under: undefined });
    return;
  }
  if (hasEventType(value)) {
    const event = parsePresenceEvent(value) ?? eventOfLogEntry(value);
    if (event !== undefined) yield { event, raw: value };
    return;
  }
  const text = documentTextOf({ value, under });
  if (text !== undefined) yield* eventsIn(text, depth + 1);
  for (const [name, member] of Object.entries(value))
    yield* eventsWithin(member, { depth: depth + 1, under: name });
}

/** Also in DynamoDB's JSON, where an item is damaged. */
function hasEventType(value: object): boolean {
  if (!Object.hasOwn(value, 'eventType')) return false;
  const type: unknown = Reflect.get(value, 'eventType');
  return typeof type === 'string' || (typeof type === 'object' && type !== null && Object.hasOwn(type, 'S'));
}

function parsed(text: string): unknown {
  if (text.length > MOST_TEXT || !/^\s*[{["]/u.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined; // text that only begins like JSON
  }
}
