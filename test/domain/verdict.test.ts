import { describe, expect, it } from '@jest/globals';
import { shellQuoted } from '../../src/domain/equivalent.ts';
import { factsOf } from '../../src/domain/facts.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import type { Neighbour } from '../../src/domain/plan.ts';
import { conclude, concludePreview } from '../../src/domain/verdict.ts';
import { COLLEAGUE, INTRUDER, STRANGER, aConnectedEvent, aDisconnectedEvent } from './an-event.ts';
import {
  CHANGE,
  ENDED_AT,
  HEARD_AT,
  HELD_UNTIL,
  KICK_ONLY,
  TAKEN_AT,
  aPlan,
  containedOnly,
  doneChange,
  evicted,
  failedAct,
  gap,
  held,
  identified,
  intendedChange,
  kicked,
  lost,
  observed,
  opened,
  ourEvent,
  planned,
  refusedTakeover,
  takeover,
  theEnd,
  watched,
} from './an-incident.ts';

const DEADLINE = { kind: 'deadline' } as const;
const INTERRUPTED = { kind: 'interrupted' } as const;

function error(code: string) {
  return { kind: 'error', code, message: `${code} happened`, hint: 'see to it' } as const;
}

function concludeOf(entries: readonly IncidentEntry[], stop?: Parameters<typeof conclude>[2]) {
  return conclude(factsOf(entries), ENDED_AT, stop);
}

const BACK = { sessionIdentifier: 'return', versionNumber: 98 } as const;

function back(principalIdentifier: string = INTRUDER, version: number = 98): IncidentEntry {
  const sessionIdentifier = `return-${version}`;
  return observed(
    aConnectedEvent({ principalIdentifier, sessionIdentifier, versionNumber: version }),
    HEARD_AT + 10,
  );
}

function gone(principalIdentifier: string = INTRUDER, version: number = 98): IncidentEntry {
  const sessionIdentifier = `return-${version}`;
  const event = { principalIdentifier, sessionIdentifier, versionNumber: version };
  return observed(aDisconnectedEvent({ ...event, disconnectReason: 'CONNECTION_LOST' }), HEARD_AT + 20);
}

describe('an eviction', () => {
  it('is evicted when it was contained, kicked, proved, and quiet for the whole hold', () => {
    expect(conclude(evicted(), ENDED_AT, undefined)).toEqual({ verdict: 'evicted', contained: 'yes' });
  });

  it('is evicted also when its principal came back once and the quiet afterwards was whole', () => {
    const entries = [...kicked(), ourEvent(), theEnd(), back(), gone(), held()];
    expect(concludeOf(entries).verdict).toBe('evicted');
  });

  it('is not-connected when the takeover displaced nobody and the sighted session was over', () => {
    expect(concludeOf([...kicked({ sighting: { ended: true } }), ourEvent(), held()])).toEqual({
      verdict: 'not-connected',
      contained: 'yes',
    });
  });

  it.each([
    ['silence', [ourEvent(), held()], 'no-proof'],
    ['a gap in the watch, proof or not', [ourEvent(), theEnd(), gap(), held()], 'watch-gap'],
    ['a hold that was not completed', [ourEvent(), theEnd(), held({ completed: false })], 'deadline'],
    ['no hold at all', [ourEvent(), theEnd()], 'deadline'],
    [
      'another principal displaced',
      [
        theEnd(),
        observed(aDisconnectedEvent({ principalIdentifier: STRANGER, sessionIdentifier: 'x' })),
        held(),
      ],
      'other-principal',
    ],
    ['a colleague on the client', [ourEvent(), theEnd(), back(COLLEAGUE), held()], 'other-responder'],
  ])('is unverified after %s', (_, more, code) => {
    expect(concludeOf([...kicked(), ...more])).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
      cause: { code },
    });
  });

  it('says cannot-prove where the event path itself was never proved', () => {
    const unheard = kicked().filter(({ kind }) => kind !== 'watch-proved');
    expect(concludeOf([...unheard, held()])).toMatchObject({
      verdict: 'unverified',
      cause: { code: 'cannot-prove' },
    });
  });

  it.each([
    ['evicted', kicked(), theEnd()],
    ['not-connected', kicked({ sighting: { ended: true } }), gone(STRANGER, 90)],
  ])(
    'is never %s when our own connection was lost and not retaken: somebody took it',
    (verdict, entries, event) => {
      const whole = [...entries, ourEvent(), event, held({ until: HEARD_AT, from: HEARD_AT })];
      expect(concludeOf(whole).verdict).toBe(verdict);
      expect(['unverified', 'returned']).toContain(concludeOf([...whole, lost(HEARD_AT + 5)]).verdict);
    },
  );

  it('is evicted when a connection that was lost was retaken, and the quiet after it was whole', () => {
    const retaken = [lost(HEARD_AT + 5), ...takeover(HEARD_AT + 1_100)];
    expect(concludeOf([...kicked(), ourEvent(), theEnd(), ...retaken, held()]).verdict).toBe('evicted');
  });
});

