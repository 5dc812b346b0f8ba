import { describe, expect, it } from '@jest/globals';
import { auditExitCode, auditSummary, type Audited, type AuditEnd } from '../../src/domain/audit.ts';
import type { Verdict } from '../../src/domain/exit-codes.ts';
import { principalOf } from '../../src/domain/principal.ts';

const summaryOf = (end: Partial<AuditEnd>) =>
  auditSummary({ toolVersion: '1', audited: [], notAudited: [], warnings: [], ...end });
const ended = (...verdicts: readonly (Verdict | undefined)[]): Audited[] =>
  verdicts.map((verdict, index) => ({ clientId: `pump-${index}`, verdict }));
const stopped = (verdict: Verdict) => ({ verdict, contained: 'no' }) as const;
const late = {
  ...stopped('denied'),
  cause: { code: 'deadline', message: 'late', hint: 'raise --deadline', retryable: true },
};

describe('the exit code of an audit', () => {
  it.each<[number, string, Partial<AuditEnd>]>([
    [0, 'all could be evicted', { audited: ended('planned', 'planned') }],
    [2, 'none can be asked about', { audited: ended(undefined, undefined) }],
    [3, 'none was found', { audited: ended('not-found', 'not-found') }],
    [4, 'none could be told about', { audited: ended('denied') }],
    [7, 'something is in the way of each', { audited: ended('refused', 'refused') }],
    [9, 'they do not agree', { audited: ended('planned', 'refused') }],
    [9, 'one cannot be asked about', { audited: ended('planned', undefined) }],
    [
      9,
      'not all were looked at',
      { audited: ended('planned'), notAudited: ['x'], stopped: stopped('denied') },
    ],
    [3, 'there is nobody', { stopped: stopped('not-found') }],
    [4, 'nobody could be looked for', { stopped: stopped('denied') }],
    [9, 'the deadline came before any of them', { notAudited: ['x'], stopped: late }],
    [9, 'the deadline came before they were known', { stopped: late }],
    [9, 'the deadline cut all short', { audited: ended('denied'), stopped: late }],
    [130, 'it was interrupted', { audited: ended('planned'), stopped: stopped('interrupted') }],
  ])('is %d where %s', (code, _, end) => {
    expect(auditExitCode(summaryOf(end))).toBe(code);
  });
});

describe('the summary of an audit', () => {
  it('names the principals behind several clients, but none of which all sessions look alike', () => {
    const certificate = principalOf('ab'.repeat(32));
    const shared = (identifier: string) => [
      { clientId: 'one', verdict: 'refused' as const, principal: principalOf(identifier) },
      { clientId: 'two', verdict: 'refused' as const, principal: principalOf(identifier.toUpperCase()) },
    ];
    const audited = [
      ...shared(certificate.identifier),
      ...['three', 'four'].map((clientId) => ({
        clientId,
        verdict: 'planned' as const,
        principal: principalOf('AROAEXAMPLE:CognitoIdentityCredentials'),
      })),
    ];
    expect(summaryOf({ audited })).toMatchObject({
      verdicts: { refused: 2, planned: 2 },
      shared: [{ principal: certificate, clientIds: ['one', 'two'] }],
    });
  });
});
