import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isHiddenClient, isSessionEvent, parsePresenceEvent } from '../../src/domain/presence-event.ts';
import { aConnectFailedEvent, aConnectedEvent, aDisconnectedEvent } from './an-event.ts';

const subscribed = {
  clientId: 'pump-17',
  timestamp: 1_460_065_214_626,
  eventType: 'subscribed',
  sessionIdentifier: '00000000000000000000000000000000',
  principalIdentifier: '000000000000/ABCDEFGHIJKLMNOPQRSTU:some-user/ABCDEFGHIJKLMNOPQRSTU:some-user',
  topics: ['foo/bar', 'device/data'],
};

describe('a presence event', () => {
  it.each([
    ['connected', aConnectedEvent()],
    ['disconnected', aDisconnectedEvent()],
    ['connect_failed', aConnectFailedEvent()],
    ['subscribed', subscribed],
    ['unsubscribed', { ...subscribed, eventType: 'unsubscribed' }],
  ])('parses with every field that it has: %s', (eventType, payload) => {
    const event = parsePresenceEvent(payload);
    expect(event).toEqual({ ...payload, eventType });
    expect(event && isSessionEvent(event)).toBe(/^(dis)?connected$/u.test(eventType));
  });

  it.each(['connected', 'disconnected'])('of 2016 has little, and parses: %s', (eventType) => {
    const payload = {
      clientId: 'a1b2c3d4e5f6a7b8c9d0',
      timestamp: 1_460_065_214_626,
      eventType,
      principalIdentifier: '000000000000/ABCDEFGHIJKLMNOPQRSTU:some-user/ABCDEFGHIJKLMNOPQRSTU:some-user',
    };
    expect(parsePresenceEvent(payload)).toEqual(payload);
  });

  it.each([
    ['a UUID', '7e229bae-555c-4ace-a308-df2c229d27d0'],
    ['32 hex digits', '0'.repeat(32)],
    ['one that was cut short', 'c69eff23-69c3-4c07-9927-c8278833f4'],
    ['anything else', 'session of 2030 ✓'],
  ])('takes any form of session identifier: %s', (_, sessionIdentifier) => {
    expect(parsePresenceEvent(aConnectedEvent({ sessionIdentifier }))).toMatchObject({ sessionIdentifier });
  });

  it('keeps reasons and fields that nobody knows yet', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.dictionary(
          fc.string().filter((name) => name !== '__proto__' && !(name in aDisconnectedEvent())),
          fc.jsonValue(),
        ),
        (disconnectReason, unknown) => {
          const payload = { ...unknown, ...aDisconnectedEvent({ disconnectReason }) };
          expect(parsePresenceEvent(payload)).toEqual(payload);
        },
      ),
    );
  });

  it('is not fooled by a __proto__ key, and poisons nothing', () => {
    const text = JSON.stringify(aConnectedEvent()).replace(
      '{',
      '{"__proto__":{"versionNumber":999,"polluted":true},',
    );
    const event = parsePresenceEvent(JSON.parse(text));
    expect(event).toMatchObject({ versionNumber: 96 });
    expect(event && Object.getPrototypeOf(event)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
  });

  it('takes nothing from a prototype in the place of a field that it lacks', () => {
    const { versionNumber: _, ...without } = aConnectedEvent();
    const text = JSON.stringify(without).replace('{', '{"__proto__":{"versionNumber":999},');
    expect(parsePresenceEvent(JSON.parse(text))).not.toHaveProperty('versionNumber', 999);
  });

  it.each([
    -1,
    8_640_000_000_000_001,
    Number.MAX_SAFE_INTEGER,
    1e308,
    Number.NaN,
    Infinity,
    '',
    'yesterday',
    '-1702566391861',
    '0x18c68ab3015',
    '2023-12-14 15:06:31',
    null,
    {},
    [1],
  ])('is none with the timestamp %p', (timestamp) => {
    expect(parsePresenceEvent({ ...aConnectedEvent(), timestamp })).toBeUndefined();
  });

  it.each([
    ['text', '1702566391861'],
    ['a fraction', 1_702_566_391_861.75],
    ['a power of ten', '1.702566391861E12'],
    ['seconds', 1_702_566_391.861],
    ['seconds as text', '1702566391.861'],
  ])('has its time, also where it was kept as %s', (_, timestamp) => {
    expect(parsePresenceEvent({ ...aConnectedEvent(), timestamp })).toEqual(aConnectedEvent());
  });

  it.each([
    ['ipAddress', null, undefined],
    ['thingName', null, undefined],
    ['sessionIdentifier', '', undefined],
    ['versionNumber', null, undefined],
    ['versionNumber', 'many', undefined],
    ['versionNumber', 1.5, undefined],
    ['versionNumber', '10', 10],
    ['versionNumber', '10.0', 10],
    ['versionNumber', 10, 10],
  ])('is not lost where its %s is %j: that is read as %j', (field, written, read) => {
    const event = parsePresenceEvent({ ...aConnectedEvent(), [field]: written });
    expect(event).toEqual({ ...aConnectedEvent(), [field]: read });
  });

  it.each([
    ['disconnectReason', aDisconnectedEvent()],
    ['clientInitiatedDisconnect', aDisconnectedEvent()],
    ['connectFailureReason', aConnectFailedEvent()],
    ['topics', subscribed],
  ])('is not lost where its %s is null or of another type', (field, payload) => {
    for (const odd of [null, {}, 7])
      expect(parsePresenceEvent({ ...payload, [field]: odd })).toEqual({ ...payload, [field]: undefined });
  });

  it('has a timestamp that every date can show', () => {
    const latest = parsePresenceEvent(aConnectedEvent({ timestamp: 8_640_000_000_000_000 }));
    expect(() => new Date(latest?.timestamp ?? Number.NaN).toISOString()).not.toThrow();
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'connected'],
    ['a list', [aConnectedEvent()]],
    ['an event without client', { ...aConnectedEvent(), clientId: undefined }],
    ['an event with an empty client', aConnectedEvent({ clientId: '' })],
    ['an event without principal', { ...aConnectedEvent(), principalIdentifier: undefined }],
    ['an event of another kind', { ...aConnectedEvent(), eventType: 'exploded' }],
  ])('is not made of %s', (_, payload) => {
    expect(parsePresenceEvent(payload)).toBeUndefined();
  });

  it('is looked for in any value without a throw', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => parsePresenceEvent(value)).not.toThrow();
      }),
    );
  });
});

describe('a hidden client', () => {
  it.each([
    ['pump-17', false],
    ['a/b/c', false],
    ['$aws', false],
    ['thing#2', true],
    ['a+b', true],
    ['#', true],
  ])('%s: %s', (clientId, hidden) => {
    expect(isHiddenClient(clientId)).toBe(hidden);
  });
});
