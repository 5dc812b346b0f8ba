import { describe, expect, it } from '@jest/globals';
import { hitBy, liftOf, wayPast } from '../../src/domain/lift.ts';
import type { Blocker } from '../../src/domain/plan.ts';
import { CLIENT, INTRUDER } from './an-event.ts';
import { CHANGE, aPlan, aRequest } from './an-incident.ts';

const blocker = (code: string): Blocker => ({ code, message: 'in words' });
const known = { things: 'complete', clients: 'since 2023-12-01T00:00:00.000Z' };
const shared = aPlan({
  blastRadius: { things: [CLIENT, 'pump-18'], clients: [CLIENT, 'pump-19', 'console'], policies: [], known },
});

describe('a blocker is lifted by typing what will be hit', () => {
  it.each([
    ['shared-principal', '4', { allowShared: true }],
    ['blast-radius-unknown', 'unknown', { allowShared: true }],
    ['own-principal', 'my own', { allowOwn: true }],
    ['own-role', 'my own', { allowOwn: true }],
    ['irreversible', INTRUDER.slice(0, 8), { confirmRevoke: INTRUDER }],
  ])('%s, by "%s"', (code, word, lifts) => {
    const lift = liftOf(blocker(code), shared);
    expect(lift?.word).toBe(word);
    const request = aRequest({ reason: 'leaked key' });
    expect(lift?.lifted(request)).toEqual({ ...request, ...lifts });
  });

  it('and by no word where nothing is there to revoke', () => {
    expect(liftOf(blocker('irreversible'), aPlan({ changes: [] }))).toBeUndefined();
    expect(liftOf(blocker('irreversible'), aPlan({ changes: [CHANGE] }))).toBeDefined();
  });

  it('each one that is hit counts once, a device and its thing of the same name as one', () => {
    expect(hitBy(shared)).toEqual([CLIENT, 'pump-19', 'console', 'pump-18']);
    expect(hitBy(aPlan())).toEqual([CLIENT]);
  });
});

describe('the way past a blocker', () => {
  it.each([
    ['several-principals', 'principal'],
    ['sighting-mismatch', 'principal'],
    ['identity-needed', 'identity'],
    ['no-action', 'action'],
    ['shared-principal', 'word'],
    ['irreversible', 'word'],
  ])('%s is by %s', (code, by) => {
    expect(wayPast(blocker(code), aPlan())?.by).toBe(by);
  });

  it.each(['protected', 'certificate-not-here', 'principal-mismatch', 'cannot-prove', 'of-a-later-version'])(
    'there is none past %s',
    (code) => {
      expect(wayPast(blocker(code), aPlan())).toBeUndefined();
    },
  );
});
