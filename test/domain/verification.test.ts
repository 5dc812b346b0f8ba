import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { factsOf } from '../../src/domain/facts.ts';
import { sightingOf } from '../../src/domain/history.ts';
import { patienceLeft } from '../../src/domain/patience.ts';
import { judge } from '../../src/domain/verification.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import { isDecided } from '../../src/response/verify.ts';
import type { DisconnectedEvent } from '../../src/domain/presence-event.ts';
import {
  LATER,
  CLIENT,
  COLLEAGUE,
  INTRUDER,
  OURS,
  SIGHTED_AT,
  STRANGER,
  aConnectedEvent,
  aDisconnectedEvent,
  found,
} from './an-event.ts';
import {
  CONTAINED_AT,
  ENDED_AT,
  HEARD_AT,
  KICK_ONLY,
  SENT_AT,
  TAKEN_AT,
  aPlan,
  containedOnly,
  kicked,
  lost,
  observed,
  ourEvent,
  takeover,
  theEnd,
  watched,
} from './an-incident.ts';

/** Another session of the contained principal. */
const ANOTHER = { sessionIdentifier: 'another-session', versionNumber: 95 } as const;

const EVERY_REASON = [
  'DUPLICATE_CLIENTID',
  'API_INITIATED_DISCONNECT',
  'CLIENT_INITIATED_DISCONNECT',
  'CONNECTION_LOST',
  'MQTT_KEEP_ALIVE_TIMEOUT',
  'AUTH_ERROR',
  'SERVER_INITIATED_DISCONNECT',
  'A_REASON_OF_NEXT_YEAR',
  undefined,
];

describe('the proof by the sighted session', () => {
  it.each(EVERY_REASON)('is its own end, whatever the reason (%s)', (disconnectReason) => {
    const event = aDisconnectedEvent({ disconnectReason });
    const facts = factsOf([...kicked(), observed(event)]);
    expect(judge(facts, ENDED_AT)).toEqual({
      kind: 'proved',
      proof: { by: 'sessionIdentifier', event, receivedAt: HEARD_AT },
    });
  });

  it('holds also for an end that came between the read-back and the CONNECT', () => {
    const facts = factsOf([...kicked(), theEnd(CONTAINED_AT + 1)]);
    expect(judge(facts, ENDED_AT)).toMatchObject({ kind: 'proved', proof: { by: 'sessionIdentifier' } });
  });

  it.each([CONTAINED_AT - 1, CONTAINED_AT])(
    'is none when it arrived before the containment was read back',
    (receivedAt) => {
      const facts = factsOf([...kicked(), theEnd(receivedAt), ourEvent()]);
      expect(judge(facts, HEARD_AT).kind).toBe('silence');
    },
  );

  it('is none when only its duplicate arrived after the read-back', () => {
    const facts = factsOf([...kicked(), theEnd(CONTAINED_AT - 50), theEnd(HEARD_AT), ourEvent()]);
    expect(judge(facts, HEARD_AT).kind).toBe('silence');
  });

  it('keeps the arrival of the first copy when the event comes three times', () => {
    const facts = factsOf([...kicked(), theEnd(), theEnd(HEARD_AT + 1), ourEvent(), theEnd(HEARD_AT + 2)]);
    expect(judge(facts, ENDED_AT)).toMatchObject({ kind: 'proved', proof: { receivedAt: HEARD_AT } });
  });

  it('needs an acknowledged takeover', () => {
    const facts = factsOf([...containedOnly(), theEnd()]);
    expect(judge(facts, ENDED_AT).kind).toBe('silence');
  });

  it('needs a containment that was read back', () => {
    const facts = factsOf([...watched(), ...takeover(), theEnd()]);
    expect(judge(facts, ENDED_AT).kind).toBe('silence');
  });

  it('needs every change of the plan to be read back', () => {
    const [change] = aPlan().changes;
    const facts = factsOf([
      ...kicked({ plan: { changes: change === undefined ? [] : [change, change] } }),
      theEnd(),
    ]);
    expect(judge(facts, ENDED_AT).kind).toBe('silence');
  });

  it('is none on another client, even if its ID differs by case only', () => {
    const facts = factsOf([...kicked(), observed(aDisconnectedEvent({ clientId: CLIENT.toUpperCase() }))]);
    expect(judge(facts, ENDED_AT).kind).toBe('silence');
  });

  it('is none when another principal claims the same session identifier', () => {
    const stranger = aDisconnectedEvent({
      principalIdentifier: STRANGER,
      disconnectReason: 'CONNECTION_LOST',
    });
    expect(judge(factsOf([...kicked(), observed(stranger)]), ENDED_AT).kind).toBe('silence');
  });

  it('knows its principal although the case of the hex digits differs', () => {
    const shouted = aDisconnectedEvent({ principalIdentifier: INTRUDER.toUpperCase() });
    expect(judge(factsOf([...kicked(), observed(shouted)]), ENDED_AT).kind).toBe('proved');
  });

  it('after a kick without containment counts from the CONNECT on', () => {
    const late = factsOf([...kicked({ plan: KICK_ONLY }), theEnd()]);
    expect(judge(late, ENDED_AT)).toMatchObject({ kind: 'proved', proof: { by: 'sessionIdentifier' } });
    const early = factsOf([...kicked({ plan: KICK_ONLY }), theEnd(SENT_AT - 1), ourEvent()]);
    expect(judge(early, HEARD_AT).kind).toBe('silence');
  });
});

