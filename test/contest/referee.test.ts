import { describe, expect, it } from '@jest/globals';
import { evictionDocument, type EvictionDocument } from '../../src/domain/document.ts';
import { EXIT_CODES } from '../../src/domain/exit-codes.ts';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import { type Evidence, falsehoodsIn, openSessionsAt } from './referee.ts';

const CLIENT = 'pump-17';
const CERTIFICATE = 'a'.repeat(64);
const RESPONDER = 'b'.repeat(64);
const HOLD = { requestedSeconds: 1, quietSeconds: 1, returns: [], bounced: null, door: 'quiet' as const };

/** What a tool says that is right: evicted, contained, proved and held. */
function aDocument(changes: Partial<EvictionDocument> = {}): EvictionDocument {
  return evictionDocument.parse({
    version: 1,
    kind: 'eviction',
    toolVersion: '1.0.0',
    clientId: CLIENT,
    verdict: 'evicted',
    contained: 'yes',
    dryRun: false,
    blockers: [],
    warnings: [],
    steps: [],
    proof: { by: 'sessionIdentifier', event: {}, receivedAt: '2026-11-22T14:06:31.120Z' },
    hold: { ...HOLD, completed: true },
    remaining: [],
    equivalent: [],
    ...changes,
  });
}

const aSession = (changes: Partial<Evidence['sample']['connections'][number]> = {}) => ({
  clientId: CLIENT,
  principal: CERTIFICATE,
  sessionIdentifier: 'one',
  connectedAt: 1_000,
  ...changes,
});

/** Nobody is connected but the responder, and the certificate is INACTIVE. */
function evidence(
  changes: Partial<Evidence> = {},
  { connections = [aSession({ principal: RESPONDER, sessionIdentifier: 'ours' })], status = 'INACTIVE' } = {},
): Evidence {
  const document = changes.document ?? aDocument();
  const policiesOf: [string, string][] = [[`arn:aws:iot:us-east-1:1:cert/${CERTIFICATE}`, 'fleet']];
  return {
    clientId: CLIENT,
    way: { action: 'deactivate', method: 'takeover', keepSession: false },
    certificateId: CERTIFICATE,
    responders: [RESPONDER],
    sessionsBefore: ['one'],
    document,
    exitCode: EXIT_CODES[document.verdict],
    decidedAt: 2_000,
    sample: { connections, registry: { certificates: [[CERTIFICATE, { status }]], policiesOf } },
    fair: [document.verdict],
    ...changes,
  };
}

const cause = { code: 'gap', message: 'gap', hint: 'again', retryable: true };
const detach = { action: 'detach', method: 'takeover', keepSession: false } as const;
const kickOnly = { action: 'none', method: 'takeover', keepSession: false } as const;

describe('the referee', () => {
  it('lets what is true pass', () => {
    expect(falsehoodsIn(evidence())).toEqual([]);
    const elsewhere = [aSession({ clientId: 'pump-18' })];
    expect(falsehoodsIn(evidence({}, { connections: elsewhere }))).toEqual([]);
    const afterwards = [aSession({ sessionIdentifier: 'two', connectedAt: 2_001 })];
    expect(falsehoodsIn(evidence({}, { connections: afterwards }))).toEqual([]);
    const unverified = aDocument({ verdict: 'unverified', cause });
    expect(falsehoodsIn(evidence({ document: unverified }, { connections: [aSession()] }))).toEqual([]);
  });

  it.each([
    ['the contained session goes on', evidence({}, { connections: [aSession()] }), /while/u],
    [
      'it is back',
      evidence({ sessionsBefore: [] }, { connections: [aSession({ sessionIdentifier: 'two' })] }),
      /is connected/u,
    ],
    [
      'somebody else is there',
      evidence({ sessionsBefore: [] }, { connections: [aSession({ principal: 'c'.repeat(64) })] }),
      /is connected/u,
    ],
    [
      'nobody is said to be there, and somebody is',
      evidence({ document: aDocument({ verdict: 'not-connected' }) }, { connections: [aSession()] }),
      /"not-connected" while/u,
    ],
    ['the certificate is ACTIVE', evidence({}, { status: 'ACTIVE' }), /access is not cut/u],
    ['the policies are attached', evidence({ way: detach }), /access is not cut/u],
    [
      'access is said not to be cut, and is',
      evidence({ document: aDocument({ verdict: 'failed', contained: 'no', cause }) }),
      /contained "no"/u,
    ],
    [
      'it was kicked, and its session goes on',
      evidence(
        { way: kickOnly, document: aDocument({ verdict: 'kicked', contained: 'none' }) },
        { connections: [aSession()] },
      ),
      /"kicked" while session one goes on/u,
    ],
    ['the exit code is another verdict’s', evidence({ exitCode: 5 }), /exit code 5/u],
    ['there is no proof', evidence({ document: aDocument({ proof: undefined }) }), /without proof/u],
    [
      'the hold was cut short',
      evidence({ document: aDocument({ hold: { ...HOLD, completed: false } }) }),
      /hold/u,
    ],
    ['nothing is lost, and it is not said', evidence({ fair: ['not-connected'] }), /had to be/u],
  ])('finds it out where %s', (_, given, wrong) => {
    expect(falsehoodsIn(given).join('\n')).toMatch(wrong);
  });

  it('finds a session in the books that was open at the moment, whatever came late', () => {
    const anEvent = (eventType: 'connected' | 'disconnected', timestamp: number): SessionEvent => ({
      clientId: CLIENT,
      timestamp,
      eventType,
      sessionIdentifier: 'one',
      principalIdentifier: CERTIFICATE,
      versionNumber: 1,
    });
    const books = [anEvent('disconnected', 2_000), anEvent('connected', 1_000)];
    const who = { clientId: CLIENT, responders: [RESPONDER] };
    expect(openSessionsAt(1_500, books, who)).toEqual(['one']);
    expect(openSessionsAt(2_000, books, who)).toEqual([]);
    expect(openSessionsAt(999, books, who)).toEqual([]);
    expect(openSessionsAt(1_500, books, { ...who, responders: [CERTIFICATE] })).toEqual([]);
  });
});
