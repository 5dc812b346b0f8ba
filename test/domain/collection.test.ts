import { describe, expect, it } from '@jest/globals';
import { LatestOfEach, NewestEvents } from '../../src/domain/collection.ts';
import { latest } from '../../src/domain/history.ts';
import { INTRUDER, LATER, SIGHTED_AT, STRANGER, aConnectedEvent, found } from './an-event.ts';

const session = (version: number, principalIdentifier: string, clientId = 'pump-17') =>
  found(
    aConnectedEvent({
      clientId,
      principalIdentifier,
      versionNumber: version,
      sessionIdentifier: `s-${version}`,
      timestamp: SIGHTED_AT + version * 1_000,
    }),
  );

describe('what is kept of more events than there is memory for', () => {
  it('is the newest of a client, in whatever order they come, and the latest of everybody before', () => {
    const events = [
      session(1, STRANGER),
      ...Array.from({ length: 5_000 }, (_, index) => session(index + 2, INTRUDER)),
    ];
    for (const order of [events, events.toReversed()]) {
      const newest = new NewestEvents(LATER, 200);
      for (const one of order) newest.add(one);
      expect(newest.kept.length).toBeLessThan(500);
      expect(latest(newest.kept)?.event.versionNumber).toBe(5_001);
      expect(latest(newest.kept.filter(({ event }) => event.principalIdentifier === STRANGER))).toEqual(
        session(1, STRANGER),
      );
    }
  });

  it('is the latest of each principal on each client, once, and of not more than there is room for', () => {
    const each = new LatestOfEach(LATER, 2);
    for (let version = 0; version < 100; version += 1)
      for (const clientId of ['a', 'b', 'c']) {
        each.add(session(version, INTRUDER, clientId));
        each.add(session(version, INTRUDER, clientId));
      }
    expect(each.kept.length).toBeLessThan(40);
    expect(new Set(each.kept.map(({ event }) => event.clientId))).toEqual(new Set(['a', 'b']));
    expect(latest(each.kept.filter(({ event }) => event.clientId === 'b'))?.event.versionNumber).toBe(99);
  });

  it('is not pushed out by what is dated in the future', () => {
    const future = Array.from({ length: 5_000 }, (_, index) => session(10 ** 9 + index, INTRUDER));
    const real = [session(1, INTRUDER), session(2, STRANGER)];
    for (const all of [new NewestEvents(LATER, 200), new LatestOfEach(LATER, 2)]) {
      for (const one of [...real, ...future]) all.add(one);
      expect(all.kept).toEqual(
        expect.arrayContaining(real.map((one) => expect.objectContaining({ event: one.event }))),
      );
    }
  });
});
