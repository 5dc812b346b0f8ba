import { fromDynamoDbJson } from './dynamodb-json.ts';
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
 * EventBridge or S3, messages of a log export (JSON as text), items of DynamoDB. An event is not looked into any further.
 */
export function* eventsIn(value: unknown, depth = 0): Iterable<Unwrapped> {
  if (depth > MOST_DEPTH) return;
  if (typeof value === 'string') yield* eventsInText(value, depth);
  else if (Array.isArray(value)) for (const member of value) yield* eventsIn(member, depth + 1);
  else if (typeof value === 'object' && value !== null) yield* eventsInObject(value, depth);
}

function* eventsInObject(value: object, depth: number): Iterable<Unwrapped> {
  const event = Object.hasOwn(value, 'eventType')
    ? (parsePresenceEvent(value) ?? eventOfLogEntry(value))
    : undefined;
  const item = event === undefined ? fromDynamoDbJson(value) : undefined;
  if (event !== undefined) yield { event, raw: value };
  else if (item !== undefined) yield* eventsIn(item, depth + 1);
  else for (const member of Object.values(value)) yield* eventsIn(member, depth + 1);
}

function* eventsInText(text: string, depth: number): Iterable<Unwrapped> {
  if (text.length > MOST_TEXT || !/^\s*[{["]/u.test(text)) return;
  yield* eventsIn(parsed(text), depth + 1);
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined; // text that only begins like JSON
  }
}
