import { describe, expect, it } from '@jest/globals';
import { neighbourhoodOf } from '../../src/domain/neighbours.ts';
import { LATER, SIGHTED_AT, aConnectedEvent, aDisconnectedEvent, found } from './an-event.ts';

const HOUR = 3_600_000;

function on(clientId: string, version: number, timestamp: number = SIGHTED_AT + version) {
  const sessionIdentifier = `${clientId}-${version}`;
  return found(aConnectedEvent({ clientId, versionNumber: version, sessionIdentifier, timestamp }));
}

function off(clientId: string, version: number, timestamp: number = SIGHTED_AT + version + 1) {
  const sessionIdentifier = `${clientId}-${version}`;
  return found(aDisconnectedEvent({ clientId, versionNumber: version, sessionIdentifier, timestamp }));
}

describe('the other clients of a principal', () => {
  it.each([
    ['connected', [on('b', 1)]],
    ['disconnected', [on('b', 1), off('b', 1)]],
    ['connected', [on('b', 1), off('b', 1), on('b', 2, SIGHTED_AT + 1)]],
    ['disconnected', [on('b', 9), off('b', 9), on('b', 8, SIGHTED_AT + 20)]],
    ['connected', [off('b', 90), on('b', 0, SIGHTED_AT + 2 * HOUR)]],
    ['disconnected', [off('b', 90)]],
  ])('are %s as their latest session says, in whatever order its events came: %#', (state, events) => {
    for (const order of [events, events.toReversed(), [...events, ...events]])
      expect(neighbourhoodOf(order, { since: undefined, now: LATER }).neighbours).toMatchObject([
        { clientId: 'b', state },
      ]);
  });

  it('are not known by what is dated in the future, unless by nothing else, and then as of now', () => {
    const events = [on('b', 1), off('b', 2, LATER + HOUR), off('c', 1, LATER + HOUR)];
    expect(neighbourhoodOf(events, { since: undefined, now: LATER }).neighbours).toEqual([
      { clientId: 'b', state: 'connected', last: SIGHTED_AT + 1 },
      { clientId: 'c', state: 'disconnected', last: LATER },
    ]);
  });

  it('are each named once', () => {
    const { neighbours } = neighbourhoodOf([on('b', 1), on('b', 2), on('c', 1)], {
      since: undefined,
      now: LATER,
    });
    expect(neighbours.map(({ clientId }) => clientId)).toEqual(['b', 'c']);
  });

  it('are known since the sources have kept the events of all, and else not known', () => {
    expect(neighbourhoodOf([on('b', 1)], { since: 5, now: LATER }).since).toBe(5);
    expect(neighbourhoodOf([], { since: undefined, now: LATER })).toEqual({ neighbours: [] });
  });
});
