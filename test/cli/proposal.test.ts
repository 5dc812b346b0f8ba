import { describe, expect, it } from '@jest/globals';
import { proposalLines } from '../../src/cli/render/proposal.ts';
import { sightingRow } from '../../src/cli/render/sighting-row.ts';
import { undoProposalLines } from '../../src/cli/render/undo-proposal.ts';
import { factsOf } from '../../src/domain/facts.ts';
import type { EvictionPlan } from '../../src/domain/plan.ts';
import { principalOf } from '../../src/domain/principal.ts';
import { choicesOf } from '../../src/domain/proposal.ts';
import { COLLEAGUE, INTRUDER, SIGHTED_AT, STRANGER } from '../domain/an-event.ts';
import {
  aPlan,
  aRequest,
  aSighting,
  CERTIFICATE_ARN,
  CHANGE,
  containedOnly,
  ended,
  KICK_ONLY,
  planned,
} from '../domain/an-incident.ts';

const look = { now: SIGHTED_AT + 61_000, paint: (_: string, text: string) => text };

function lines(some: Partial<EvictionPlan> = {}, sighting = aSighting()): string {
  const plan = aPlan(some);
  const facts = factsOf(planned({ sighting }));
  const proposal = { request: aRequest(), plan, facts, choices: choicesOf(plan, facts) };
  return proposalLines(proposal, look).join('\n');
}

describe('a proposal', () => {
  it('says where, who, how far, what, and what then', () => {
    const text = lines();
    for (const line of [
      'Evict "pump-17"',
      '  account   123456789012, eu-west-1',
      '  responder arn:aws:sts::123456789012:assumed-role/response/alice',
      '  thing     pump-17',
      `  principal certificate ${CERTIFICATE_ARN}`,
      '  IP        8.8.42.11',
      '  last seen 61 s ago, connected, file:events.jsonl',
      '  confirmed unknown: GetConnection was not asked',
      '  hits      1 in all; things pump-17 (complete); clients pump-17 (since 2023-12-01T00:00:00.000Z); policies fleet',
      `  will      deactivate ${CERTIFICATE_ARN}: ACTIVE → INACTIVE`,
      '  will      takeover: take the client ID over, hold it for 3 min of unbroken quiet',
    ])
      expect(text).toContain(line);
  });

  it('says of what was read by an earlier process when that was', () => {
    const plan = aPlan();
    const read = {
      kind: 'connection-read',
      when: 'before',
      unheardOf: false,
      reading: { connected: true, connectedSince: SIGHTED_AT },
      readAt: SIGHTED_AT + 5_000,
    } as const;
    const facts = factsOf([...planned(), read]);
    const proposal = { request: aRequest(), plan, facts, choices: choicesOf(plan, facts) };
    const text = proposalLines(proposal, { ...look, readAt: read.readAt }).join('\n');
    expect(text).toContain(
      `  as of     56 s ago, ${new Date(read.readAt).toISOString()}: connection, hits and policies may differ by now`,
    );
    expect(text).toContain('GetConnection said connected for 5 s');
    expect(proposalLines(proposal, look).join('\n')).toContain('GetConnection says connected for 61 s');
  });

  it('names the others that were seen, responders as such', () => {
    const other = {
      principal: principalOf(STRANGER),
      sessions: 412,
      first: 0,
      last: SIGHTED_AT,
      ended: true,
    };
    const others = [other, { ...other, principal: principalOf(COLLEAGUE), responder: true as const }];
    const text = lines({}, aSighting({ others }));
    expect(text).toContain(`also seen certificate ${STRANGER}, 412 sessions, ended, last 61 s ago\n`);
    expect(text).toContain(
      `also seen iam-role-session ${COLLEAGUE}, 412 sessions, ended, last 61 s ago (a responder)`,
    );
  });

  it('names the first of many, and says how many more', () => {
    const { blastRadius } = aPlan();
    const things = Array.from({ length: 9 }, (_, index) => `thing-${index}`);
    expect(lines({ blastRadius: { ...blastRadius, things } })).toContain(
      'hits      10 in all; things thing-0, thing-1, thing-2, thing-3, thing-4 and 4 more (complete)',
    );
  });

  it('says that a kick alone leaves the access', () => {
    expect(lines(KICK_ONLY)).toContain('will      none: leave its access as it is, so that it can come back');
  });

  it('says everything once, and cuts what is long', () => {
    const message = 'the kick ends the session of the client';
    const text = lines({
      warnings: [
        { code: 'ends-session', message },
        { code: 'responder-unknown', message: 'who runs this could not be read' },
        { code: 'policies-unknown', message: 'x'.repeat(400) },
      ],
      blockers: [{ code: 'own-principal', message: 'it is yours' }],
    });
    expect(text.split(message)).toHaveLength(2);
    expect(text).not.toContain('who runs this');
    expect(text).toMatch(/warning {3}x{140,150}…\n/u);
    expect(text).toContain('BLOCKED   own-principal: it is yours');
  });

  it('shows nothing hostile', () => {
    const { blastRadius } = aPlan();
    const hostile = '\u001b[2J\u202e';
    const text = lines(
      { clientId: hostile, blastRadius: { ...blastRadius, policies: [hostile], things: [hostile] } },
      aSighting({ thingName: hostile, ipAddress: hostile, source: hostile }),
    );
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202e');
  });
});

describe('an undo that is asked about', () => {
  const facts = factsOf([...containedOnly(), ended()]);
  const shown = (before: string) =>
    undoProposalLines(
      { changes: [{ ...CHANGE, step: 'activate', before, after: 'ACTIVE' }], blockers: [] },
      facts,
      look,
    ).join('\n');

  it('says what it would change', () => {
    expect(shown('INACTIVE')).toContain(`will      activate ${CERTIFICATE_ARN}: INACTIVE → ACTIVE\n`);
    expect(shown('INACTIVE')).toContain('20231214T150731Z-7f3a9c, evicted, by alice@console');
    expect(shown('INACTIVE')).not.toContain('drift');
  });

  it('says what is so already', () => {
    expect(shown('ACTIVE')).toContain('already   activate');
    expect(shown('ACTIVE')).not.toContain('drift');
  });

  it('says what somebody changed since', () => {
    expect(shown('PENDING_TRANSFER')).toContain(
      `drift     ${CERTIFICATE_ARN} was left INACTIVE and now reads PENDING_TRANSFER`,
    );
  });
});

describe('a client in a list', () => {
  it('is one line, and a harmless one', () => {
    const sighting = {
      clientId: '\u001b[2J',
      principal: principalOf(INTRUDER),
      timestamp: SIGHTED_AT,
      ended: false,
    };
    expect(sightingRow({ ...sighting, ipAddress: '8.8.42.11' }, look.now)).toBe(
      '\\u{1b}[2J  certificate 226c226c…  8.8.42.11  61 s ago, connected',
    );
    const long = {
      ...sighting,
      clientId: 'x'.repeat(128),
      principal: principalOf(`AROAEXAMPLE:${'y'.repeat(64)}`),
    };
    expect(sightingRow({ ...long, ended: true }, look.now)).toMatch(
      /^x{38}…  iam-role-session AROAEXAMPLE:y{10}…  61 s ago, ended$/u,
    );
  });
});
