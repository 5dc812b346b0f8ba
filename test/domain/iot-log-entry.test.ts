import { describe, expect, it } from '@jest/globals';
import { eventsIn } from '../../src/domain/enveloped.ts';
import { eventOfLogEntry } from '../../src/domain/iot-log-entry.ts';

const COMMON = {
  timestamp: '2023-12-14 15:06:31.861',
  logLevel: 'INFO',
  traceId: '20b23f3f-d7f1-feae-169f-82263394fbdb',
  accountId: '123456789012',
  status: 'Success',
  protocol: 'MQTT',
  clientId: 'pump-17',
  principalId: 'a'.repeat(64),
  sourceIp: '198.51.100.7',
  sourcePort: 13_490,
};
const SEEN = { clientId: 'pump-17', principalIdentifier: 'a'.repeat(64), timestamp: 1_702_566_391_861 };

describe('an entry of the AWS IoT log', () => {
  it.each(['Connect', 'Ping', 'Publish-In', 'Subscribe', 'Unsubscribe'])(
    '%s tells that the principal was connected then, from which address, and invents no session',
    (eventType) => {
      const told = { ...SEEN, eventType: 'connected', ipAddress: '198.51.100.7' };
      expect(eventOfLogEntry({ ...COMMON, eventType })).toEqual(told);
    },
  );

  it.each([
    [{ disconnectReason: 'CONNECTION_LOST' }, 'CONNECTION_LOST'],
    [{ status: 'Failure', reason: 'DUPLICATE_CLIENT_ID', disconnectReason: 'X' }, 'DUPLICATE_CLIENTID'],
    [{ disconnectReason: 'DUPLICATE_CLIENTID' }, 'DUPLICATE_CLIENTID'],
    [{}, undefined],
  ])(
    'Disconnect with %j tells that a session ended, with the reason in the words of the events',
    (more, reason) => {
      expect(eventOfLogEntry({ ...COMMON, eventType: 'Disconnect', ...more })).toEqual({
        ...SEEN,
        eventType: 'disconnected',
        ...(reason === undefined ? {} : { disconnectReason: reason }),
      });
    },
  );

  it.each([
    ['a refused connection', { eventType: 'Connect', status: 'Failure' }],
    ['a publication over HTTP', { eventType: 'Publish-In', protocol: 'HTTP' }],
    ['what is sent to a client', { eventType: 'Publish-Out' }],
    ['an entry without a principal', { eventType: 'Connect', principalId: undefined }],
    ['an entry of another time format', { eventType: 'Connect', timestamp: 'yesterday' }],
    ['an entry of no time at all', { eventType: 'Connect', timestamp: '2023-12-99 15:06:31.861' }],
  ])('of %s tells of no connection', (_, more) => {
    expect(eventOfLogEntry({ ...COMMON, ...more })).toBeUndefined();
  });

  it('is taken whatever its protocol is called, and whatever the log calls the principal', () => {
    const entry = { ...COMMON, eventType: 'Connect', protocol: 'MQTT over WebSocket', principalId: 'USER' };
    expect(eventOfLogEntry(entry)).toMatchObject({ principalIdentifier: 'USER' });
  });

  it('is not lost where a field that it can do without is null', () => {
    const entry = { ...COMMON, eventType: 'Connect', sourceIp: null, disconnectReason: null, reason: null };
    expect(eventOfLogEntry(entry)).toEqual({ ...SEEN, eventType: 'connected' });
  });

  it('is found in an export of the log, and stays as received', () => {
    const entry = { ...COMMON, eventType: 'Connect' };
    const [found] = eventsIn({ events: [{ message: JSON.stringify(entry), timestamp: 1 }] });
    expect(found).toMatchObject({ event: { eventType: 'connected' }, raw: entry });
  });
});
