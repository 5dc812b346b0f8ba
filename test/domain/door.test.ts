import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { doorOf, isProvedShut } from '../../src/domain/door.ts';
import { factsOf } from '../../src/domain/facts.ts';
import { bounced, nextMove, quietSince } from '../../src/domain/hold.ts';
import type { EntryOf, IncidentEntry } from '../../src/domain/incident.ts';
import { isRefusalOf, refusalGroup } from '../../src/domain/refusal-log.ts';
import { searchFrom } from '../../src/domain/refusal-search.ts';
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
  CONTAINED_AT,
  HEARD_AT,
  KICK_ONLY,
  SENT_AT,
  TAKEN_AT,
  apiKick,
  containedOnly,
  gap,
  held,
  identified,
  kicked,
  observed,
  ourEvent,
  readAfter,
  takeover,
  theEnd,
} from './an-incident.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const inStep = identified({ clockSkewMs: 0 });

/** What one look into the log found, by AWS's clock. */
const refused = (...times: number[]): EntryOf<'refused'> => ({
  kind: 'refused',
  group: 'AWSIotLogsV2',
  times,
  readAt: Math.max(...times) + SECOND,
});

/** A refusal at CONNECT, heard of when it happened. */
const refusedAtConnect = (at: number, sessionIdentifier = `s-${at}`) =>
  observed(aConnectFailedEvent({ timestamp: at, sessionIdentifier }), at);

const kickedOut = [...kicked(), inStep, ourEvent(), theEnd()];
const door = (...entries: IncidentEntry[]) => {
  const facts = factsOf(entries);
  return doorOf(facts, quietSince(facts) ?? 0);
};
const isShut = (...entries: IncidentEntry[]) => {
  const facts = factsOf(entries);
  return isProvedShut(facts, quietSince(facts) ?? 0);
};
const later = (ms: number) => TAKEN_AT + ms;
const THRICE = [10, 25, 41].map((seconds) => later(seconds * SECOND));

describe('the door', () => {
  it('is shut where the log says that the certificate was refused, and quiet where it says nothing', () => {
    expect(door(...kickedOut, held())).toBe('quiet');
    expect(door(...kickedOut, refused(later(5 * SECOND)), held())).toBe('shut');
    expect(bounced(factsOf([...kickedOut, refused(later(5 * SECOND))]))).toBe(1);
  });

  it('is not shut by a refusal that may be older than the kick, or that cannot be placed in time', () => {
    expect(door(...kickedOut, refused(later(SECOND - 1)), held())).toBe('quiet');
    const behind = identified({ clockSkewMs: 10 * SECOND });
    expect(door(...kickedOut, behind, refused(later(10 * SECOND)), held())).toBe('quiet');
    expect(door(...kickedOut, identified(), refused(later(MINUTE)), held())).toBe('quiet');
  });

  it('is open where somebody came back, be it that only GetConnection says so', () => {
    const back = observed(
      aConnectedEvent({ principalIdentifier: STRANGER, versionNumber: 98, sessionIdentifier: 's' }),
      later(SECOND),
    );
    expect(door(...kickedOut, refused(later(5 * SECOND)), back)).toBe('open');
    const byApi = [...containedOnly({ plan: { method: 'api' } }), inStep, ...apiKick(), theEnd()];
    const connected = readAfter({ connected: true, connectedSince: later(SECOND) });
    expect(door(...byApi, connected, held())).toBe('open');
    const unkicked = [...containedOnly({ plan: { method: 'none', holdMs: SECOND } }), inStep, held()];
    expect(door(...unkicked, readAfter({ connected: true }))).toBe('open');
    expect(door(...unkicked, readAfter({ connected: false }))).toBe('quiet');
  });

  it('is not called open because a colleague has the client ID', () => {
    const colleague = observed(
      aConnectedEvent({ principalIdentifier: COLLEAGUE, versionNumber: 98, sessionIdentifier: 's' }),
      later(SECOND),
    );
    expect(door(...kickedOut, colleague, held({ completed: false }))).toBe('unobserved');
  });

  it('is unobserved where a return could have gone unheard, whatever was refused', () => {
    expect(door(...kickedOut, refused(...THRICE), gap(), held())).toBe('unobserved');
    const hidden = [...kicked({ request: { clientId: 'pump#2' } }), inStep, theEnd()];
    expect(door(...hidden, refused(...THRICE), held())).toBe('unobserved');
  });

  it('counts an attempt once, however often its event came', () => {
    const twice = refusedAtConnect(later(SECOND));
    expect(bounced(factsOf([...kickedOut, twice, twice, refusedAtConnect(later(2 * SECOND))]))).toBe(2);
  });
});

