import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { futureEvents } from '../../src/domain/future-events.ts';
import { latest, sightingOf } from '../../src/domain/history.ts';
import type { FoundEvent } from '../../src/domain/found-event.ts';
import { isSessionEvent, parsePresenceEvent } from '../../src/domain/presence-event.ts';
import { principalOf, samePrincipal } from '../../src/domain/principal.ts';
import {
  COLLEAGUE,
  INTRUDER,
  LATER,
  OURS,
  SIGHTED_AT,
  STRANGER,
  aConnectedEvent,
  aDisconnectedEvent,
  found,
} from './an-event.ts';
import {
  aHistory,
  aLoggedHistory,
  aLogWithSomeEvents,
  aLogWithStaleEvents,
  anUnnumberedHistory,
  aPartlyNumberedHistory,
  latestKnown,
  latestTold,
} from './a-history.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const nobody = { isResponder: () => false, now: LATER };

function sightings(...events: readonly FoundEvent['event'][]) {
  return sightingOf(
    events.map((event) => found(event)),
    nobody,
  );
}

describe('the latest session', () => {
  it('is found in doubled and shuffled histories with resets, noise and losses', () => {
    fc.assert(
      fc.property(aHistory, ({ sessions, events }) => {
        const known = latestKnown(sessions);
        const event = latest(events.map((one) => found(one)))?.event;
        expect(event).toEqual(known?.beginning ?? known?.end);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['no event has a version', anUnnumberedHistory],
    ['some sessions have no version', aPartlyNumberedHistory],
  ])(
    'is the latest that began where %s, although a takeover tells the end of the displaced one last',
    (_, any) => {
      fc.assert(
        fc.property(any, ({ sessions, events }) => {
          const known = latestKnown(sessions);
          const sighting = sightings(...events);
          expect(sighting?.sessionIdentifier).toBe(known?.id);
          expect(sighting?.ended).toBe(known && known.end !== undefined);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('is the same where copies of some events have lost their versions on the way', () => {
    fc.assert(
      fc.property(aHistory, fc.array(fc.boolean(), { minLength: 48, maxLength: 48 }), (history, lost) => {
        const copies = history.events.filter((_, index) => lost[index]);
        const all = [...copies.map((event) => ({ ...event, versionNumber: undefined })), ...history.events];
        const known = latestKnown(history.sessions);
        const sighting = sightings(...all);
        expect(sighting?.sessionIdentifier).toBe(known?.id);
        expect(sighting?.ended).toBe(known && known.end !== undefined);
      }),
    );
  });

  it('does not depend on the order of the events', () => {
    fc.assert(
      fc.property(aHistory, ({ events }) => {
        const inOrder = events.toSorted((one, two) => one.timestamp - two.timestamp);
        expect(latest(inOrder.map((one) => found(one)))?.event).toEqual(
          latest(events.map((one) => found(one)))?.event,
        );
      }),
    );
  });

  it('is found where the log tells of some sessions, or of those that the events tell of, without naming any', () => {
    fc.assert(
      fc.property(aLoggedHistory, ({ sessions, found: all }) => {
        const told = latestTold(sessions);
        const sighting = sightingOf(all, nobody);
        expect(sighting?.principal.identifier).toBe(told?.principal);
        const isNamed = told?.beginning !== undefined || told?.end !== undefined;
        const id = sighting?.sessionIdentifier;
        // Where it is logged to begin after its end, it may have come back as well.
        const { end, logged = [] } = told ?? {};
        const beginsLate = ({ event }: FoundEvent) =>
          event.eventType === 'connected' && end !== undefined && event.timestamp > end.timestamp;
        if (logged.some(beginsLate)) return;
        if (isNamed) expect(id).toBe(told.id);
        // It may be the same session as far as anybody can tell: the end of that one was not kept.
        else if (id !== undefined) expect(sessions.find((one) => one.id === id)).not.toHaveProperty('end');
        if (told?.end !== undefined) expect(sighting?.ended).toBe(true);
        if (told === sessions.at(-1) && told?.isOpen) expect(sighting?.ended).toBe(false);
      }),
      // In one of some 50,000 a beginning in the log is paired with another session than its own.
      { numRuns: 2_000, seed: 4_711 },
    );
  });

  it.each([
    ['the events end earlier', aLogWithStaleEvents],
    ['some of the events are lost', aLogWithSomeEvents],
  ])('is the last of a log that has everything, where %s', (_, any) => {
    fc.assert(
      fc.property(any, ({ sessions, found: all }) => {
        const last = sessions.at(-1);
        const sighting = sightingOf(all, nobody);
        expect(sighting?.principal.identifier).toBe(last?.principal);
        if (last?.isOpen) expect(sighting?.ended).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  const bare = { sessionIdentifier: undefined, versionNumber: undefined };
  const logged = (minutes: number, ended = false, principalIdentifier = INTRUDER) => {
    const event = { ...bare, principalIdentifier, timestamp: SIGHTED_AT + minutes * MINUTE };
    return ended ? aDisconnectedEvent(event) : aConnectedEvent(event);
  };

  it('is of whoever came back after another, where the log alone tells of both', () => {
    expect(sightings(aConnectedEvent(), logged(6, false, 'b'.repeat(64)), logged(12))).toMatchObject({
      timestamp: SIGHTED_AT + 12 * MINUTE,
      principal: { identifier: INTRUDER },
    });
  });

  it('is one and the same in the journal, in a bucket and in the log, whose entries never take its name from it', () => {
    const begin = aConnectedEvent();
    expect(sightings(begin, begin, logged(0), logged(3), logged(3, true))).toMatchObject({
      sessionIdentifier: 'sighted-session',
      sessions: 1,
    });
  });

  it('is the newer one of the log where the journal is stale, also of the principal that had gone before', () => {
    const journal = [aConnectedEvent(), aDisconnectedEvent({ timestamp: SIGHTED_AT + MINUTE })];
    for (const principal of [INTRUDER, STRANGER])
      expect(sightings(...journal, logged(90, false, principal))).toMatchObject({
        principal: { identifier: principal },
        timestamp: SIGHTED_AT + 90 * MINUTE,
        ended: false,
      });
    expect(sightings(aConnectedEvent(), logged(10, true), logged(20))?.ended).toBe(false);
  });

  it('is that of whoever came back within minutes, where events end with whom it displaced', () => {
    const other = { principalIdentifier: STRANGER, sessionIdentifier: 'other', versionNumber: 97 };
    const events = [aConnectedEvent(), aConnectedEvent({ ...other, timestamp: SIGHTED_AT + MINUTE })];
    const log = [logged(0), logged(1, false, STRANGER), logged(3)];
    expect(sightings(...events, ...log)).toMatchObject({
      principal: { identifier: INTRUDER },
      timestamp: SIGHTED_AT + 3 * MINUTE,
      ended: false,
    });
    // Without the entry of its first session, the third may be that one's, by a clock that is off.
    expect(sightings(...events, ...log.slice(1))?.principal.identifier).toBe(STRANGER);
  });

  it.each([STRANGER, INTRUDER])(
    'is that of whoever displaced the one of which the end alone was kept: %s',
    (who) => {
      const took = logged(-0.01, false, who);
      expect(sightings(aDisconnectedEvent(), logged(-90), took)).toMatchObject({
        principal: { identifier: who },
        timestamp: took.timestamp,
        ended: false,
      });
      const left = aDisconnectedEvent({ disconnectReason: 'CONNECTION_LOST' });
      expect(sightings(left, logged(-90), took)).toMatchObject({ timestamp: SIGHTED_AT, ended: true });
    },
  );

  it('is the one that took over, although the log has the end of the other after its beginning', () => {
    const taken = [logged(0, false, STRANGER), logged(9), logged(9.01, true, STRANGER)];
    expect(sightings(...taken)).toMatchObject({ principal: { identifier: INTRUDER }, ended: false });
    const sameOne = [logged(0), logged(9), logged(9.01, true)];
    expect(sightings(...sameOne)?.ended).toBe(false);
  });

  it('is undefined where there is no event', () => {
    expect(latest([])).toBeUndefined();
    expect(sightingOf([], nobody)).toBeUndefined();
  });

  it.each([
    [5 * MINUTE, 96],
    [5 * MINUTE + 1, 0],
  ])('takes a version that falls after %i ms for a clock error up to five minutes', (later, version) => {
    const fallen = aConnectedEvent({
      timestamp: SIGHTED_AT + later,
      versionNumber: 0,
      sessionIdentifier: 'after',
    });
    expect(latest([found(fallen), found(aConnectedEvent())])?.event.versionNumber).toBe(version);
  });

  it('is decided by time where the payloads of 2016 have no version', () => {
    const older = { versionNumber: undefined, sessionIdentifier: undefined };
    const first = aConnectedEvent(older);
    const second = aConnectedEvent({ ...older, timestamp: SIGHTED_AT + 1, principalIdentifier: STRANGER });
    expect(latest([found(second), found(first)])?.event).toBe(second);
  });

  it.each([
    ['log entries', undefined, undefined],
    ['a log entry and an event', undefined, 96],
    ['an event and a log entry', 97, undefined],
  ])('is not that of whom a takeover displaced, where %s tell its end last', (_, newer, older) => {
    const begin = { timestamp: SIGHTED_AT + MINUTE, principalIdentifier: STRANGER, versionNumber: newer };
    const begun = aConnectedEvent({ ...begin, sessionIdentifier: undefined });
    const displaced = { timestamp: SIGHTED_AT + MINUTE + 50, versionNumber: older };
    const end = aDisconnectedEvent({ ...displaced, sessionIdentifier: undefined });
    expect(latest([aConnectedEvent(), begun, end].map((one) => found(one)))?.event).toBe(begun);
    const own = { ...end, timestamp: end.timestamp + MINUTE, principalIdentifier: STRANGER };
    expect(sightings(begun, end, own)).toMatchObject({ principal: { identifier: STRANGER }, ended: true });
  });

  it('is not that of whom a takeover displaced for what it still did meanwhile, but is for what it did later', () => {
    const unknown = { versionNumber: undefined, sessionIdentifier: undefined };
    const begun = aConnectedEvent({ ...unknown, principalIdentifier: STRANGER });
    const published = (later: number) => {
      const event = aConnectedEvent({ ...unknown, timestamp: SIGHTED_AT + later });
      return found(event, { raw: { eventType: 'Publish-In' } });
    };
    const end = aDisconnectedEvent({ ...unknown, timestamp: SIGHTED_AT + 2_000 });
    const takeover = [found(begun), published(1_000), found(end)];
    expect(latest(takeover)?.event).toBe(begun);
    const later = published(5 * MINUTE + 1);
    expect(latest([...takeover, later])).toBe(later);
  });

  it('is its beginning, which has the address, also where its end came last', () => {
    const end = aDisconnectedEvent({ timestamp: SIGHTED_AT + MINUTE });
    expect(sightings(end, aConnectedEvent())).toMatchObject({ ipAddress: '8.8.42.11', ended: true });
  });

  it('can be told from its end alone, which names a principal, too', () => {
    const sighting = sightings(aDisconnectedEvent());
    expect(sighting).toMatchObject({ principal: { identifier: INTRUDER }, ended: true });
    expect(sighting).not.toHaveProperty('ipAddress');
  });
});

describe('a sighting', () => {
  it('says whether the end of the session was seen, in any history', () => {
    fc.assert(
      fc.property(aHistory, ({ sessions, events }) => {
        const known = latestKnown(sessions);
        const sighting = sightingOf(
          events.map((event) => found(event)),
          nobody,
        );
        expect(sighting?.ended).toBe(known === undefined ? undefined : known.end !== undefined);
        expect(sighting?.sessionIdentifier).toBe(known?.id);
      }),
    );
  });

  it('has the event as received, and where it was found', () => {
    const event = aConnectedEvent({ thingName: 'pump' });
    const raw = { ...event, later: { field: ['of', 'next', 'year'] } };
    const place = { source: 'file:a.jsonl', line: 7, sha256: 'ab'.repeat(32) };
    expect(sightingOf([found(event, { ...place, raw })], nobody)).toEqual({
      ...place,
      event: raw,
      timestamp: SIGHTED_AT,
      sessionIdentifier: 'sighted-session',
      versionNumber: 96,
      ipAddress: '8.8.42.11',
      thingName: 'pump',
      principal: { kind: 'certificate', identifier: INTRUDER },
      sessions: 1,
      ended: false,
      confirmed: 'unknown',
      others: [],
    });
  });

  it.each([
    ['another session of the principal', { sessionIdentifier: 'another', versionNumber: 95 }],
    [
      'another principal, with the same version',
      { sessionIdentifier: undefined, principalIdentifier: STRANGER, timestamp: SIGHTED_AT - 1 },
    ],
  ])('is not ended by the end of %s', (_, end) => {
    expect(sightings(aConnectedEvent(), aDisconnectedEvent(end))?.ended).toBe(false);
  });

  it('is ended by an end without session identifier that has its version', () => {
    expect(sightings(aConnectedEvent(), aDisconnectedEvent({ sessionIdentifier: undefined }))?.ended).toBe(
      true,
    );
  });

  it('is not ended by an end of an earlier epoch that happens to have its version', () => {
    const longAgo = aDisconnectedEvent({
      timestamp: SIGHTED_AT - 3 * DAY,
      versionNumber: 0,
      sessionIdentifier: undefined,
    });
    const now = aConnectedEvent({ versionNumber: 0, sessionIdentifier: undefined });
    expect(sightings(longAgo, now)?.ended).toBe(false);
  });

  it('does not take the address from an earlier epoch that happens to have its version', () => {
    const without = { versionNumber: 0, sessionIdentifier: undefined };
    const longAgo = aConnectedEvent({ ...without, timestamp: SIGHTED_AT - 3 * DAY, ipAddress: '192.0.2.9' });
    const between = aConnectedEvent({ versionNumber: 5, timestamp: SIGHTED_AT - 2 * DAY });
    const now = aDisconnectedEvent({ ...without });
    expect(sightings(longAgo, between, now)).toMatchObject({ timestamp: SIGHTED_AT, ended: true });
    // Without a reset in between it may well be one long session.
    expect(sightings(longAgo, now)).toMatchObject({ ipAddress: '192.0.2.9', ended: true });
  });
});

describe('the other principals', () => {
  it('are exactly those seen in the 15 days before the newest event, each once', () => {
    fc.assert(
      fc.property(aHistory, ({ sessions, events }) => {
        const sighting = sightingOf(
          events.map((event) => found(event)),
          nobody,
        );
        const newest = Math.max(...events.map(({ timestamp }) => timestamp));
        const expected = [INTRUDER, STRANGER].filter(
          (identifier) =>
            identifier !== sighting?.principal.identifier &&
            events.some(
              ({ principalIdentifier, timestamp }) =>
                principalIdentifier === identifier && timestamp >= newest - 15 * DAY,
            ),
        );
        expect((sighting?.others ?? []).map(({ principal }) => principal.identifier)).toEqual(expected);
        for (const other of sighting?.others ?? []) {
          const inWindow = sessions.filter(
            ({ principal, beginning, end }) =>
              principal === other.principal.identifier &&
              [beginning, end].some((event) => event !== undefined && event.timestamp >= newest - 15 * DAY),
          );
          expect(other.sessions).toBe(inWindow.length);
        }
      }),
    );
  });

  it.each([
    [15 * DAY, 1],
    [15 * DAY + 1, 0],
  ])('count when seen %i ms before the newest event: %i', (before, count) => {
    const old = aConnectedEvent({
      principalIdentifier: STRANGER,
      timestamp: SIGHTED_AT - before,
      versionNumber: 3,
      sessionIdentifier: 'old',
    });
    expect(sightings(aConnectedEvent(), old)?.others).toHaveLength(count);
  });

  it('come with their sessions, first and last time and address, the most recent first', () => {
    const stranger = (minutes: number, session: string) =>
      aConnectedEvent({
        principalIdentifier: STRANGER,
        timestamp: SIGHTED_AT - minutes * MINUTE,
        sessionIdentifier: session,
        versionNumber: 90 - minutes,
        ipAddress: `192.0.2.${minutes}`,
      });
    const console_ = aConnectedEvent({
      principalIdentifier: COLLEAGUE,
      timestamp: SIGHTED_AT - 20 * MINUTE,
      sessionIdentifier: 'c',
      versionNumber: 50,
    });
    const sighting = sightings(
      stranger(30, 'a'),
      stranger(10, 'b'),
      console_,
      stranger(10, 'b'),
      aConnectedEvent(),
    );
    expect(sighting?.others).toMatchObject([
      {
        principal: { kind: 'certificate', identifier: STRANGER },
        sessions: 2,
        first: SIGHTED_AT - 30 * MINUTE,
        last: SIGHTED_AT - 10 * MINUTE,
        ipAddress: '192.0.2.10',
      },
      { principal: { kind: 'iam-role-session', identifier: COLLEAGUE }, sessions: 1 },
    ]);
  });
});

describe('an event that is dated in the future', () => {
  const future = (principalIdentifier: string, timestamp: number) =>
    aConnectedEvent({ principalIdentifier, timestamp, versionNumber: 99, sessionIdentifier: 'future' });
  const now = SIGHTED_AT + MINUTE;
  const judged = (...events: FoundEvent['event'][]) =>
    sightingOf(
      events.map((event) => found(event)),
      { ...nobody, now },
    );
  const other = aConnectedEvent({
    principalIdentifier: COLLEAGUE,
    timestamp: SIGHTED_AT - DAY,
    sessionIdentifier: 'other',
    versionNumber: 90,
  });

  it.each([now + 5 * MINUTE + 1, 8e15])('at %i names one more principal, and hides nobody', (timestamp) => {
    const sighting = judged(future(STRANGER, timestamp), other, aConnectedEvent());
    expect(sighting?.sessionIdentifier).toBe('sighted-session');
    const others = sighting?.others.map(({ principal }) => principal.identifier);
    expect(others).toEqual([STRANGER, COLLEAGUE]);
    expect(judged(future(INTRUDER, timestamp), aConnectedEvent())?.timestamp).toBe(SIGHTED_AT);
  });

  it('counts where it is no later than clocks are off, or where there is no other', () => {
    const soon = future(STRANGER, now + 5 * MINUTE);
    expect(judged(soon, aConnectedEvent())?.principal.identifier).toBe(STRANGER);
    expect(judged(future(STRANGER, 8e15))?.principal.identifier).toBe(STRANGER);
  });

  it('is warned of by whom it names and where it is, whatever its date', () => {
    const events = [found(aConnectedEvent()), found(future(STRANGER, 9e15), { line: 7 })];
    const warning = futureEvents(events, now);
    expect(warning).toMatchObject({ code: 'future-event' });
    for (const told of [STRANGER, '9000000000000000', 'file:events.jsonl, line 7'])
      expect(warning?.message).toContain(told);
    expect(futureEvents(events.slice(0, 1), now)).toBeUndefined();
  });
});

describe('the sessions of a responder', () => {
  const isResponder = (principal: { kind: string; identifier: string }) =>
    [OURS, COLLEAGUE].some((mine) => principal.identifier === mine);
  const responder = aConnectedEvent({
    principalIdentifier: OURS,
    timestamp: SIGHTED_AT + MINUTE,
    sessionIdentifier: 'ours',
    versionNumber: 97,
  });

  it('never hide the one before them, and are shown as what they are', () => {
    const sighting = sightingOf([found(responder), found(aConnectedEvent())], { isResponder, now: LATER });
    expect(sighting).toMatchObject({
      principal: { identifier: INTRUDER },
      others: [{ principal: { identifier: OURS }, responder: true }],
    });
  });

  it('never become the sighting, however many they are, as long as anybody else was ever seen', () => {
    fc.assert(
      fc.property(aHistory, fc.nat({ max: 20 }), ({ events }, count) => {
        fc.pre(events.length > 0);
        const ours = Array.from({ length: count }, (_, index) =>
          aConnectedEvent({
            principalIdentifier: index % 2 === 0 ? OURS : COLLEAGUE,
            sessionIdentifier: `ours-${index}`,
            versionNumber: index * 40,
            timestamp: 1_700_000_000_000 + index * 10 * MINUTE,
          }),
        );
        const alone = sightingOf(
          events.map((event) => found(event)),
          { isResponder, now: LATER },
        );
        const among = sightingOf(
          [...ours, ...events].map((event) => found(event)),
          { isResponder, now: LATER },
        );
        expect(among?.sessionIdentifier).toBe(alone?.sessionIdentifier);
      }),
    );
  });

  it('are the sighting only where nobody else was ever seen', () => {
    expect(sightingOf([found(responder)], { isResponder, now: LATER })).toMatchObject({
      principal: { identifier: OURS },
    });
  });
});

describe('a principal that is wanted by name', () => {
  const later = aConnectedEvent({
    principalIdentifier: STRANGER,
    timestamp: SIGHTED_AT + MINUTE,
    sessionIdentifier: 'later',
    versionNumber: 97,
  });
  const history = [found(later), found(aConnectedEvent())];

  it('is sighted although another one came later, which is among the others', () => {
    const sighting = sightingOf(history, { ...nobody, wanted: principalOf(INTRUDER.toUpperCase()) });
    expect(sighting).toMatchObject({
      sessionIdentifier: 'sighted-session',
      others: [{ principal: { identifier: STRANGER } }],
    });
  });

  it('may be a responder', () => {
    const wanted = principalOf(INTRUDER);
    const isResponder = (principal: typeof wanted) => samePrincipal(principal, wanted);
    expect(sightingOf(history, { isResponder, now: LATER, wanted })?.principal.identifier).toBe(INTRUDER);
  });

  it('falls back to the latest where it was never seen', () => {
    const wanted = principalOf('AIDAEXAMPLE');
    expect(sightingOf(history, { ...nobody, wanted })?.principal.identifier).toBe(STRANGER);
  });
});

describe('the samples of the article, byte for byte', () => {
  const SAMPLES = {
    'connected-certificate.json': 302,
    'connected-console.json': 320,
    'disconnected-client-initiated.json': 344,
    'disconnected-connection-lost.json': 357,
  };
  const read = (name: string) => readFileSync(new URL(`../samples/${name}`, import.meta.url));

  function sample(name: string): FoundEvent {
    const raw: unknown = JSON.parse(read(name).toString('utf8'));
    const event = parsePresenceEvent(raw);
    if (event === undefined || !isSessionEvent(event)) throw new Error(`${name} did not parse`);
    return found(event, { raw, source: `file:${name}` });
  }

  it.each(Object.entries(SAMPLES))('%s is as published', (name, bytes) => {
    expect(read(name)).toHaveLength(bytes);
  });

  it('are what they were: nobody touched a byte', () => {
    const digest = createHash('sha256');
    for (const name of Object.keys(SAMPLES)) digest.update(read(name));
    expect(digest.digest('hex')).toBe('639ab3818a494b3d3760171587096650aa695cae533d85413c631a676b5fb666');
  });

  it.each(Object.keys(SAMPLES))('%s parses, and loses no field', (name) => {
    const { event, raw } = sample(name);
    expect(event).toEqual(raw);
  });

  it('show two principals on "test", the latest being a console session', () => {
    const events = Object.keys(SAMPLES)
      .map(sample)
      .filter(({ event }) => event.clientId === 'test');
    const sighting = sightingOf(events, nobody);
    expect(sighting).toMatchObject({
      source: 'file:disconnected-client-initiated.json',
      principal: { kind: 'iam-role-session', identifier: 'AROASTLVWKQ4VKIMFNOIF:tim@mattison.org' },
      versionNumber: 139,
      ended: true,
    });
    expect(sighting?.others).toMatchObject([
      {
        principal: {
          kind: 'unknown',
          identifier: '226c64225fce225672257c31e2cb6d3ad21ca514af690bc5cb44f5f58c2222',
        },
        sessions: 2,
        ipAddress: '8.8.42.11',
      },
    ]);
  });

  it('say clearly that the shortened principal cannot be a certificate ID', () => {
    const { note } = principalOf(sample('connected-certificate.json').event.principalIdentifier);
    expect(note).toContain('62');
    expect(note).toContain('64');
    expect(note).toContain('cannot be a certificate ID');
  });
});