describe('the proof by version number', () => {
  const lostLink: Partial<DisconnectedEvent> = { disconnectReason: 'CONNECTION_LOST' };
  const without = { sessionIdentifier: undefined };

  it.each([
    ['the event has no session identifier', {}, { ...lostLink, ...without }],
    ['the sighting has no session identifier', without, lostLink],
    ['neither has one', without, { ...lostLink, ...without }],
  ])('stands in where %s', (_, sighting, event) => {
    const facts = factsOf([...kicked({ sighting }), observed(aDisconnectedEvent(event))]);
    expect(judge(facts, ENDED_AT)).toMatchObject({ kind: 'proved', proof: { by: 'versionNumber' } });
  });

  it.each([
    ['both have session identifiers, and these differ', {}, { sessionIdentifier: 'another-session' }],
    ['the versions differ', {}, { ...without, versionNumber: 95 }],
    ['the event has neither', {}, { ...without, versionNumber: undefined }],
    [
      'nobody has a version',
      { ...without, versionNumber: undefined },
      { ...without, versionNumber: undefined },
    ],
    ['the principal is another', {}, { ...without, principalIdentifier: STRANGER }],
  ])('is none where %s', (_, sighting, event) => {
    const facts = factsOf([...kicked({ sighting }), observed(aDisconnectedEvent({ ...lostLink, ...event }))]);
    expect(judge(facts, ENDED_AT).kind).toBe('silence');
  });
});

