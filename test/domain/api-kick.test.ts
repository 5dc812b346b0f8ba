import { describe, expect, it } from '@jest/globals';
import { factsOf } from '../../src/domain/facts.ts';
import { isForbidden, nextMove } from '../../src/domain/hold.ts';
import type { EntryOf, IncidentEntry } from '../../src/domain/incident.ts';
import { conclude } from '../../src/domain/verdict.ts';
import { judge, nextLook } from '../../src/domain/verification.ts';
import { COLLEAGUE, INTRUDER, STRANGER, aConnectedEvent, aDisconnectedEvent } from './an-event.ts';
import {
  CONTAINED_AT,
  ENDED_AT,
  HEARD_AT,
  KICK_ONLY,
  SENT_AT,
  apiKick,
  containedOnly,
  gap,
  held,
  identified,
  observed,
  ourEvent,
  readAfter,
  refusedApiKick,
  takeover,
  theEnd,
  watched,
} from './an-incident.ts';

type Reading = EntryOf<'connection-read'>['reading'];
type Variations = Parameters<typeof containedOnly>[0];

/** What GetConnection says when our call has dropped the connection. */
const DROPPED = {
  connected: false,
  disconnectReason: 'API_INITIATED_DISCONNECT',
  disconnectedSince: SENT_AT + 20,
};
const SKEW_KNOWN = identified({ clockSkewMs: 0 });
const CONNECTED = { connected: true, connectedSince: SENT_AT + 30_000 };
/** After a kick by API, an event of it may come for five more seconds. */
const PATIENCE = 5_000;

const byApi = (variations: Variations = {}): Variations => ({
  ...variations,
  plan: { method: 'api', ...variations?.plan },
});
const contained = (variations: Variations = {}) => [...containedOnly(byApi(variations)), SKEW_KNOWN];
/** Contained, and kicked by API; then GetConnection says this. */
const kicked = (reading: Reading | 'refused', variations: Variations = {}): IncidentEntry[] => [
  ...contained(variations),
  ...apiKick(),
  ...(reading === 'refused' ? [] : [readAfter(reading)]),
];
const concludeOf = (entries: readonly IncidentEntry[], now = ENDED_AT) =>
  conclude(factsOf(entries), now, undefined);
const ending = (event: Parameters<typeof aDisconnectedEvent>[0] = {}) =>
  observed(aDisconnectedEvent({ disconnectReason: 'API_INITIATED_DISCONNECT', ...event }));
const theirs = { principalIdentifier: STRANGER, sessionIdentifier: 'theirs', versionNumber: 97 };

