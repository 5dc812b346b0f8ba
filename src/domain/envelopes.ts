/** An object, and the name under which it, or the list that it is in, was found. */
export type Placed = { readonly value: object; readonly under: string | undefined };

/** Where AWS itself carries a document as text: the field, and what it writes beside it, or the name of the list. */
type Envelope = { readonly text: string; readonly is: (placed: Placed) => boolean };

/** Nothing else is in an event of CloudWatch Logs; whatever has more, as a program's own log, says what it likes. */
const OF_A_LOG_EVENT: ReadonlySet<string> = new Set([
  'timestamp',
  'message',
  'ingestionTime',
  'eventId',
  'logStreamName',
  'id',
]);

/**
 * No other text is read, however much it looks like JSON: topics, user names, payloads are a device's words.
 * (CloudWatch Logs API, "FilteredLogEvent", and "Log group-level subscription filters"; Amazon SNS Developer Guide, "Raw
 * message delivery"; AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"; Amazon SQS API, "Message")
 */
const ENVELOPES: readonly Envelope[] = [
  {
    text: 'message',
    is: ({ value }) => Object.keys(value).every((name) => OF_A_LOG_EVENT.has(name)),
  },
  { text: '@message', is: () => true },
  { text: 'value', is: ({ value }) => fieldOf(value, 'field') === '@message' },
  { text: 'Message', is: ({ value }) => fieldOf(value, 'Type') === 'Notification' },
  {
    text: 'body',
    is: ({ value, under }) => under === 'Records' || hasAll(value, 'messageId', 'receiptHandle'),
  },
  {
    text: 'Body',
    is: ({ value, under }) => under === 'Messages' || hasAll(value, 'MessageId', 'ReceiptHandle'),
  },
];

/** The document that an envelope of AWS holds as text; `undefined` where the object is none. */
export function documentTextOf(placed: Placed): string | undefined {
  const envelope = ENVELOPES.find(({ text, is }) => Object.hasOwn(placed.value, text) && is(placed));
  const text = envelope === undefined ? undefined : fieldOf(placed.value, envelope.text);
  return typeof text === 'string' ? text : undefined;
}

function hasAll(value: object, ...names: readonly string[]): boolean {
  return names.every((name) => Object.hasOwn(value, name));
}

function fieldOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
