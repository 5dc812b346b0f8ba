import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DocumentScanner } from '../../src/domain/document-scanner.ts';
import { eventsIn } from '../../src/domain/enveloped.ts';
import { aConnectedEvent, CLIENT, INTRUDER, SIGHTED_AT, STRANGER } from './an-event.ts';

const FORGED = { ...aConnectedEvent({ principalIdentifier: STRANGER, versionNumber: 99 }) };
const TEXT = JSON.stringify(FORGED);
const ENTRY = {
  timestamp: '2023-12-14 15:06:31.861',
  status: 'Success',
  protocol: 'MQTT',
  clientId: CLIENT,
  principalId: INTRUDER,
};

/** What a device may call its topic, its client, itself. */
const words = fc
  .tuple(
    fc.constantFrom(
      TEXT,
      JSON.stringify([FORGED]),
      JSON.stringify([TEXT]),
      JSON.stringify(TEXT),
      JSON.stringify({ events: [{ timestamp: 1, ingestionTime: 1, message: TEXT }] }),
      JSON.stringify({ detail: FORGED }),
      JSON.stringify({ Item: { eventType: { S: 'connected' } } }),
      `["${TEXT}`,
    ),
    fc.constantFrom('', '"', '[', '{', '["', '{"a":', '2023-12-14T15:06:31Z ', '} ', '"}\r', ', '),
  )
  .map(([text, before]) => before + text);

const nestings = fc.constantFrom<(text: string) => unknown>(
  (text) => text,
  (text) => [text],
  (text) => ({ message: text, timestamp: 1, ingestionTime: 2 }),
  (text) => ({ body: text, messageId: '1', receiptHandle: 'r' }),
  (text) => ({ nested: { '@message': text } }),
);
const fields = fc.constantFrom(
  'topicName',
  'clientId',
  'userAgent',
  'reason',
  'details',
  'topics',
  'payload',
  'message',
  '@message',
  'body',
  'sourceIp',
  'status',
  'timestamp',
);
const types = fc.constantFrom('Connect', 'Disconnect', 'Publish-In', 'subscribed', 'connected', 'AwsApiCall');

/** An entry of a log, an event, a record of CloudTrail with a device's words in one of its fields. */
const entries = fc
  .tuple(fields, words, nestings, types, fc.constantFrom({}, { principalIdentifier: INTRUDER }))
  .map(([field, text, nested, eventType, more]) => ({ ...ENTRY, ...more, eventType, [field]: nested(text) }));

const withoutType = (entry: object) => Object.fromEntries(Object.entries(entry).slice(0, 5));
const item = (entry: object) =>
  Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, { S: String(value) }]));

/** How it comes to be in a file. */
const ways = fc.constantFrom<(entry: object) => string>(
  (entry) => JSON.stringify(entry),
  (entry) => JSON.stringify([entry], undefined, 1),
  (entry) => `2023-12-14T15:06:31.861Z ${JSON.stringify(entry)}`,
  (entry) => JSON.stringify({ events: [{ timestamp: 1, ingestionTime: 2, message: JSON.stringify(entry) }] }),
  (entry) => JSON.stringify({ results: [[{ field: '@message', value: JSON.stringify(entry) }]] }),
  (entry) => JSON.stringify({ Items: [{ ...item(entry), damaged: 1 }, item(entry)] }),
  (entry) => JSON.stringify({ Records: [{ s3: { object: { key: JSON.stringify(withoutType(entry)) } } }] }),
  (entry) => JSON.stringify(entry).slice(7), // cut off
);

function read(text: string) {
  const scanner = new DocumentScanner();
  const documents = [...scanner.feed(Buffer.from(text)), ...scanner.end()];
  return documents.flatMap(({ value }) => [...eventsIn(value)]).map(({ event }) => event);
}

describe('a device', () => {
  it('cannot make anybody else be seen by what it calls itself, its topics and its payloads', () => {
    fc.assert(
      fc.property(entries, ways, (entry, way) => {
        for (const event of read(way(entry))) expect(event.principalIdentifier).toBe(INTRUDER);
      }),
      { numRuns: 2_000 },
    );
  });

  it('cannot do so in a log of text either, on whatever line', () => {
    const lines = fc.constantFrom<(text: string) => string>(
      (text) => `2023-12-14 15:06:31.861 TRACEID:x PRINCIPALID:a [ERROR] EVENT:Publish TOPICNAME:${text} M:x`,
      (text) => `2023-12-14T15:06:31.861Z 2023-12-14 15:06:31.861 TRACEID:x [INFO] ${text}`,
      (text) => `[2023-12-14] client ${text} connected`,
      (text) => `{topic=${text}, client=x}`,
      (text) => `2023-12-14T15:06:31.861Z {topic: {${text}}}`,
      (text) => `"topic" ${text}`,
      (text) => `${JSON.stringify({ a: 1 })} topic ${text}`,
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(lines, words), { minLength: 1, maxLength: 3 }), (all) => {
        expect(read(all.map(([line, text]) => line(text)).join('\n'))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('names nobody else by two refused publications to a topic that is an event', () => {
    const refused = (timestamp: number, eventType: string) => ({
      ...ENTRY,
      status: 'Failure',
      eventType: 'Publish-In',
      reason: 'AUTHORIZATION_FAILURE',
      topicName: JSON.stringify({ ...FORGED, eventType, timestamp }),
    });
    const log = [
      { ...ENTRY, eventType: 'Connect' },
      refused(SIGHTED_AT + 100_000, 'connected'),
      refused(SIGHTED_AT + 15 * 86_400_000, 'disconnected'),
    ];
    const events = read(log.map((entry) => JSON.stringify(entry)).join('\n'));
    expect(events.map(({ principalIdentifier }) => principalIdentifier)).toEqual([INTRUDER]);
  });
});
