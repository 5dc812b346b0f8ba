import { describe, expect, it } from '@jest/globals';
import { factsOf } from '../../src/domain/facts.ts';
import { bounced, nextMove, quietSince, returnsOf } from '../../src/domain/hold.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import {
  COLLEAGUE,
  INTRUDER,
  OURS,
  STRANGER,
  aConnectFailedEvent,
  aConnectedEvent,
  aDisconnectedEvent,
} from './an-event.ts';
import {
  HEARD_AT,
  HOLD_MS,
  SENT_AT,
  TAKEN_AT,
  kicked,
  lost,
  observed,
  ourEvent,
  refusedTakeover,
  takeover,
  containedOnly,
} from './an-incident.ts';

const RETURNED_AT = HEARD_AT + 10_000;

function back(identifier: string, version: number, receivedAt: number = RETURNED_AT): IncidentEntry {
  const event = {
    principalIdentifier: identifier,
    versionNumber: version,
    sessionIdentifier: `s-${version}`,
  };
  return observed(aConnectedEvent(event), receivedAt);
}

function gone(identifier: string, version: number, receivedAt: number = RETURNED_AT + 100): IncidentEntry {
  const event = {
    principalIdentifier: identifier,
    versionNumber: version,
    sessionIdentifier: `s-${version}`,
  };
  return observed(aDisconnectedEvent(event), receivedAt);
}

function moveOf(entries: readonly IncidentEntry[], now: number) {
  return nextMove(factsOf(entries), now);
}