describe('an early end of the hold', () => {
  const moveAfter = (...entries: IncidentEntry[]) => nextMove(factsOf(entries), later(41 * SECOND) + 10).kind;

  it('comes once several attempts over half a minute were refused and none was let in', () => {
    expect(moveAfter(...kickedOut, refused(...THRICE))).toBe('quiet');
    expect(moveAfter(...kickedOut, refused(...THRICE.slice(1)))).toBe('wait');
  });

  it('does not come while the proof of the kick is still missing', () => {
    expect(moveAfter(...kicked(), inStep, refused(...THRICE))).toBe('wait');
  });

  it.each([
    ['the watch was cut', [gap(), refused(...THRICE)]],
    ['the clock is not known', [identified(), refused(...THRICE)]],
    ['they are too few', [refused(later(10 * SECOND), later(60 * SECOND))]],
    ['they are too close', [refused(...[10, 20, 39].map((seconds) => later(seconds * SECOND)))]],
    ['one of them may be older than the kick', [refused(later(5 * SECOND), ...THRICE.slice(1))]],
  ])('does not come where %s', (_, entries) => {
    expect(isShut(...kickedOut, ...entries)).toBe(false);
  });

  it('starts anew with a return, of another principal, too', () => {
    const at = THRICE[1] ?? 0;
    const stranger = { principalIdentifier: STRANGER, versionNumber: 98, sessionIdentifier: 's' };
    const back = observed(aConnectedEvent(stranger), at);
    const gone = observed(aDisconnectedEvent(stranger), at + 100);
    const retaken = [...takeover(at + 50), ourEvent(at + 120, { versionNumber: 99 })];
    expect(isShut(...kickedOut, refused(...THRICE))).toBe(true);
    expect(isShut(...kickedOut, back, gone, ...retaken, refused(...THRICE))).toBe(false);
  });

  it('does not come where nothing was contained, or nobody was kicked', () => {
    const kickOnly = [...kicked({ plan: KICK_ONLY }), inStep, ourEvent(), theEnd()];
    expect(isShut(...kickOnly, refused(...THRICE))).toBe(false);
    const watched = [...containedOnly({ plan: { method: 'none' } }), inStep];
    expect(isShut(...watched, refused(...THRICE))).toBe(false);
  });

  it('comes by policies only once these have settled everywhere', () => {
    const early = THRICE.map((at) => refusedAtConnect(at));
    const late = THRICE.map((at) => refusedAtConnect(at + 8 * MINUTE));
    expect(isShut(...kickedOut, ...early)).toBe(false);
    expect(isShut(...kickedOut, ...late)).toBe(true);
  });

  it('is never on fewer than three attempts, nor within half a minute, however they are mixed', () => {
    const times = fc.array(fc.integer({ min: -MINUTE, max: 12 * MINUTE }), { maxLength: 8 });
    fc.assert(
      fc.property(times, times, fc.boolean(), (logged, atConnect, reversed) => {
        const entries = [
          ...logged.map((ms) => refused(later(ms))),
          ...atConnect.map((ms) => refusedAtConnect(later(ms))),
        ];
        const ordered = reversed ? entries.toReversed() : entries;
        const counting = [
          ...logged.filter((ms) => ms - SECOND >= 5 * SECOND).map((ms) => ms - SECOND),
          ...new Set(atConnect.filter((ms) => later(ms) >= CONTAINED_AT + 8 * MINUTE)),
        ];
        const spread = Math.max(...counting) - Math.min(...counting);
        expect(isShut(...kickedOut, ...ordered)).toBe(counting.length >= 3 && spread >= 30 * SECOND);
      }),
    );
  });
});

describe('the log of refused connections', () => {
  const own = { eventType: 'Connection.AuthNError', logLevel: 'ERROR' };

  it.each([
    ['nothing is set', {}, undefined],
    ['other events are logged', { eventConfigurations: [{ eventType: 'Connect' }] }, undefined],
    ['it is switched off', { eventConfigurations: [{ ...own, logLevel: 'DISABLED' }] }, undefined],
    ['all logs are', { disableAllLogs: true, eventConfigurations: [own] }, undefined],
    ['it is on', { eventConfigurations: [own] }, 'AWSIotLogsV2'],
    ['it has a group of its own', { eventConfigurations: [{ ...own, logDestination: 'doors' }] }, 'doors'],
  ])('where %s', (_, options, group) => {
    expect(refusalGroup(options)).toBe(group);
  });

  const entry = {
    eventType: 'Connection.AuthNError',
    status: 'Failure',
    authenticationType: 'AWS_X509',
    reason: 'DEVICE_CERTIFICATE_INACTIVE',
    principalId: INTRUDER,
    sourceIp: '8.8.42.11',
  };

  it.each([
    ['inactive', entry, true],
    ['revoked', { ...entry, reason: 'DEVICE_CERTIFICATE_REVOKED' }, true],
    ['written otherwise', { ...entry, principalId: INTRUDER.toUpperCase() }, true],
    ['another certificate', { ...entry, principalId: OURS }, false],
    [
      'nobody’s, with its address and its name',
      { ...entry, principalId: undefined, details: INTRUDER },
      false,
    ],
    ['not for its status', { ...entry, reason: 'SNI_MISUSED' }, false],
    ['a failure of AWS’s own', { ...entry, reason: 'INTERNAL_SERVER_ERROR' }, false],
    ['another event', { ...entry, eventType: 'Connect' }, false],
    ['no entry at all', 'DEVICE_CERTIFICATE_INACTIVE', false],
  ])('says of the certificate whether it was refused for its status: %s', (_, logged, is) => {
    expect(isRefusalOf(INTRUDER, logged)).toBe(is);
  });

  it('is searched from the kick on, by AWS’s clock, and later from shortly before the newest entry', () => {
    const ahead = [...kicked(), identified({ clockSkewMs: 7 * SECOND })];
    expect(searchFrom(factsOf(ahead))).toBe(SENT_AT + 7 * SECOND);
    const newest = HEARD_AT + 5 * MINUTE;
    expect(searchFrom(factsOf([...ahead, refused(newest)]))).toBe(newest - 2 * MINUTE);
  });
});
