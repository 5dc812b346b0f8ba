import { describe, expect, it } from '@jest/globals';
import { comparison, confirmation } from '../../src/domain/confirmation.ts';
import { makePlan } from '../../src/domain/make-plan.ts';
import { INTRUDER, SIGHTED_AT } from './an-event.ts';
import { A_CONNECTION, someReadings } from './some-readings.ts';
import type { Variations } from './some-readings.ts';

const MINUTE = 60_000;
const refused = { known: false, why: 'ForbiddenException' } as const;

/** What GetConnection answers. */
const says = (reading: Partial<typeof A_CONNECTION> | undefined): Variations => ({
  connection: {
    known: true,
    value: reading === undefined ? {} : { reading: { ...A_CONNECTION, ...reading } },
  },
});
const since = (connectedSince: number) => says({ connectedSince });
const GONE = says({ connected: false, disconnectReason: 'CONNECTION_LOST' });

describe('what the connection API says of the sighting', () => {
  it.each([
    ['the same moment', since(SIGHTED_AT), 'same', 'yes'],
    ['two minutes later', since(SIGHTED_AT + 2 * MINUTE), 'same', 'yes'],
    ['two minutes earlier', since(SIGHTED_AT - 2 * MINUTE), 'same', 'yes'],
    ['more than two minutes later', since(SIGHTED_AT + 2 * MINUTE + 1), 'newer', 'unknown'],
    ['more than two minutes earlier', since(SIGHTED_AT - 2 * MINUTE - 1), 'older', 'no'],
    ['no connection', GONE, 'none', 'unknown'],
    ['a client it never heard of', says(undefined), 'none', 'unknown'],
    ['a refusal', { connection: refused }, 'unread', 'unknown'],
    ['the same moment, another address', says({ sourceIp: '192.0.2.9' }), 'same', 'unknown'],
    [
      'no address, as without the permission',
      { connection: { known: true, value: { reading: { connected: true, connectedSince: SIGHTED_AT } } } },
      'same',
      'yes',
    ],
    [
      'no time',
      { connection: { known: true, value: { reading: { connected: true } } } },
      'unread',
      'unknown',
    ],
  ] satisfies [string, Variations, string, string][])(
    'is, for %s: %#',
    (_, variations, compared, confirmed) => {
      const readings = someReadings(variations);
      expect({ compared: comparison(readings), confirmed: confirmation(readings) }).toEqual({
        compared,
        confirmed,
      });
      expect(makePlan(readings).confirmed).toBe(confirmed);
    },
  );

  it('cannot be compared where nobody was sighted', () => {
    const sighting = { event: undefined, timestamp: undefined, source: 'operator' };
    expect(confirmation(someReadings({ sighting }))).toBe('unknown');
  });
});

describe('the blocker sighting-mismatch', () => {
  const older = since(SIGHTED_AT - 3 * MINUTE);
  const blockers = (variations: Variations) => makePlan(someReadings(variations)).blockers;

  it('shows for a connection that began before the sighted one, and is lifted by --principal', () => {
    expect(blockers(older)).toMatchObject([
      { code: 'sighting-mismatch', lift: '--principal <id|arn>', message: expect.stringContaining(INTRUDER) },
    ]);
    expect(blockers({ ...older, request: { principal: INTRUDER } })).toEqual([]);
  });

  it.each([since(SIGHTED_AT + 3 * MINUTE), GONE, says(undefined), { connection: refused }])(
    'is none otherwise: %#',
    (variations) => {
      expect(blockers(variations)).toEqual([]);
    },
  );
});

describe('a warning about the connection', () => {
  const warnings = (variations: Variations) => makePlan(someReadings(variations)).warnings;
  const codes = (variations: Variations) => warnings(variations).map(({ code }) => code);

  it.each([
    ['newer-session', since(SIGHTED_AT + 3 * MINUTE)],
    ['not-connected-now', GONE],
    ['not-connected-now', says(undefined)],
    ['other-address', says({ sourceIp: '192.0.2.9' })],
    ['connection-unknown', { connection: refused }],
    ['subscriptions-unknown', { subscriptions: refused }],
  ] satisfies [string, Variations][])(
    '%s is said where it is so, and nowhere else: %#',
    (code, variations) => {
      expect(codes(variations)).toContain(code);
      expect(codes({})).not.toContain(code);
    },
  );

  it.each(['connection', 'subscriptions'] as const)(
    'gives the reason why the %s could not be read',
    (what) => {
      const found = warnings({ [what]: refused }).find(({ code }) => code === `${what}-unknown`);
      expect(found?.message).toContain('ForbiddenException');
    },
  );

  it('says nothing twice of what could not be read', () => {
    expect(codes({ connection: refused })).not.toContain('not-connected-now');
  });
});