describe('the proof by displacement', () => {
  it.each(['DUPLICATE_CLIENTID', 'API_INITIATED_DISCONNECT'])(
    'is another session of the principal that ended with %s after the CONNECT was sent',
    (disconnectReason) => {
      const facts = factsOf([...kicked(), observed(aDisconnectedEvent({ ...ANOTHER, disconnectReason }))]);
      expect(judge(facts, ENDED_AT)).toMatchObject({ kind: 'proved', proof: { by: 'displaced' } });
    },
  );

  it.each(EVERY_REASON.filter((reason) => reason === undefined || !/^DUPL|^API/u.test(reason)))(
    'is none with the reason %s',
    (disconnectReason) => {
      const facts = factsOf([...kicked(), observed(aDisconnectedEvent({ ...ANOTHER, disconnectReason }))]);
      expect(judge(facts, ENDED_AT).kind).toBe('silence');
    },
  );

  it('is none when it arrived before the CONNECT was sent: the client knocked itself off', () => {
    const facts = factsOf([...kicked(), observed(aDisconnectedEvent(ANOTHER), SENT_AT - 1)]);
    expect(judge(facts, ENDED_AT).kind).toBe('silence');
  });

  it.each([
    ['of a colleague', COLLEAGUE],
    ['of our own', OURS],
  ])('is none when it is the session %s', (_, principalIdentifier) => {
    const event = aDisconnectedEvent({ ...ANOTHER, principalIdentifier });
    expect(judge(factsOf([...kicked(), observed(event)]), ENDED_AT).kind).not.toBe('proved');
  });

  it.each([
    ['speaks as', 'certificate', OURS],
    ['has for a colleague', 'iam-role-session', COLLEAGUE],
  ] as const)('is none for a principal that this run %s, even if it was contained', (_, kind, identifier) => {
    const principal = { kind, identifier };
    const facts = factsOf([
      ...kicked({ plan: { principal }, sighting: { principal } }),
      observed(aDisconnectedEvent({ principalIdentifier: identifier })),
    ]);
    expect(judge(facts, ENDED_AT).kind).not.toBe('proved');
  });

  it('yields to the end of the sighted session, whichever came first', () => {
    const facts = factsOf([...kicked(), observed(aDisconnectedEvent(ANOTHER)), theEnd(HEARD_AT + 5)]);
    expect(judge(facts, ENDED_AT)).toMatchObject({ proof: { by: 'sessionIdentifier' } });
  });
});

describe('somebody else', () => {
  it.each([
    ['a stranger', STRANGER],
    ['a colleague', COLLEAGUE],
  ])(
    'who lost the client ID to us (%s) is no proof, although the sighted session ended, too',
    (_, identifier) => {
      const facts = factsOf([
        ...kicked(),
        theEnd(),
        observed(
          aDisconnectedEvent({
            principalIdentifier: identifier,
            sessionIdentifier: 'theirs',
            versionNumber: 94,
          }),
        ),
      ]);
      expect(judge(facts, ENDED_AT)).toMatchObject({ kind: 'somebody-else', principal: { identifier } });
    },
  );

  it('is the one whom we displaced, in whatever order the events of several came', () => {
    const before = aDisconnectedEvent({ principalIdentifier: STRANGER, sessionIdentifier: 'before' });
    const after = aDisconnectedEvent({
      principalIdentifier: COLLEAGUE,
      sessionIdentifier: 'after',
      versionNumber: 98,
    });
    const inOrder = [observed(before), observed(after)];
    for (const events of [inOrder, inOrder.toReversed()])
      expect(judge(factsOf([...kicked(), ourEvent(), ...events]), ENDED_AT)).toMatchObject({
        kind: 'somebody-else',
        principal: { identifier: STRANGER },
      });
  });

  it('who left by themselves does not matter', () => {
    const left = aDisconnectedEvent({
      principalIdentifier: STRANGER,
      sessionIdentifier: 'theirs',
      disconnectReason: 'CLIENT_INITIATED_DISCONNECT',
    });
    expect(judge(factsOf([...kicked(), theEnd(), observed(left)]), ENDED_AT).kind).toBe('proved');
  });

  const lostBy = (versionNumber: number, principalIdentifier: string) =>
    observed(
      aDisconnectedEvent({ principalIdentifier, versionNumber, sessionIdentifier: `s-${versionNumber}` }),
    );
  const connectedAs = (versionNumber: number, principalIdentifier: string, receivedAt: number) =>
    observed(
      aConnectedEvent({ principalIdentifier, versionNumber, sessionIdentifier: `s-${versionNumber}` }),
      receivedAt,
    );

  it('is the one whom we displaced, also where our own first event was lost, and the intruder was displaced by our second', () => {
    const retakenAt = HEARD_AT + 10_000;
    const facts = factsOf([
      ...kicked(),
      lostBy(96, STRANGER),
      connectedAs(98, INTRUDER, HEARD_AT + 1_000),
      ...takeover(retakenAt),
      lostBy(98, INTRUDER),
      ourEvent(retakenAt + 50, { versionNumber: 99, sessionIdentifier: 'our-second' }),
    ]);
    expect(judge(facts, ENDED_AT)).toMatchObject({
      kind: 'somebody-else',
      principal: { identifier: STRANGER },
    });
  });

  it('whom the intruder had displaced before our kick does not matter, although that is heard after it', () => {
    const before = [...containedOnly(), connectedAs(97, INTRUDER, SENT_AT - 1)];
    const events = [lostBy(95, STRANGER), lostBy(97, INTRUDER), ourEvent(HEARD_AT, { versionNumber: 98 })];
    expect(judge(factsOf([...before, ...takeover(), ...events]), ENDED_AT).kind).toBe('proved');
    expect(judge(factsOf([...kicked(), ...events]), ENDED_AT).kind).toBe('somebody-else');
  });

  it('who was displaced before our CONNECT was not displaced by us', () => {
    const earlier = aDisconnectedEvent({ principalIdentifier: STRANGER, sessionIdentifier: 'theirs' });
    const facts = factsOf([...kicked(), observed(earlier, SENT_AT - 1), theEnd()]);
    expect(judge(facts, ENDED_AT).kind).toBe('proved');
  });
});

