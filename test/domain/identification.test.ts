import { describe, expect, it } from '@jest/globals';
import { factsOf } from '../../src/domain/facts.ts';
import { historyTold, takesAKick, toldBy, whyNotToKick } from '../../src/domain/identification.ts';
import type { EntryOf, IncidentEntry } from '../../src/domain/incident.ts';
import { conclude } from '../../src/domain/verdict.ts';
import { judge } from '../../src/domain/verification.ts';
import { CLIENT, INTRUDER, OURS, STRANGER, aConnectedEvent, aDisconnectedEvent, found } from './an-event.ts';
import {
  CONTAINED_AT,
  ENDED_AT,
  HEARD_AT,
  SENT_AT,
  aPlan,
  aRequest,
  aSighting,
  apiKick,
  doneChange,
  failedAct,
  held,
  identified,
  intendedChange,
  observed,
  opened,
  ourEvent,
  readAfter,
} from './an-incident.ts';

/** The moment of the identifying kick, before the containment. */
const KICKED_AT = CONTAINED_AT - 2_000;
const TOLD_AT = KICKED_AT + 100;
const IDENTIFYING = aRequest({ identifyByKick: true });
const PATIENCE = 5_000;

const act = (step: string, outcome: Partial<EntryOf<'done'>> = {}): IncidentEntry[] => [
  { kind: 'intended', step, target: CLIENT, startedAt: KICKED_AT - 5 },
  {
    kind: 'done',
    step,
    target: CLIENT,
    already: false,
    sentAt: KICKED_AT,
    endedAt: KICKED_AT + 50,
    ...outcome,
  },
];
const byApi = (outcome?: Partial<EntryOf<'done'>>) => act('identify-by-api', outcome);
const byTakeover = act('identify-by-takeover');
const refusedByApi: IncidentEntry[] = [
  { kind: 'intended', step: 'identify-by-api', target: CLIENT, startedAt: KICKED_AT - 5 },
  failedAct({ step: 'identify-by-api', target: CLIENT, refused: true, endedAt: KICKED_AT }),
];

const end = (reason = 'API_INITIATED_DISCONNECT', overrides = {}) =>
  aDisconnectedEvent({ timestamp: KICKED_AT + 20, disconnectReason: reason, ...overrides });

/** Nothing is known of the client but that somebody listens to it. */
const listening: IncidentEntry[] = [
  opened({ request: IDENTIFYING }),
  identified({ clockSkewMs: 0 }),
  { kind: 'sources-read', passedOver: [], near: [] },
  { kind: 'kick-decided', decision: 'agreed', decidedAt: KICKED_AT - 200 },
  { kind: 'watching', watcherId: 'evict-watch-0', mqttVersion: 5, startedAt: KICKED_AT - 100 },
  { kind: 'watch-proved', delayMs: 100, principalIdentifier: OURS },
];

const told = (entries: readonly IncidentEntry[], now = TOLD_AT) =>
  toldBy(factsOf([...listening, ...entries]), now);

