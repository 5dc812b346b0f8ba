import { describe, expect, it } from '@jest/globals';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import { samePrincipal, principalOf } from '../../src/domain/principal.ts';
import { matching, recentSightings } from '../../src/domain/recent-sightings.ts';
import {
  aConnectedEvent,
  aDisconnectedEvent,
  INTRUDER,
  LATER,
  OURS,
  SIGHTED_AT,
  STRANGER,
} from './an-event.ts';

const sightings = (...events: SessionEvent[]) =>
  recentSightings(
    events.map((event) => ({ event, raw: event, source: 'file:a' })),
    { isResponder: (principal) => samePrincipal(principal, principalOf(OURS)), now: LATER },
  );

describe('recent sightings', () => {
  it('are each client once, with its latest session, the newest first', () => {
    const [first, second, ...rest] = sightings(
      aConnectedEvent({ clientId: 'old', timestamp: SIGHTED_AT - 60_000 }),
      aConnectedEvent({
        clientId: 'new',
        timestamp: SIGHTED_AT - 5_000,
        versionNumber: 95,
        ipAddress: '192.0.2.1',
      }),
      aConnectedEvent({ clientId: 'new', thingName: 'valve' }),
      aDisconnectedEvent({ clientId: 'old', timestamp: SIGHTED_AT - 30_000 }),
    );
    expect(first).toEqual({
      clientId: 'new',
      principal: principalOf(INTRUDER),
      thingName: 'valve',
      ipAddress: '8.8.42.11',
      timestamp: SIGHTED_AT,
      ended: false,
    });
    expect(second).toMatchObject({ clientId: 'old', ended: true });
    expect(rest).toEqual([]);
  });

  it('go by what is dated in the future for want of others only, and then come last', () => {
    const future = { timestamp: LATER + 3_600_000, versionNumber: 99, principalIdentifier: STRANGER };
    expect(
      sightings(
        aConnectedEvent({ ...future, clientId: 'unseen' }),
        aConnectedEvent({ ...future, clientId: 'seen' }),
        aConnectedEvent({ clientId: 'seen' }),
      ),
    ).toMatchObject([
      { clientId: 'seen', principal: { identifier: INTRUDER } },
      { clientId: 'unseen', principal: { identifier: STRANGER } },
    ]);
  });

  it('leave out a responder’s own sessions, and look behind them', () => {
    expect(
      sightings(
        aConnectedEvent({ clientId: 'evict-watch-1', principalIdentifier: OURS }),
        aConnectedEvent({ clientId: 'held', timestamp: SIGHTED_AT - 1 }),
        aConnectedEvent({ clientId: 'held', principalIdentifier: OURS, versionNumber: 97 }),
      ),
    ).toMatchObject([{ clientId: 'held', principal: { identifier: INTRUDER } }]);
  });

  it('keep hidden clients and odd names apart', () => {
    const names = ['core#2', 'core', 'Core', ' core'];
    expect(sightings(...names.map((clientId) => aConnectedEvent({ clientId })))).toHaveLength(4);
  });
});

describe('a search', () => {
  const all = sightings(
    aConnectedEvent({ clientId: 'pump-17', thingName: 'Hall-2' }),
    aConnectedEvent({ clientId: 'pump-18', principalIdentifier: STRANGER, ipAddress: '10.0.0.7' }),
    aConnectedEvent({ clientId: 'valve', principalIdentifier: 'AROAEXAMPLEEXAMPLEAAA:alice' }),
  );
  const found = (search: string) => matching(all, search).map(({ clientId }) => clientId);

  it.each([
    ['', ['pump-17', 'pump-18', 'valve']],
    ['PUMP', ['pump-17', 'pump-18']],
    ['hall-2', ['pump-17']],
    ['10.0.0', ['pump-18']],
    [INTRUDER.slice(4, 20), ['pump-17']],
    ['alice', ['valve']],
    ['certificate pump', ['pump-17', 'pump-18']],
    ['pump alice', []],
    ['  pump   17 ', ['pump-17']],
  ])('for "%s" finds %j', (search, expected) => {
    expect(found(search).toSorted()).toEqual(expected);
  });
});