describe('a session after ours', () => {
  const later = aConnectedEvent({ sessionIdentifier: 'return', versionNumber: 98 });

  it.each([INTRUDER, STRANGER, COLLEAGUE])('that is open outweighs every proof (%s)', (identifier) => {
    const back = observed({ ...later, principalIdentifier: identifier }, HEARD_AT + 10);
    const facts = factsOf([...kicked(), theEnd(), ourEvent(), back]);
    expect(judge(facts, ENDED_AT)).toMatchObject({ kind: 'still-open', principal: { identifier } });
  });

  it('that is over lets the proof stand', () => {
    const gone = aDisconnectedEvent({
      sessionIdentifier: 'return',
      versionNumber: 98,
      disconnectReason: 'CONNECTION_LOST',
    });
    const facts = factsOf([...kicked(), theEnd(), ourEvent(), observed(later), observed(gone)]);
    expect(judge(facts, ENDED_AT).kind).toBe('proved');
  });

  it('is not one whose beginning merely arrives late', () => {
    const facts = factsOf([...kicked(), ourEvent(), observed(aConnectedEvent(), HEARD_AT + 10), theEnd()]);
    expect(judge(facts, ENDED_AT).kind).toBe('proved');
  });

  it('is the latest, in whatever order the events of several came', () => {
    const first = observed(
      { ...later, sessionIdentifier: 'first', principalIdentifier: STRANGER },
      HEARD_AT + 10,
    );
    const second = observed({ ...later, versionNumber: 99 }, HEARD_AT + 10);
    const inOrder = judge(factsOf([...kicked(), ourEvent(), first, second]), ENDED_AT);
    const reversed = judge(factsOf([...kicked(), ourEvent(), second, first]), ENDED_AT);
    expect(inOrder).toMatchObject({ kind: 'still-open', principal: { identifier: INTRUDER } });
    expect(reversed).toEqual(inOrder);
  });
});

