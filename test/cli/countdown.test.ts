import { describe, expect, it } from '@jest/globals';
import { clock, countdown } from '../../src/cli/render/countdown.ts';
import { factsOf } from '../../src/domain/facts.ts';
import { aConnectFailedEvent, aConnectedEvent, STRANGER } from '../domain/an-event.ts';
import {
  HEARD_AT,
  HOLD_MS,
  kicked,
  observed,
  ourEvent,
  TAKEN_AT,
  takeover,
  theEnd,
} from '../domain/an-incident.ts';

const quiet = [...kicked(), theEnd(), ourEvent()];
const returned = observed(
  aConnectedEvent({ principalIdentifier: STRANGER, sessionIdentifier: 'back', versionNumber: 98 }),
  HEARD_AT + 60_000,
);

describe('the countdown of the hold', () => {
  it('counts down from the takeover', () => {
    expect(countdown(factsOf(quiet), TAKEN_AT)).toBe('3:00 left of unbroken quiet, no return');
    expect(countdown(factsOf(quiet), TAKEN_AT + 19_500)).toBe('2:41 left of unbroken quiet, no return');
    expect(countdown(factsOf(quiet), TAKEN_AT + HOLD_MS - 1)).toBe('0:01 left of unbroken quiet, no return');
  });

  it('begins anew with a return, and again when it was retaken', () => {
    expect(countdown(factsOf([...quiet, returned]), HEARD_AT + 60_000)).toBe(
      '3:00 left of unbroken quiet, 1 return retaken',
    );
    const retaken = takeover(HEARD_AT + 61_000);
    expect(countdown(factsOf([...quiet, returned, ...retaken]), retaken[1].endedAt + 1)).toBe(
      '3:00 left of unbroken quiet, 1 return retaken',
    );
  });

  it('counts the attempts that were seen to be refused', () => {
    const refused = observed(aConnectFailedEvent(), HEARD_AT + 1_000);
    expect(countdown(factsOf([...quiet, refused]), TAKEN_AT)).toBe(
      '3:00 left of unbroken quiet, no return, 1 refused',
    );
  });

  it('says what is done about a return, by the method', () => {
    const by = (method: 'api' | 'none') =>
      countdown(
        factsOf([...kicked({ plan: { method } }), theEnd(), ourEvent(), returned]),
        HEARD_AT + 60_000,
      );
    expect(by('api')).toContain('1 return dropped again');
    expect(by('none')).toContain('1 return seen');
  });

  it('says what is waited for when the time is over', () => {
    expect(countdown(factsOf(quiet), TAKEN_AT + HOLD_MS)).toBe(
      'asking whether the quiet could be heard, no return',
    );
  });
});

describe('a clock', () => {
  it.each([
    [0, '0:00'],
    [1, '0:01'],
    [59_001, '1:00'],
    [61_000, '1:01'],
    [3_600_000, '60:00'],
  ])('of %d ms reads %s', (ms, text) => {
    expect(clock(ms)).toBe(text);
  });
});