describe('a return', () => {
  it.each([
    ['the contained principal holds the client', [back()]],
    ['somebody else holds the client', [back(STRANGER)]],
    ['it left, but no quiet was reached', [back(), gone(), held({ completed: false })]],
  ])('is returned when %s', (_, more) => {
    expect(concludeOf([...kicked(), ourEvent(), theEnd(), ...more], DEADLINE)).toMatchObject({
      verdict: 'returned',
      contained: 'yes',
      cause: { code: 'returned', retryable: true },
    });
  });

  it('outweighs a completed hold as long as it is open', () => {
    expect(concludeOf([...kicked(), ourEvent(), theEnd(), held(), back()]).verdict).toBe('returned');
  });

  it('names the principal that came back', () => {
    const { cause } = concludeOf([...kicked(), ourEvent(), theEnd(), back(STRANGER)], DEADLINE);
    expect(cause?.message).toContain(STRANGER);
    expect(cause?.hint).toContain(STRANGER);
  });

  it('is judged by the latest session, whatever order the events came in', () => {
    const events = [back(COLLEAGUE, 98), back(INTRUDER, 99)];
    const start = [...kicked(), ourEvent(), theEnd()];
    expect(concludeOf([...start, ...events], DEADLINE).verdict).toBe('returned');
    expect(concludeOf([...start, ...events.toReversed()], DEADLINE).verdict).toBe('returned');
    const others = [back(INTRUDER, 98), back(COLLEAGUE, 99)];
    expect(concludeOf([...start, ...others], DEADLINE)).toMatchObject({ cause: { code: 'other-responder' } });
  });
});

describe('other clients of the principal', () => {
  const neighbours: Neighbour[] = [{ clientId: 'pump-18', state: 'connected', last: HEARD_AT - 500 }];
  const elsewhere = {
    clientId: 'pump-18',
    sessionIdentifier: 'elsewhere',
    versionNumber: 3,
    timestamp: HEARD_AT,
  };
  const whole = (more: IncidentEntry[], plan: Parameters<typeof aPlan>[0] = {}) => [
    ...kicked({ plan: { neighbours, ...plan } }),
    ourEvent(),
    theEnd(),
    ...more,
    held(),
  ];

  it('make it unverified while one is known to be connected', () => {
    expect(concludeOf(whole([]))).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'alive-elsewhere' },
    });
  });

  it('do not matter once the watch saw them end', () => {
    expect(concludeOf(whole([observed(aDisconnectedEvent(elsewhere))])).verdict).toBe('evicted');
  });

  it('make it unverified when one connects under our eyes', () => {
    const offline = { neighbours: [{ clientId: 'pump-18', state: 'disconnected', last: 1 } as const] };
    expect(concludeOf(whole([], offline)).verdict).toBe('evicted');
    const on = observed(aConnectedEvent(elsewhere));
    expect(concludeOf(whole([on], offline)).verdict).toBe('unverified');
  });

  it('are read the same in whatever order their events came, and however often', () => {
    const on = observed(aConnectedEvent(elsewhere));
    const off = observed(aDisconnectedEvent({ ...elsewhere, timestamp: HEARD_AT + 5 }));
    expect(concludeOf(whole([on, off])).verdict).toBe('evicted');
    expect(concludeOf(whole([off, on])).verdict).toBe('evicted');
    expect(concludeOf(whole([on, off, on])).verdict).toBe('evicted');
  });

  it('are only listed when nothing was to be contained', () => {
    expect(concludeOf(whole([], KICK_ONLY)).verdict).toBe('kicked');
  });

  it('are no proof that this client is gone', () => {
    const entries = [...kicked({ plan: { neighbours } }), observed(aDisconnectedEvent(elsewhere)), held()];
    expect(concludeOf(entries).verdict).toBe('unverified');
  });
});