describe('versions that began again', () => {
  const HOUR = 3_600_000;
  const anew = { timestamp: SENT_AT + HOUR, versionNumber: 0 };

  it('do not hide a return: a version that fell much later is of a new epoch', () => {
    const back = observed(aConnectedEvent({ ...anew, sessionIdentifier: 'return' }), SENT_AT + HOUR);
    const facts = factsOf([...kicked(), theEnd(), ourEvent(), back]);
    expect(judge(facts, SENT_AT + HOUR).kind).toBe('still-open');
  });

  it('do not make a return of what is of long ago', () => {
    const long = { timestamp: SENT_AT - HOUR, versionNumber: 500, sessionIdentifier: 'of-long-ago' };
    const facts = factsOf([
      ...kicked(),
      theEnd(),
      ourEvent(HEARD_AT, { versionNumber: 0 }),
      observed(aConnectedEvent(long), HEARD_AT + 1),
    ]);
    expect(judge(facts, ENDED_AT).kind).toBe('proved');
  });

  it('do not make one of it either where our own event was lost', () => {
    const long = { timestamp: SIGHTED_AT - HOUR, versionNumber: 12, sessionIdentifier: 'of-long-ago' };
    const facts = factsOf([...kicked(), observed(aConnectedEvent(long), SENT_AT), theEnd()]);
    expect(judge(facts, ENDED_AT).kind).toBe('proved');
  });

  it('do not hide a return behind a sighting that is dated in the future', () => {
    const back = { timestamp: SENT_AT + 1_000, versionNumber: 97, sessionIdentifier: 'return' };
    const sighting = { timestamp: SENT_AT + HOUR };
    const facts = factsOf([...kicked({ sighting }), theEnd(), observed(aConnectedEvent(back), HEARD_AT + 9)]);
    expect(judge(facts, ENDED_AT).kind).toBe('still-open');
  });

  it('do not let a return without session identifier pass for the session that had its number before', () => {
    const nameless = { sessionIdentifier: undefined };
    const facts = factsOf([
      ...kicked({ sighting: nameless }),
      observed(aConnectedEvent(nameless), CONTAINED_AT - 50),
      observed(aDisconnectedEvent({ ...nameless, timestamp: SENT_AT })),
      ourEvent(),
      observed(aConnectedEvent({ ...nameless, timestamp: SENT_AT + HOUR }), SENT_AT + HOUR),
    ]);
    expect(judge(facts, SENT_AT + HOUR).kind).toBe('still-open');
  });
});

describe('events without version number or session', () => {
  const bare = { sessionIdentifier: undefined, versionNumber: undefined };

  it('of a return count, although their approximate times may be from before us', () => {
    const back = observed(aConnectedEvent({ ...bare, timestamp: SENT_AT - 100_000 }), HEARD_AT + 9);
    expect(judge(factsOf([...kicked(), theEnd(), ourEvent(), back]), ENDED_AT).kind).toBe('still-open');
  });

  it('that came before the kick are of nobody who came after it', () => {
    const before = observed(aConnectedEvent({ ...bare, timestamp: SENT_AT + 60_000 }), SENT_AT - 1);
    const facts = factsOf([...containedOnly(), before, ...takeover(), theEnd(), ourEvent()]);
    expect(judge(facts, ENDED_AT).kind).toBe('proved');
  });
});

