import { describe, expect, it } from '@jest/globals';
import { consequencesOf } from '../../src/domain/consequences.ts';
import { CLIENT } from './an-event.ts';
import { aPlan, KICK_ONLY } from './an-incident.ts';

const ENDS_SESSION = { code: 'ends-session', message: 'its subscriptions are gone' };
const WILL = { code: 'publishes-last-will', message: 'the Last Will is published' };
const CONSUMES = { code: 'consumes-messages', message: 'its messages are gone' };
const ONLINE = { code: 'shows-online', message: 'it looks online' };
const FINDING = { code: 'device-defender-finding', message: 'an audit may name it' };
const OTHER = { code: 'no-client-history', message: 'others are not known' };

describe('what cannot be undone', () => {
  it('is what a kick ends', () => {
    const { cannotBeUndone } = consequencesOf(aPlan({ warnings: [ENDS_SESSION, CONSUMES, OTHER] }));
    expect(cannotBeUndone).toEqual([
      'the dropped connection, and what the device was doing on it',
      ENDS_SESSION.message,
      CONSUMES.message,
    ]);
  });

  it('is an action that is final', () => {
    const { cannotBeUndone } = consequencesOf(aPlan({ actions: ['revoke'], method: 'none' }));
    expect(cannotBeUndone).toEqual(['revoke: none: REVOKED is final']);
  });

  it('is nothing where nothing is dropped and all can be put back', () => {
    expect(consequencesOf(aPlan({ actions: ['detach'], method: 'none' })).cannotBeUndone).toEqual([]);
  });
});

describe('what is set off', () => {
  it('is what others will see of a takeover', () => {
    expect(consequencesOf(aPlan({ warnings: [WILL, ONLINE, FINDING, OTHER] })).setsOff).toEqual([
      WILL.message,
      ONLINE.message,
      FINDING.message,
    ]);
    expect(consequencesOf(aPlan({ method: 'api' })).setsOff).toEqual([]);
  });

  it.each([
    ['another client', { clients: [CLIENT, 'pump-18'] }],
    ['another thing', { things: [CLIENT, 'pump-18'] }],
  ])('is felt by %s of the same principal', (_, more) => {
    const { blastRadius } = aPlan();
    const plan = aPlan({ method: 'none', blastRadius: { ...blastRadius, ...more } });
    expect(consequencesOf(plan).setsOff).toEqual([
      'every device that uses the same principal loses its connections, too',
    ]);
    expect(consequencesOf({ ...plan, ...KICK_ONLY }).setsOff).toEqual([]);
  });
});