describe('the next move of the hold', () => {
  it('is to wait for the rest of the quiet, and then to be done', () => {
    const entries = [...kicked(), ourEvent()];
    expect(moveOf(entries, TAKEN_AT)).toEqual({ kind: 'wait', ms: HOLD_MS });
    expect(moveOf(entries, TAKEN_AT + HOLD_MS - 1)).toEqual({ kind: 'wait', ms: 1 });
    expect(moveOf(entries, TAKEN_AT + HOLD_MS)).toEqual({ kind: 'quiet' });
  });

  it.each([INTRUDER, STRANGER])('is to retake the client ID from whoever came back (%s)', (identifier) => {
    const entries = [...kicked(), ourEvent(), back(identifier, 98)];
    expect(moveOf(entries, RETURNED_AT)).toEqual({ kind: 'retake' });
  });

  it('starts the quiet anew with every return and every retake', () => {
    const retakenAt = RETURNED_AT + 50;
    const entries = [...kicked(), ourEvent(), back(INTRUDER, 98), ...takeover(retakenAt)];
    const after = [...entries, gone(INTRUDER, 98), ourEvent(RETURNED_AT + 100, { versionNumber: 99 })];
    expect(moveOf(after, TAKEN_AT + HOLD_MS)).toEqual({ kind: 'wait', ms: retakenAt - SENT_AT });
    expect(quietSince(factsOf(after))).toBe(retakenAt + 40);
  });

  it('starts the quiet anew also when the return was already over when it was heard of', () => {
    const heardAt = TAKEN_AT + HOLD_MS - 1;
    const entries = [...kicked(), ourEvent(), back(INTRUDER, 98, heardAt), gone(INTRUDER, 98, heardAt)];
    expect(moveOf(entries, TAKEN_AT + HOLD_MS)).toEqual({ kind: 'wait', ms: HOLD_MS - 1 });
  });

  it('does not take an old session for a return because its beginning arrived late', () => {
    const entries = [...kicked(), ourEvent(), observed(aConnectedEvent(), RETURNED_AT), gone(INTRUDER, 95)];
    expect(moveOf(entries, TAKEN_AT + HOLD_MS)).toEqual({ kind: 'quiet' });
    expect(returnsOf(factsOf(entries))).toEqual([]);
  });

  it('does not take our own sessions for returns', () => {
    const retake = takeover(RETURNED_AT);
    const ours = [ourEvent(), ourEvent(RETURNED_AT, { versionNumber: 98, sessionIdentifier: 'second' })];
    expect(returnsOf(factsOf([...kicked(), ...ours, ...retake]))).toEqual([]);
  });

  it('is to retake a connection that was lost as soon as an event says that an intruder has it', () => {
    const entries = [...kicked(), ourEvent(), lost(RETURNED_AT)];
    expect(moveOf(entries, RETURNED_AT).kind).toBe('wait');
    expect(moveOf([...entries, back(INTRUDER, 98)], RETURNED_AT)).toEqual({ kind: 'retake' });
    expect(moveOf([...entries, back(COLLEAGUE, 98)], RETURNED_AT).kind).toBe('yield');
  });

  it('is to retake a connection that was lost although no event says who has it, once none can be expected', () => {
    const entries = [...kicked(), ourEvent(), lost(RETURNED_AT)];
    expect(moveOf(entries, RETURNED_AT)).toEqual({ kind: 'wait', ms: 5_000 });
    expect(moveOf(entries, RETURNED_AT + 5_000)).toEqual({ kind: 'retake' });
    expect(moveOf([...entries, ...takeover(RETURNED_AT + 5_001)], RETURNED_AT + 5_100).kind).toBe('wait');
  });

  it('is to retake what was lost and left again, without waiting for more events', () => {
    const entries = [...kicked(), ourEvent(), lost(RETURNED_AT), back(INTRUDER, 98), gone(INTRUDER, 98)];
    expect(moveOf(entries, RETURNED_AT + 200)).toEqual({ kind: 'retake' });
  });

  it('is to kick again who was heard of during the kick, and whose end does not come', () => {
    const entries = [...kicked(), back(INTRUDER, 98, SENT_AT + 1)];
    expect(moveOf(entries, SENT_AT + 2_000)).toEqual({
      kind: 'wait',
      ms: TAKEN_AT + 5_000 - SENT_AT - 2_000,
    });
    expect(moveOf(entries, TAKEN_AT + 5_000)).toEqual({ kind: 'retake' });
    expect(moveOf([...entries, ...takeover(TAKEN_AT + 5_010)], TAKEN_AT + 7_000).kind).toBe('wait');
  });

  it('is not to yield to a colleague who connected when we did, before it is known who came last', () => {
    const entries = [...kicked(), back(COLLEAGUE, 97, SENT_AT + 20)];
    expect(moveOf(entries, SENT_AT + 200).kind).toBe('wait');
    expect(moveOf([...entries, ourEvent(HEARD_AT, { versionNumber: 98 })], HEARD_AT).kind).toBe('wait');
    expect(moveOf([...entries, ourEvent(HEARD_AT, { versionNumber: 96 })], HEARD_AT).kind).toBe('yield');
    expect(moveOf([...entries, lost(HEARD_AT)], HEARD_AT).kind).toBe('yield');
    expect(moveOf(entries, TAKEN_AT + 5_000).kind).toBe('yield');
  });

  it('is to yield to another run that speaks as we do', () => {
    const theirs = { sessionIdentifier: 'of-another-run', versionNumber: 98 };
    const twice = [...kicked(), ourEvent(), ourEvent(RETURNED_AT, theirs)];
    expect(moveOf(twice, RETURNED_AT).kind).toBe('wait');
    expect(moveOf([...twice, lost(RETURNED_AT)], RETURNED_AT)).toMatchObject({
      kind: 'yield',
      principal: { identifier: OURS },
    });
    expect(moveOf([...kicked(), ourEvent(), lost(RETURNED_AT)], RETURNED_AT).kind).toBe('wait');
  });

  it('is to try again when the takeover itself was refused', () => {
    expect(moveOf([...containedOnly(), ...refusedTakeover()], SENT_AT + 5_000)).toEqual({ kind: 'retake' });
  });

  it('keeps the pace of one CONNECT a second that AWS allows, from one CONNECT to the next', () => {
    const entries = [...kicked(), ourEvent(), back(INTRUDER, 98, HEARD_AT)];
    const intendedAt = SENT_AT - 10;
    expect(moveOf(entries, intendedAt + 1_000)).toMatchObject({ kind: 'wait' });
    const early = moveOf(entries, intendedAt + 200);
    expect(early.kind === 'wait' && intendedAt + 200 + early.ms - intendedAt).toBeGreaterThan(1_000);
    expect(moveOf(entries, intendedAt + 1_100)).toEqual({ kind: 'retake' });
  });

  it('is to yield to a colleague', () => {
    const entries = [...kicked(), ourEvent(), back(COLLEAGUE, 98)];
    expect(moveOf(entries, RETURNED_AT)).toMatchObject({
      kind: 'yield',
      principal: { identifier: COLLEAGUE },
    });
    expect(moveOf([...entries, gone(COLLEAGUE, 98)], RETURNED_AT + 200).kind).toBe('wait');
  });

  it('is to yield to another session of the role that we run as', () => {
    const asAlice: IncidentEntry = {
      kind: 'identified',
      responder: { principal: 'AROAEXAMPLE:alice' },
      target: {},
    };
    const entries = [...kicked(), asAlice, ourEvent(), back('AROAEXAMPLE:bob', 98)];
    expect(moveOf(entries, RETURNED_AT)).toMatchObject({ kind: 'yield' });
    expect(moveOf([...kicked(), ourEvent(), back('AROAEXAMPLE:bob', 98)], RETURNED_AT).kind).toBe('retake');
  });

  it('is not to yield to a colleague from whom the intruder has taken the client ID', () => {
    const events = [back(COLLEAGUE, 98), back(INTRUDER, 99)];
    expect(moveOf([...kicked(), ourEvent(), ...events], RETURNED_AT)).toEqual({ kind: 'retake' });
    expect(moveOf([...kicked(), ourEvent(), ...events.toReversed()], RETURNED_AT)).toEqual({
      kind: 'retake',
    });
  });

  it('is quiet at once where no hold was asked for', () => {
    expect(moveOf([...kicked({ plan: { holdMs: 0 } }), ourEvent()], TAKEN_AT)).toEqual({ kind: 'quiet' });
  });
});