describe('--action none', () => {
  const plan = KICK_ONLY;

  it('is kicked at the best: access was not removed', () => {
    expect(concludeOf([...kicked({ plan }), ourEvent(), theEnd(), held()])).toEqual({
      verdict: 'kicked',
      contained: 'none',
    });
  });

  it('is unverified without proof, and returned when it came back', () => {
    expect(concludeOf([...kicked({ plan }), ourEvent(), held()])).toMatchObject({ verdict: 'unverified' });
    expect(concludeOf([...kicked({ plan }), ourEvent(), theEnd(), back()])).toMatchObject({
      verdict: 'returned',
      contained: 'none',
    });
  });

  it.each([
    ['a gap', [...kicked({ plan }), theEnd(), gap(), held()], undefined],
    ['the deadline', [...kicked({ plan }), theEnd()], DEADLINE],
    ['silence', [...kicked({ plan }), held()], undefined],
    ['a colleague', [...kicked({ plan }), back(COLLEAGUE), held()], undefined],
    ['no kick', [...watched({ plan }), ...refusedTakeover()], undefined],
  ])('never claims that access is cut (%s)', (_, entries, stop) => {
    const { contained, cause } = concludeOf(entries, stop);
    expect(contained).toBe('none');
    expect(`${cause?.message} ${cause?.hint}`).not.toContain('access is cut');
  });
});

describe('an end before anything was changed', () => {
  const noSighting = [opened(), identified()];

  it.each([
    ['not-found', noSighting, undefined, 'not-found'],
    [
      'refused',
      planned({ plan: { blockers: [{ code: 'own-role', message: 'm', lift: '--allow-own' }] } }),
      undefined,
      'own-role',
    ],
    [
      'refused',
      [...watched(), { kind: 'blocked', blocker: { code: 'cannot-prove', message: 'm' } } as const],
      undefined,
      'cannot-prove',
    ],
    ['denied', planned(), error('access-denied'), 'access-denied'],
    ['denied', noSighting, error('credentials-missing'), 'credentials-missing'],
    ['denied', watched(), DEADLINE, 'deadline'],
    ['failed', planned(), error('record-unwritable'), 'record-unwritable'],
    ['interrupted', watched(), INTERRUPTED, 'interrupted'],
  ])('is %s', (verdict, entries, stop, code) => {
    expect(concludeOf(entries, stop)).toMatchObject({ verdict, contained: 'no', cause: { code } });
  });

  it('names every blocker and the way to lift it', () => {
    const blockers = [
      { code: 'own-role', message: 'it is yours', lift: '--allow-own' },
      { code: 'protected', message: 'it is protected' },
    ];
    const { cause } = concludeOf(planned({ plan: { blockers } }));
    expect(cause?.message).toContain('it is yours');
    expect(cause?.message).toContain('it is protected');
    expect(cause?.hint).toContain('--allow-own');
    expect(cause?.hint).toContain('protected cannot be lifted');
  });

  it('names near client IDs with their control characters escaped', () => {
    const read: IncidentEntry = {
      kind: 'sources-read',
      passedOver: [],
      near: ['Pump-17', 'pump-\u001B[31m'],
    };
    const { cause } = concludeOf([...noSighting, read]);
    expect(cause?.hint).toContain('"Pump-17"');
    expect(cause?.hint).toContain(String.raw`pump-\u{1b}[31m`);
  });
});