describe('a kick by API', () => {
  it('is proved by the events first, as a takeover is', () => {
    const facts = factsOf([...kicked(DROPPED), ending()]);
    expect(judge(facts, HEARD_AT)).toMatchObject({ kind: 'proved', proof: { by: 'sessionIdentifier' } });
    const other = ending({ sessionIdentifier: 'another-session', versionNumber: 95 });
    expect(judge(factsOf([...kicked(DROPPED), other]), HEARD_AT)).toMatchObject({
      proof: { by: 'displaced' },
    });
  });

  it('is proved by GetConnection only once no event can be expected any more', () => {
    const facts = factsOf(kicked(DROPPED));
    expect(judge(facts, HEARD_AT + PATIENCE - 1).kind).toBe('silence');
    expect(nextLook(facts, HEARD_AT + 1_000)).toBe(PATIENCE - 1_000);
    expect(judge(facts, HEARD_AT + PATIENCE)).toEqual({
      kind: 'proved',
      proof: { by: 'connection-api', event: DROPPED, receivedAt: HEARD_AT },
    });
    expect(nextLook(facts, HEARD_AT + PATIENCE)).toBe(Infinity);
  });

  it.each([
    ['no canary was heard', contained().filter(({ kind }) => kind !== 'watch-proved')],
    ['the client is a hidden one', contained({ request: { clientId: 'pump#2' } })],
  ])('is proved by GetConnection at once where %s', (_, before) => {
    const facts = factsOf([...before, ...apiKick(), readAfter(DROPPED)]);
    expect(judge(facts, HEARD_AT)).toMatchObject({ kind: 'proved', proof: { by: 'connection-api' } });
  });

  it.each([
    ['somebody is connected', CONNECTED],
    ['the reason is another', { ...DROPPED, disconnectReason: 'CLIENT_INITIATED_DISCONNECT' }],
    ['it gives no reason', { connected: false, disconnectedSince: SENT_AT + 20 }],
    ['it ended before the call', { ...DROPPED, disconnectedSince: SENT_AT - 1_001 }],
    ['it gives no time', { connected: false, disconnectReason: 'API_INITIATED_DISCONNECT' }],
    ['it has never heard of the client', undefined],
    ['it refused', 'refused' as const],
  ])('is not proved by a GetConnection where %s', (_, reading) => {
    expect(judge(factsOf(kicked(reading)), ENDED_AT).kind).not.toBe('proved');
  });

  it('is not proved by an earlier GetConnection where the last one could not be read', () => {
    const unread = {
      kind: 'connection-read',
      when: 'after',
      unheardOf: false,
      why: 'throttled',
      readAt: ENDED_AT,
    } as const;
    const entries = [...kicked(DROPPED, { request: { clientId: 'pump#2' } }), unread, held()];
    expect(concludeOf(entries).verdict).toBe('unverified');
  });

  it('is proved by times of AWS’s clock, not ours', () => {
    const ahead = identified({ clockSkewMs: 60_000 });
    const ours = factsOf([...contained(), ahead, ...apiKick(), readAfter(DROPPED)]);
    expect(judge(ours, ENDED_AT).kind).not.toBe('proved');
    const its = { ...DROPPED, disconnectedSince: SENT_AT + 60_020 };
    expect(judge(factsOf([...contained(), ahead, ...apiKick(), readAfter(its)]), ENDED_AT).kind).toBe(
      'proved',
    );
  });

  it('needs the containment to be read back, but for --action none', () => {
    const before = watched(byApi());
    expect(judge(factsOf([...before, ...apiKick(), readAfter(DROPPED)]), ENDED_AT).kind).toBe('silence');
    const only = watched(byApi({ plan: KICK_ONLY }));
    expect(judge(factsOf([...only, ...apiKick(), readAfter(DROPPED)]), ENDED_AT).kind).toBe('proved');
  });

  it('that displaced a stranger is no proof, whatever GetConnection says', () => {
    const facts = factsOf([...kicked(DROPPED), ending(theirs)]);
    expect(judge(facts, ENDED_AT)).toMatchObject({
      kind: 'somebody-else',
      principal: { identifier: STRANGER },
    });
    expect(concludeOf([...kicked(DROPPED), ending(theirs), held()])).toMatchObject({
      verdict: 'unverified',
      cause: { code: 'other-principal', message: expect.stringContaining('the kick displaced') },
    });
  });

  it('after which somebody connected is not proved', () => {
    const back = observed(aConnectedEvent({ sessionIdentifier: 'return', versionNumber: 98 }), HEARD_AT + 9);
    expect(judge(factsOf([...kicked(DROPPED), ending(), back]), ENDED_AT).kind).toBe('still-open');
  });
});