describe('an identifying kick', () => {
  it('is needed only where it was asked for, and neither a source nor --principal tells', () => {
    const other = found(aConnectedEvent({ clientId: 'other' }));
    expect(takesAKick(IDENTIFYING, [other])).toBe(true);
    expect(takesAKick(IDENTIFYING, [other, found(aConnectedEvent())])).toBe(false);
    expect(takesAKick(aRequest({ identifyByKick: true, principal: INTRUDER }), [])).toBe(false);
    expect(takesAKick(aRequest(), [])).toBe(false);
  });

  it('is not for clients under protect:, nor for those without events', () => {
    expect(whyNotToKick(IDENTIFYING)).toBeUndefined();
    expect(whyNotToKick({ ...IDENTIFYING, protect: [CLIENT] })?.code).toBe('protected');
    for (const clientId of ['core#2', 'a+b'])
      expect(whyNotToKick({ ...IDENTIFYING, clientId })?.code).toBe('cannot-identify');
  });

  it.each([
    ['by API', byApi(), end()],
    ['by takeover', byTakeover, end('DUPLICATE_CLIENTID')],
  ])('%s tells the principal by the end of whoever was dropped', (_, kick, event) => {
    const entries = [...kick, ourEvent(TOLD_AT), observed(event, TOLD_AT)];
    expect(told(entries)).toMatchObject({
      kind: 'principal',
      seen: { event: { principalIdentifier: INTRUDER } },
    });
  });

  it.each([
    ['came before it', byApi(), observed(end(), KICKED_AT - 1)],
    ['has another reason', byApi(), observed(end('CONNECTION_LOST'), TOLD_AT)],
    ['has the reason of the other way', byTakeover, observed(end(), TOLD_AT)],
    [
      'is the end of our own hold',
      byTakeover,
      observed(end('DUPLICATE_CLIENTID', { principalIdentifier: OURS })),
    ],
    ['is of another client', byApi(), observed(end(undefined, { clientId: 'other' }), TOLD_AT)],
    ['is a beginning', byApi(), observed(aConnectedEvent(), TOLD_AT)],
    ['followed a call that was refused', refusedByApi, observed(end(), TOLD_AT)],
  ])('learns nothing from an event that %s', (_, kick, event) => {
    expect(told([...kick, event], HEARD_AT).kind).toBe('silence');
  });

  it('takes the latest of several for the one that was dropped', () => {
    const first = end('DUPLICATE_CLIENTID', {
      principalIdentifier: STRANGER,
      sessionIdentifier: 's',
      versionNumber: 95,
    });
    const entries = [
      ...byTakeover,
      ourEvent(TOLD_AT),
      observed(end('DUPLICATE_CLIENTID'), TOLD_AT),
      observed(first, TOLD_AT),
    ];
    expect(told(entries)).toMatchObject({ seen: { event: { principalIdentifier: INTRUDER } } });
  });

  it('waits for the event of our own takeover, so that it is not taken for the one of the real kick', () => {
    const entries = [...byTakeover, observed(end('DUPLICATE_CLIENTID'), TOLD_AT)];
    expect(told(entries).kind).toBe('silence');
    expect(told(entries, KICKED_AT + 50 + PATIENCE).kind).toBe('principal');
  });

  it('was of nobody where the API knew of none, or a takeover displaced nobody for long enough', () => {
    expect(told([]).kind).toBe('nobody-there');
    expect(told(byApi({ already: true })).kind).toBe('nobody-there');
    expect(told([...byTakeover, ourEvent(TOLD_AT)], TOLD_AT + PATIENCE - 1).kind).toBe('silence');
    expect(told([...byTakeover, ourEvent(TOLD_AT)], TOLD_AT + PATIENCE).kind).toBe('nobody-there');
    expect(told(byTakeover, TOLD_AT + 10 * PATIENCE).kind).toBe('silence');
  });
});

describe('a run whose identifying kick told nothing', () => {
  const silence: IncidentEntry = { kind: 'kick-told', outcome: 'silence', endedAt: HEARD_AT };
  const concluded = (...kicks: IncidentEntry[]) =>
    conclude(factsOf([...listening, ...kicks, silence]), ENDED_AT, undefined);
  const takeoverFailed: IncidentEntry[] = [
    { kind: 'intended', step: 'identify-by-takeover', target: CLIENT, startedAt: KICKED_AT },
    failedAct({
      step: 'identify-by-takeover',
      target: CLIENT,
      code: 'broker-refused',
      message: 'not authorized',
    }),
  ];

  it('says that somebody was kicked, and claims no change of access', () => {
    expect(concluded(...byApi())).toMatchObject({
      verdict: 'not-found',
      contained: 'no',
      cause: { code: 'not-identified', message: expect.stringContaining('kicked once') },
    });
  });

  it('is denied where neither way to kick was to be had', () => {
    expect(concluded(...refusedByApi, ...takeoverFailed)).toMatchObject({
      verdict: 'denied',
      contained: 'no',
      cause: { code: 'broker-refused', message: expect.stringContaining('not authorized') },
    });
  });
});