describe('that nobody was there', () => {
  const ENDED = { ended: true };

  it('is not said once our newest connection’s own event is missing, and waits longer where it took long', () => {
    const first = [...kicked({ sighting: ENDED }), ourEvent()];
    const again = [...first, ...takeover(HEARD_AT + 60_000)];
    expect(judge(factsOf(again), ENDED_AT).kind).toBe('silence');
    const late = factsOf([...kicked({ sighting: ENDED }), ourEvent(TAKEN_AT + 7_000)]);
    expect(patienceLeft(late, TAKEN_AT + 7_000)).toBe(14_000);
  });

  it('is said once our own event came, the sighted session is over, and five seconds of silence passed', () => {
    const facts = factsOf([...kicked({ sighting: ENDED }), ourEvent()]);
    expect(judge(facts, HEARD_AT + 4_999).kind).toBe('silence');
    expect(judge(facts, HEARD_AT + 5_000).kind).toBe('nobody-there');
  });

  it.each([
    [100, 5_000],
    [2_500, 5_000],
    [2_501, 5_002],
    [10_000, 20_000],
  ])('waits twice the delay of the canary (%i ms), and five seconds at least', (canaryDelayMs, patience) => {
    const facts = factsOf([...kicked({ sighting: ENDED, canaryDelayMs }), ourEvent()]);
    expect(patienceLeft(facts, HEARD_AT)).toBe(patience);
    expect(judge(facts, HEARD_AT + patience - 1).kind).toBe('silence');
    expect(judge(facts, HEARD_AT + patience).kind).toBe('nobody-there');
  });

  it('is never said without our own event', () => {
    const facts = factsOf(kicked({ sighting: ENDED }));
    expect(patienceLeft(facts, ENDED_AT)).toBeUndefined();
    expect(judge(facts, ENDED_AT).kind).toBe('silence');
  });

  it('is never said on the strength of an own event that came before the kick', () => {
    const facts = factsOf([...kicked({ sighting: ENDED }), ourEvent(SENT_AT - 1)]);
    expect(judge(facts, ENDED_AT).kind).toBe('silence');
  });

  it('is never said while the sighted session may be open', () => {
    expect(judge(factsOf([...kicked(), ourEvent()]), ENDED_AT).kind).toBe('silence');
  });

  it('is said when the watch itself saw the sighted session end before the containment', () => {
    const facts = factsOf([...kicked(), theEnd(CONTAINED_AT - 50), ourEvent()]);
    expect(judge(facts, ENDED_AT).kind).toBe('nobody-there');
  });

  it('is never said without any sighting of a session', () => {
    const sighting = {
      event: undefined,
      ended: false,
      sessionIdentifier: undefined,
      versionNumber: undefined,
    };
    expect(judge(factsOf([...kicked({ sighting }), ourEvent()]), ENDED_AT).kind).toBe('silence');
  });

  it('is never said while the watch knows of a session without an end', () => {
    const open = aConnectedEvent({
      sessionIdentifier: 'other',
      principalIdentifier: STRANGER,
      versionNumber: 95,
    });
    const facts = factsOf([...kicked({ sighting: ENDED }), observed(open, CONTAINED_AT - 50), ourEvent()]);
    expect(judge(facts, ENDED_AT).kind).toBe('silence');
  });

  it('waits anew after every retake', () => {
    const retakenAt = HEARD_AT + 60_000;
    const retake = ourEvent(retakenAt, { sessionIdentifier: 'our-second', versionNumber: 98 });
    const facts = factsOf([...kicked({ sighting: ENDED }), ourEvent(), ...takeover(retakenAt - 100), retake]);
    expect(judge(facts, retakenAt + 4_999).kind).toBe('silence');
    expect(judge(facts, retakenAt + 5_000).kind).toBe('nobody-there');
  });

  it('is never said where the sources show a later session of another principal open', () => {
    const history = [
      found(aConnectedEvent()),
      found(aDisconnectedEvent({ timestamp: SIGHTED_AT + 10 })),
      found(
        aConnectedEvent({
          timestamp: SIGHTED_AT + 20,
          principalIdentifier: STRANGER,
          sessionIdentifier: 'theirs',
          versionNumber: 97,
        }),
      ),
    ];
    const wanted = { kind: 'certificate', identifier: INTRUDER } as const;
    const sighting = sightingOf(history, { isResponder: () => false, now: LATER, wanted });
    expect(sighting).toMatchObject({ ended: true, principal: wanted });
    const facts = factsOf([
      ...kicked({ sighting: { ...sighting } }),
      ourEvent(HEARD_AT, { versionNumber: 98 }),
    ]);
    expect(judge(facts, ENDED_AT).kind).not.toBe('nobody-there');
  });
});

describe('any event', () => {
  it('that is no presence event, or nothing at all, changes no judgement', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (noise) => {
        const facts = factsOf([...kicked(), ...noise.map((event) => observed(event)), theEnd()]);
        expect(judge(facts, ENDED_AT).kind).toBe('proved');
      }),
    );
  });
});

describe('the wait for the verdict of the events', () => {
  const early = observed(aConnectedEvent({ sessionIdentifier: 'late-news', versionNumber: 90 }), SENT_AT + 1);
  const decided = (entries: readonly IncidentEntry[], now: number) => {
    const facts = factsOf(entries);
    return isDecided(judge(facts, now), facts, now);
  };

  it('goes on for our own event, where somebody seems to be there who may have been so before us', () => {
    expect(decided([...kicked(), early], HEARD_AT)).toBe(false);
    expect(decided([...kicked(), early], TAKEN_AT + 5_000)).toBe(true);
    expect(decided([...kicked(), early, ourEvent(), theEnd()], HEARD_AT)).toBe(true);
  });

  it('is over when our connection is lost: the hold deals with it', () => {
    expect(decided(kicked(), HEARD_AT)).toBe(false);
    expect(decided([...kicked(), lost(HEARD_AT)], HEARD_AT)).toBe(true);
  });
});