describe('an act that did not succeed', () => {
  const change = intendedChange();
  const unknown = failedAct({ code: 'timed-out' });

  it.each([
    [
      'denied',
      'no',
      'the first change was refused and reads unchanged',
      [change, failedAct({ state: 'ACTIVE', refused: true })],
    ],
    ['failed', 'unknown', 'nobody knows whether the change took effect', [change, unknown]],
    ['failed', 'unknown', 'the run was cut off in the act', [change]],
    [
      'failed',
      'unknown',
      'the change was accepted and still reads otherwise: the read-back may lag',
      [change, failedAct({ code: 'service-failed', state: 'ACTIVE' })],
    ],
  ])('is %s, contained: %s, when %s', (verdict, contained, _, acts) => {
    expect(concludeOf([...watched(), ...acts])).toMatchObject({ verdict, contained });
  });

  it('is failed, contained: partly, when the second of two changes was refused', () => {
    const two = { changes: [CHANGE, { ...CHANGE, target: 'arn:second' }] };
    const second = { target: 'arn:second' };
    const acts = [
      change,
      doneChange(),
      intendedChange(second),
      failedAct({ ...second, state: 'ACTIVE', refused: true }),
    ];
    expect(concludeOf([...watched({ plan: two }), ...acts])).toMatchObject({
      verdict: 'failed',
      contained: 'partly',
    });
  });

  it('is never denied once something was changed', () => {
    const two = { changes: [CHANGE, { ...CHANGE, target: 'arn:second' }] };
    expect(concludeOf([...watched({ plan: two }), change, doneChange()], DEADLINE)).toMatchObject({
      verdict: 'failed',
      contained: 'partly',
    });
  });

  it('gives the commands that do it by hand in the same account, region and at the same endpoint', () => {
    const { cause } = concludeOf([...watched(), change, failedAct({ state: 'ACTIVE' })]);
    expect(cause?.hint).toContain(aPlan().equivalent[0]);
  });

  it('is unverified when access is cut but the client ID could not be taken over', () => {
    expect(concludeOf([...containedOnly(), ...refusedTakeover()])).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'id-contended' },
    });
  });

  it('is failed when nothing was to be contained and the client ID could not be taken over', () => {
    expect(concludeOf([...watched({ plan: KICK_ONLY }), ...refusedTakeover()])).toMatchObject({
      verdict: 'failed',
      contained: 'none',
    });
  });
});

describe('what cut the run short', () => {
  it.each([
    ['before the kick', containedOnly()],
    ['after the kick', kicked()],
    ['after the proof', [...kicked(), ourEvent(), theEnd(), held()]],
  ])('is unverified with its cause when the record could not be written %s', (_, entries) => {
    expect(concludeOf(entries, error('record-unwritable'))).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'record-unwritable' },
    });
  });

  it.each([
    ['no', watched()],
    ['unknown', [...watched(), intendedChange()]],
    ['yes', containedOnly()],
    ['yes', [...kicked(), ourEvent(), theEnd()]],
    ['none', kicked({ plan: KICK_ONLY })],
  ])('is interrupted by a signal at any moment, and says contained: %s', (contained, entries) => {
    expect(concludeOf(entries, INTERRUPTED)).toMatchObject({ verdict: 'interrupted', contained });
  });

  it('says what was done and how to take it back', () => {
    const { cause } = concludeOf(containedOnly(), INTERRUPTED);
    expect(cause?.message).toContain('deactivate');
    expect(cause?.hint).toContain('evict undo 20231214T150731Z-7f3a9c');
  });

  it.each([
    ['the proof came, but the hold was cut short', [...kicked(), ourEvent(), theEnd()], 'unverified'],
    ['there was no proof', [...kicked(), ourEvent()], 'unverified'],
    ['the client was never quiet', [...kicked(), ourEvent(), theEnd(), back(), gone()], 'returned'],
  ])('is the truth at the deadline: %s', (_, entries, verdict) => {
    expect(concludeOf(entries, DEADLINE).verdict).toBe(verdict);
  });
});

