import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { eventsIn } from '../../src/domain/enveloped.ts';
import { aConnectedEvent } from './an-event.ts';

const EVENT = aConnectedEvent({ clientId: 'pump-17', ipAddress: '198.51.100.7' });
const TEXT = JSON.stringify(EVENT);
const found = (value: unknown) => [...eventsIn(value)].map(({ raw }) => raw);

/** As the AWS CLI and DynamoDB's exports write an item. */
const typed = (value: unknown): object => {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map((member) => typed(member)) };
  return { M: item(value) };
};
const item = (value: unknown) => {
  const members: [string, unknown][] = Object.entries(
    typeof value === 'object' && value !== null ? value : {},
  );
  return Object.fromEntries(members.map(([name, member]) => [name, typed(member)]));
};

describe('a presence event', () => {
  it.each<[string, unknown]>([
    ['alone', EVENT],
    ['in a message of CloudWatch Logs', { timestamp: 1, ingestionTime: 2, message: TEXT }],
    [
      'in what Logs Insights answers',
      {
        results: [
          [
            { field: '@message', value: TEXT },
            { field: '@ptr', value: 'x' },
          ],
        ],
      },
    ],
    ['in a record of SQS', { Records: [{ messageId: '1', body: TEXT }] }],
    ['in a message that the CLI received from SQS', { Messages: [{ MessageId: '1', Body: TEXT }] }],
    ['in a message of SQS alone', { MessageId: '1', ReceiptHandle: 'r', Body: TEXT }],
    ['in SNS in SQS', { Records: [{ body: JSON.stringify({ Type: 'Notification', Message: TEXT }) }] }],
    ['in what SNS gives a function', { Records: [{ Sns: { Type: 'Notification', Message: TEXT } }] }],
    ['in a subscription to a log', { logGroup: 'g', logEvents: [{ id: '1', timestamp: 1, message: TEXT }] }],
    ['in a row that the console of Logs Insights exported', { '@timestamp': '2023', '@message': TEXT }],
    [
      'in the column of a rule that keeps whole messages',
      item({ clientId: 'pump-17', payload: { ...EVENT } }),
    ],
    ['in an event of EventBridge', { source: 'iot', 'detail-type': 'presence', detail: EVENT }],
    ['in an item of a DynamoDB export', { Item: item({ ...EVENT }) }],
    ['in what a query of DynamoDB answers', { Items: [item({ ...EVENT })], Count: 1 }],
    ['in a record of a DynamoDB stream', { dynamodb: { NewImage: item({ ...EVENT }) }, eventName: 'INSERT' }],
    ['as text', TEXT],
  ])('is found %s', (_, value) => {
    expect(found(value)).toEqual([EVENT]);
  });

  it('is found with the columns that a rule has added', () => {
    const columns = {
      ...EVENT,
      sk: '1#connected',
      receivedAt: 1,
      topic: '$aws/events/presence/connected/pump-17',
    };
    expect(found(columns)).toEqual([columns]);
  });

  it('is found once, in whatever it was wrapped, and hostile keys change nothing', () => {
    const wrap = fc.constantFrom<(value: unknown) => unknown>(
      (value) => [value],
      (value) => ({ Messages: [{ MessageId: '1', Body: JSON.stringify(value) }] }),
      (value) => ({ events: [{ timestamp: 1, ingestionTime: 2, message: JSON.stringify(value) }] }),
      (value) => ({ other: 1, __proto__: null, nested: value, text: '{not json' }),
      (value) => JSON.parse(`{"__proto__":${JSON.stringify(value)}}`),
      (value) => ({ constructor: { eventType: 'connected' }, detail: value }),
    );
    fc.assert(
      fc.property(fc.array(wrap, { maxLength: 2 }), (wraps) => {
        const wrapped = wraps.reduce<unknown>((value, next) => next(value), EVENT);
        expect(found(wrapped)).toEqual([EVENT]);
      }),
    );
  });

  it('is not looked for in what has none, is endless, or only looks like it', () => {
    const deep = Array.from({ length: 10_000 }).reduce<unknown>((value) => [value], EVENT);
    const others: unknown[] = [deep, null, 1, 'text', '{', {}, [], { eventType: 'connected' }, { S: 'x' }];
    for (const value of others) expect(found(value)).toEqual([]);
  });
});