describe('that nobody was there, by GetConnection,', () => {
  it.each([
    ['the end was before the call', { connected: false, disconnectedSince: SENT_AT - 2_000 }],
    [
      'it had ended by itself just before the call',
      { connected: false, disconnectReason: 'CLIENT_INITIATED_DISCONNECT', disconnectedSince: SENT_AT - 14 },
    ],
    ['the end was so long ago that it is forgotten', { connected: false }],
    [
      'somebody else’s API call had ended it before',
      { ...DROPPED, disconnectedSince: CONTAINED_AT - 60_000 },
    ],
  ])('is said after a kick by API where %s', (_, reading) => {
    expect(concludeOf([...kicked(reading), held()])).toEqual({ verdict: 'not-connected', contained: 'yes' });
  });

  it('is said where neither the call nor GetConnection has ever heard of the client, and not where the call has', () => {
    const unheardOf = (already: boolean) => [
      ...contained(),
      ...apiKick(SENT_AT, { already }),
      readAfter(undefined),
      held(),
    ];
    expect(concludeOf(unheardOf(true)).verdict).toBe('not-connected');
    expect(concludeOf(unheardOf(false)).verdict).toBe('unverified');
  });

  it('is said where DeleteConnection found neither connection nor session, whenever the end was', () => {
    const nothing = [...contained(), ...apiKick(SENT_AT, { already: true }), readAfter(DROPPED), held()];
    expect(concludeOf(nothing).verdict).toBe('not-connected');
  });

  it.each([
    ['somebody came and went after the kick', { connected: false, disconnectedSince: SENT_AT + 5_000 }],
    [
      'somebody came and went by itself after the kick',
      { connected: false, disconnectReason: 'CONNECTION_LOST', disconnectedSince: SENT_AT + 5_000 },
    ],
    ['somebody is connected', CONNECTED],
    ['it refused', 'refused' as const],
  ])('is not said where %s', (_, reading) => {
    expect(concludeOf([...kicked(reading), held()])).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
    });
  });

  it('is not said of an end that only a clock may have put before the call', () => {
    const unknown = [...containedOnly(byApi()), ...apiKick()];
    const close = readAfter({ connected: false, disconnectedSince: SENT_AT - 2_000 });
    const far = readAfter({ connected: false, disconnectedSince: SENT_AT - 300_001 });
    expect(judge(factsOf([...unknown, close]), ENDED_AT).kind).toBe('silence');
    expect(judge(factsOf([...unknown, far]), ENDED_AT).kind).toBe('nobody-there');
  });
});

describe('the end of a kick by API', () => {
  it('is evicted after the whole hold, by an event or by GetConnection', () => {
    const evicted = { verdict: 'evicted', contained: 'yes' };
    expect(concludeOf([...kicked(DROPPED), ending(), held()])).toEqual(evicted);
    expect(concludeOf([...kicked(DROPPED), held()])).toEqual(evicted);
  });

  it('is not evicted where the last reading shows somebody connected, unheard', () => {
    const entries = [...kicked(DROPPED), readAfter(CONNECTED, ENDED_AT - 5), held()];
    expect(concludeOf(entries)).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'still-connected', retryable: true },
    });
  });

  it('is not evicted on the strength of an event, either, where the last reading shows somebody connected', () => {
    const entries = [...kicked(DROPPED), ending(), readAfter(CONNECTED, ENDED_AT - 5), held()];
    expect(concludeOf(entries)).toMatchObject({ verdict: 'unverified', cause: { code: 'still-connected' } });
  });

  it('is not evicted where GetConnection shows somebody of just before the call, by clocks that may differ', () => {
    const unknown = [...containedOnly(byApi()), ...apiKick(), ending()];
    const connected = readAfter({ connected: true, connectedSince: SENT_AT - 30_000 }, ENDED_AT - 5);
    expect(concludeOf([...unknown, connected, held()]).verdict).toBe('unverified');
  });

  it('is not evicted where the API found nobody, and somebody was there in the end', () => {
    const nobody = [...contained(), ...apiKick(SENT_AT, { already: true }), readAfter({ connected: false })];
    const entries = [...nobody, ending(), readAfter(CONNECTED, ENDED_AT - 5), held()];
    expect(concludeOf(entries)).toMatchObject({ verdict: 'unverified', cause: { code: 'still-connected' } });
  });

  it('is evicted where the reading merely lagged behind the event', () => {
    const late = readAfter({ connected: true, connectedSince: SENT_AT - 60_000 });
    expect(concludeOf([...kicked('refused'), late, ending(), held()]).verdict).toBe('evicted');
  });

  it('is never evicted after a gap in the watch', () => {
    expect(concludeOf([...kicked(DROPPED), gap(), held()])).toMatchObject({
      verdict: 'unverified',
      cause: { code: 'watch-gap' },
    });
  });

  it('speaks of DeleteConnection where it is not proved', () => {
    const { cause } = concludeOf([...kicked('refused'), held()]);
    expect(cause).toMatchObject({ code: 'no-proof', message: expect.stringContaining('DeleteConnection') });
  });

  it('is unverified, by the refusal, where DeleteConnection was refused', () => {
    const entries = [...contained(), ...refusedApiKick()];
    expect(concludeOf(entries)).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'access-denied', message: expect.stringContaining('could not be kicked') },
    });
  });

  it('is kicked under --action none, contained: none', () => {
    const only = watched(byApi({ plan: KICK_ONLY }));
    expect(concludeOf([...only, ...apiKick(), readAfter(DROPPED), held()])).toEqual({
      verdict: 'kicked',
      contained: 'none',
    });
  });
});