describe('the returns', () => {
  it('are counted by principal, the most frequent first, each with its last time', () => {
    const facts = factsOf([
      ...kicked(),
      ourEvent(),
      back(STRANGER, 98, RETURNED_AT),
      back(INTRUDER, 99, RETURNED_AT + 1),
      back(INTRUDER, 100, RETURNED_AT + 2),
      back(INTRUDER, 100, RETURNED_AT + 3),
    ]);
    expect(returnsOf(facts)).toMatchObject([
      { principal: { identifier: INTRUDER }, count: 2, last: RETURNED_AT + 2 },
      { principal: { identifier: STRANGER }, count: 1, last: RETURNED_AT },
    ]);
  });

  it('are one where the same principal is written in two ways', () => {
    const facts = factsOf([...kicked(), ourEvent(), back(INTRUDER, 98), back(INTRUDER.toUpperCase(), 99)]);
    expect(returnsOf(facts)).toMatchObject([{ count: 2 }]);
  });

  it('are none before the first takeover', () => {
    expect(quietSince(factsOf(containedOnly()))).toBeUndefined();
    expect(returnsOf(factsOf([...containedOnly(), back(INTRUDER, 98)]))).toEqual([]);
  });
});

describe('the refused attempts', () => {
  const start = [...kicked(), ourEvent()];

  it("are the contained principal's, on this client, since the quiet began", () => {
    expect(bounced(factsOf([...start, observed(aConnectFailedEvent(), RETURNED_AT)]))).toBe(1);
  });

  it.each([
    ['of another client', observed(aConnectFailedEvent({ clientId: 'pump-18' }), RETURNED_AT)],
    ['of before the takeover', observed(aConnectFailedEvent(), SENT_AT - 1)],
    ['of our own', observed(aConnectFailedEvent({ principalIdentifier: OURS }), RETURNED_AT)],
    ['of a stranger', observed(aConnectFailedEvent({ principalIdentifier: STRANGER }), RETURNED_AT)],
  ])('are not those %s', (_, event) => {
    expect(bounced(factsOf([...start, event]))).toBeUndefined();
  });
});