/** … identified, and what followed up to the containment. */
const contained = (...heard: IncidentEntry[]): IncidentEntry[] => [
  ...listening,
  ...byApi(),
  observed(end(), TOLD_AT),
  ...heard,
  {
    kind: 'kick-told',
    outcome: 'principal',
    event: end(),
    receivedAt: TOLD_AT,
    ours: OURS,
    endedAt: TOLD_AT,
  },
  {
    kind: 'sighted',
    sighting: aSighting({ source: 'kick', event: end(), timestamp: KICKED_AT + 20, ended: true }),
  },
  { kind: 'planned', plan: aPlan({ method: 'api', holdMs: 0 }), planHash: '0'.repeat(64) },
  { kind: 'decided', decision: 'agreed', decidedAt: TOLD_AT },
  { kind: 'watching', watcherId: 'evict-watch-1', mqttVersion: 5, startedAt: TOLD_AT + 100 },
  { kind: 'watch-proved', delayMs: 100, principalIdentifier: OURS },
  intendedChange(),
  doneChange(),
];

describe('what an identifying kick told', () => {
  it('is the history that the plan goes by: the dropped session, and everybody else but ourselves', () => {
    const rival = aConnectedEvent({
      principalIdentifier: STRANGER,
      sessionIdentifier: 'rival',
      versionNumber: 98,
    });
    const facts = factsOf(
      contained(ourEvent(TOLD_AT), observed(rival, TOLD_AT), observed(aConnectedEvent(), TOLD_AT)),
    );
    expect(
      historyTold(facts).map(({ event, source }) => [event.eventType, event.principalIdentifier, source]),
    ).toEqual([
      ['disconnected', INTRUDER, 'kick'],
      ['connected', STRANGER, 'kick'],
    ]);
  });

  it.each([
    ['itself', []],
    ['a duplicate after the containment', [observed(end(), HEARD_AT)]],
  ])('is no proof of the eviction: %s', (_, more) => {
    const facts = factsOf([...contained(), ...more, ...apiKick()]);
    expect(judge(facts, ENDED_AT).kind).toBe('silence');
  });

  it('is no kick: before the real one, an eviction that is cut off is not kicked', () => {
    const facts = factsOf(contained());
    expect(conclude(facts, ENDED_AT, { kind: 'deadline' })).toMatchObject({
      verdict: 'unverified',
      cause: { message: 'the deadline came before the client was kicked' },
    });
  });

  const DROPPED = { connected: false, disconnectReason: 'API_INITIATED_DISCONNECT' };
  const after = (disconnectedSince: number, sentAt: number) =>
    factsOf([
      ...contained(),
      ...apiKick(sentAt),
      readAfter({ ...DROPPED, disconnectedSince }, sentAt + 100),
      held({ from: sentAt, until: ENDED_AT }),
    ]);

  it.each([0, 500, 1_200])(
    'is not taken by GetConnection for the call that followed it (by %d ms): nobody was there any more',
    (gap) => {
      const sentAt = CONTAINED_AT + gap;
      expect(judge(after(KICKED_AT + 20, sentAt), ENDED_AT)).toEqual({ kind: 'nobody-there' });
      expect(conclude(after(KICKED_AT + 20, sentAt), ENDED_AT, undefined).verdict).toBe('not-connected');
    },
  );

  it('leaves GetConnection its word where somebody who came back was dropped by the second call', () => {
    expect(judge(after(SENT_AT + 20, SENT_AT), ENDED_AT)).toMatchObject({
      kind: 'proved',
      proof: { by: 'connection-api' },
    });
  });
});