describe('the hold after a kick by API', () => {
  it('calls again for each return, and not before a second has passed', () => {
    const back = observed(
      aConnectedEvent({ sessionIdentifier: 'return', versionNumber: 98 }),
      HEARD_AT + 100,
    );
    const facts = factsOf([...kicked(DROPPED), ending(), back]);
    expect(nextMove(facts, HEARD_AT + 100).kind).toBe('wait');
    expect(nextMove(facts, SENT_AT + 1_050)).toEqual({ kind: 'retake' });
  });

  it('is not disturbed by the sighted session, whose end has not come yet', () => {
    const facts = factsOf(kicked(DROPPED));
    expect(nextMove(facts, SENT_AT + 2_000).kind).toBe('wait');
  });

  it.each([
    ['access-denied', true],
    ['credentials-missing', true],
    ['broker-denied', true],
    ['broker-refused', false],
    ['timed-out', false],
    ['service-refused', false],
  ])('and every try before it: after %s there is no other (%s)', (code, forbidden) => {
    expect(isForbidden(factsOf([...contained(), ...refusedApiKick(SENT_AT, code)]))).toBe(forbidden);
  });

  it('is not ended by a refusal that a takeover made good', () => {
    expect(isForbidden(factsOf([...contained(), ...refusedApiKick(), ...takeover()]))).toBe(false);
  });
});

describe('--method both', () => {
  const both = (variations: Variations = {}): Variations => ({ plan: { method: 'both' }, ...variations });
  const start = (reading: Reading, variations: Variations = {}) => [
    ...containedOnly(both(variations)),
    SKEW_KNOWN,
    ...apiKick(),
    readAfter(reading, SENT_AT + 60),
    ...takeover(SENT_AT + 100),
  ];

  it('is proved by the event of the session that the API ended', () => {
    expect(concludeOf([...start(DROPPED), ending(), ourEvent(), held()])).toEqual({
      verdict: 'evicted',
      contained: 'yes',
    });
  });

  it('is proved by what GetConnection said between the two, for want of events', () => {
    const facts = factsOf([...start(DROPPED), ourEvent(), held()]);
    expect(judge(facts, ENDED_AT)).toMatchObject({ kind: 'proved', proof: { by: 'connection-api' } });
  });

  it('is, of a hidden client, what GetConnection said between the two: nothing said is nothing proved', () => {
    const hidden = { request: { clientId: 'pump#1' }, plan: { clientId: 'pump#1', method: 'both' } } as const;
    const over = { connected: false, disconnectedSince: CONTAINED_AT - 60_000 };
    expect(concludeOf([...start(DROPPED, hidden), held()]).verdict).toBe('evicted');
    expect(concludeOf([...start(over, hidden), held()]).verdict).toBe('not-connected');
    for (const reading of [CONNECTED, { connected: false, disconnectedSince: SENT_AT + 50 }])
      expect(concludeOf([...start(reading, hidden), held()])).toMatchObject({
        verdict: 'unverified',
        cause: { code: 'cannot-prove', hint: expect.stringContaining('--method api') },
      });
  });

  it('is proved by the takeover alone where the API refused', () => {
    const entries = [
      ...containedOnly(both()),
      ...refusedApiKick(SENT_AT - 50),
      ...takeover(),
      theEnd(),
      ourEvent(),
      held(),
    ];
    expect(concludeOf(entries).verdict).toBe('evicted');
  });

  it('is not-connected where neither dropped anybody', () => {
    const nobody = [...containedOnly(both()), SKEW_KNOWN, ...apiKick(SENT_AT, { already: true })];
    const entries = [
      ...nobody,
      readAfter(undefined, SENT_AT + 60),
      ...takeover(SENT_AT + 100),
      ourEvent(),
      held(),
    ];
    expect(concludeOf(entries).verdict).toBe('not-connected');
  });
});