describe('advice', () => {
  const hostile = '"; $(reboot) `id` \'x';

  it('quotes a hostile client ID for the shell', () => {
    const start = kicked({ request: { clientId: hostile }, plan: { clientId: hostile } });
    const event = { ...BACK, clientId: hostile, principalIdentifier: STRANGER };
    const { cause } = concludeOf([...start, observed(aConnectedEvent(event))], DEADLINE);
    expect(cause?.code).toBe('returned');
    expect(cause?.hint).toContain(shellQuoted(hostile));
  });

  it('puts --principal before the client, since what follows -- is always a client', () => {
    const { cause } = concludeOf([...kicked(), ourEvent(), back(STRANGER)], DEADLINE);
    expect(cause?.hint).toMatch(/evict .*--principal [^ ]+.* (-- )?'?pump-17/u);
  });

  it('names, of several who came back, whoever was not contained, however often the other did', () => {
    const events = [back(INTRUDER), back(INTRUDER, 99), back(STRANGER, 100)];
    const { cause } = concludeOf([...kicked(), ourEvent(), ...events], DEADLINE);
    expect(cause?.message).toContain(`2 times as "${INTRUDER}" and 1 time as "${STRANGER}"`);
    expect(cause?.hint).toContain(`--principal ${STRANGER} -- pump-17`);
  });

  it('says again what was given on the command line, for the shell', () => {
    const again = ['--profile', 'prod', '--events', 'my events.jsonl'];
    const [start, ...rest] = kicked({ opened: { again } });
    const { cause } = concludeOf([...(start ? [start] : []), ...rest, ourEvent(), back(STRANGER)], DEADLINE);
    expect(cause?.hint).toContain(
      `evict --profile prod --events 'my events.jsonl' --principal ${STRANGER} -- pump-17`,
    );
  });

  it('never tells to contain a colleague who came and went', () => {
    const gone = aDisconnectedEvent({
      principalIdentifier: COLLEAGUE,
      sessionIdentifier: 's-99',
      versionNumber: 99,
      disconnectReason: 'CLIENT_INITIATED_DISCONNECT',
    });
    const entries = [...kicked(), ourEvent(), back(COLLEAGUE, 99), observed(gone), back(INTRUDER, 100)];
    expect(concludeOf(entries, DEADLINE)).toMatchObject({
      verdict: 'returned',
      cause: { hint: expect.not.stringContaining('--principal') },
    });
  });

  it('never tells to contain a colleague', () => {
    const displaced = aDisconnectedEvent({ principalIdentifier: COLLEAGUE, sessionIdentifier: 'theirs' });
    const { verdict, cause } = concludeOf([...kicked(), ourEvent(), observed(displaced), held()]);
    expect(verdict).toBe('unverified');
    expect(cause?.hint).not.toContain('--principal');
  });
});

describe('a client ID that was lost again', () => {
  const start = [...kicked(), ourEvent(), theEnd(), lost(HEARD_AT + 5_000)];

  it('is contended where it could not be had again, which says so in the words of the broker', () => {
    const refused = [...refusedTakeover(HEARD_AT + 6_000), ...refusedTakeover(HEARD_AT + 7_100)];
    expect(concludeOf([...start, ...refused], DEADLINE)).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
      cause: {
        code: 'id-contended',
        message: expect.stringMatching(/was lost.*refused \(tries: 2\): not authorized/u),
      },
    });
  });

  it('is lost where nobody was asked, or the deadline cut off the asking', () => {
    const act = { step: 'takeover', target: 'pump-17' };
    const cutOff = failedAct({ ...act, code: 'interrupted' });
    const asking: IncidentEntry[] = [{ kind: 'intended', ...act, startedAt: HEARD_AT + 6_000 }, cutOff];
    for (const entries of [start, [...start, ...asking]])
      expect(concludeOf(entries, DEADLINE)).toMatchObject({
        verdict: 'unverified',
        cause: { code: 'id-lost' },
      });
  });

  it('by another run of ours is said to be', () => {
    const theirs = ourEvent(HEARD_AT + 5_001, { sessionIdentifier: 'theirs', versionNumber: 98 });
    expect(concludeOf([...start, theirs, held({ completed: false })])).toMatchObject({
      verdict: 'unverified',
      cause: { code: 'other-responder', message: expect.stringContaining('another run of ours') },
    });
  });
});

describe('a dry run', () => {
  it.each([
    ['planned', planned(), undefined],
    ['refused', planned({ plan: { blockers: [{ code: 'protected', message: 'm' }] } }), undefined],
    ['not-found', [opened()], undefined],
    ['denied', [opened()], error('access-denied')],
    ['interrupted', [opened()], INTERRUPTED],
  ])('ends as %s, and nothing is contained', (verdict, entries, stop) => {
    expect(concludePreview(factsOf(entries), stop)).toMatchObject({ verdict, contained: 'no' });
  });
});

describe('the moment of the conclusion', () => {
  it('does not turn silence into not-connected before its time', () => {
    const facts = factsOf([...kicked({ sighting: { ended: true } }), ourEvent(HELD_UNTIL - 1_000), held()]);
    expect(conclude(facts, HELD_UNTIL, undefined).verdict).toBe('unverified');
    const late = HELD_UNTIL - 1_000 - TAKEN_AT;
    expect(conclude(facts, HELD_UNTIL - 1_001 + 2 * late, undefined).verdict).toBe('unverified');
    expect(conclude(facts, HELD_UNTIL - 1_000 + 2 * late, undefined).verdict).toBe('not-connected');
  });
});