describe('--method none', () => {
  const none = (variations: Variations = {}) => [
    ...containedOnly({ ...variations, plan: { method: 'none', ...variations?.plan } }),
    SKEW_KNOWN,
  ];

  it('is unverified while a live connection may go on, and says how to kick it', () => {
    for (const entries of [none(), [...none(), readAfter(CONNECTED)]])
      expect(concludeOf([...entries, held()])).toMatchObject({
        verdict: 'unverified',
        contained: 'yes',
        cause: { code: 'not-kicked', hint: expect.stringContaining('--method takeover') },
      });
  });

  it.each([undefined, { connected: false, disconnectedSince: CONTAINED_AT + 60_000 }, { connected: false }])(
    'is not-connected where GetConnection says afterwards that nobody is (%j)',
    (reading) => {
      expect(concludeOf([...none(), readAfter(reading), held()]).verdict).toBe('not-connected');
    },
  );

  it('is returned when it came back after the containment', () => {
    const back = observed(aConnectedEvent({ sessionIdentifier: 'return', versionNumber: 98 }), HEARD_AT);
    expect(concludeOf([...none(), back, held()])).toMatchObject({
      verdict: 'returned',
      cause: { message: expect.stringContaining(INTRUDER) },
    });
  });

  it('is not disturbed by who was connected before', () => {
    const before = observed(aConnectedEvent(), CONTAINED_AT - 10);
    const gone = readAfter({ connected: false, disconnectedSince: CONTAINED_AT + 60_000 });
    expect(concludeOf([...none(), before, gone, held()]).verdict).toBe('not-connected');
  });

  it('is not not-connected where the watch heard somebody connect, of whom the API does not know yet', () => {
    const before = observed(aConnectedEvent({ timestamp: CONTAINED_AT - 20 }), CONTAINED_AT - 10);
    for (const reading of [{ connected: false, disconnectedSince: CONTAINED_AT - 60_000 }, undefined])
      expect(concludeOf([...none(), before, readAfter(reading), held()]).verdict).toBe('unverified');
  });
});

describe('a contradiction', () => {
  const unheard: EntryOf<'connection-read'> = {
    kind: 'connection-read',
    when: 'before',
    unheardOf: true,
    readAt: CONTAINED_AT - 200,
  };

  it.each(['takeover', 'api', 'both', 'none'] as const)(
    'is never not-connected: sighted open, and the API has never heard of it (--method %s)',
    (method) => {
      const kick = {
        takeover: [...takeover(), ourEvent()],
        api: apiKick(SENT_AT, { already: true }),
        both: [...apiKick(SENT_AT, { already: true }), ...takeover(), ourEvent()],
        none: [],
      }[method];
      const entries = [
        ...containedOnly({ plan: { method } }),
        unheard,
        ...kick,
        ...(method === 'takeover' ? [] : [readAfter(undefined)]),
        held(),
      ];
      expect(concludeOf(entries)).toMatchObject({
        verdict: 'unverified',
        contained: 'yes',
        cause: { code: 'contradiction', hint: expect.stringContaining('account and region') },
      });
    },
  );

  it('is none where the sighted session was known to be over, and is outweighed by a proof', () => {
    const over = containedOnly({ sighting: { ended: true } });
    expect(concludeOf([...over, unheard, ...takeover(), ourEvent(), held()]).verdict).toBe('not-connected');
    const proved = [...containedOnly(), unheard, ...takeover(), ourEvent(), theEnd(), held()];
    expect(concludeOf(proved).verdict).toBe('evicted');
  });

  it('is none for a principal that nobody sighted', () => {
    const sighting = { event: undefined, sessionIdentifier: undefined, versionNumber: undefined };
    const entries = [
      ...containedOnly(byApi({ sighting })),
      unheard,
      ...apiKick(SENT_AT, { already: true }),
      readAfter(undefined),
      held(),
    ];
    expect(concludeOf(entries).verdict).toBe('not-connected');
  });
});

describe('a colleague', () => {
  it('who was dropped by the API is said to be one', () => {
    const entries = [...kicked(DROPPED), ending({ ...theirs, principalIdentifier: COLLEAGUE }), held()];
    expect(concludeOf(entries)).toMatchObject({ verdict: 'unverified', cause: { code: 'other-responder' } });
  });
});
