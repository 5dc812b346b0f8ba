import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { documentOf, evictionDocument } from '../../src/domain/document.ts';
import type { EvictionDocument } from '../../src/domain/document.ts';
import { factsOf } from '../../src/domain/facts.ts';
import type { Facts } from '../../src/domain/facts.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import { inverseOf } from '../../src/domain/change.ts';
import { planUndo } from '../../src/domain/undo.ts';
import { undoDocument } from '../../src/domain/undo-document.ts';
import { conclude } from '../../src/domain/verdict.ts';
import { aContest, play } from './a-contest.ts';
import {
  CLIENT,
  INTRUDER,
  STRANGER,
  aConnectFailedEvent,
  aConnectedEvent,
  aDisconnectedEvent,
} from './an-event.ts';
import {
  CERTIFICATE_ARN,
  CHANGE,
  CONTAINED_AT,
  ENDED_AT,
  HEARD_AT,
  HELD_UNTIL,
  SENT_AT,
  TAKEN_AT,
  containedOnly,
  doneChange,
  ended,
  evicted,
  failedAct,
  gap,
  held,
  intendedChange,
  kicked,
  observed,
  opened,
  ourEvent,
  planned,
  refusedTakeover,
  theEnd,
  watched,
} from './an-incident.ts';

const RECORD = { file: '/state/incidents/20231214T150731Z-7f3a9c.jsonl', hash: 'ab'.repeat(32) };

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** The facts with the end that the code itself concludes. */
function concluded(entries: readonly IncidentEntry[]): Facts {
  const facts = factsOf(entries);
  return factsOf([...entries, { kind: 'ended', ...conclude(facts, ENDED_AT, undefined), endedAt: ENDED_AT }]);
}

/** Nothing that JSON would drop, and everything as the schema has it. */
function expectWhole(document: EvictionDocument): void {
  expect(JSON.parse(JSON.stringify(document))).toStrictEqual(document);
  expect(evictionDocument.parse(document)).toStrictEqual(document);
}

describe('the document of an eviction', () => {
  it('has what the contract names, each where it belongs', () => {
    const document = documentOf(evicted(), RECORD);
    expectWhole(document);
    expect(document).toMatchObject({
      version: 1,
      kind: 'eviction',
      toolVersion: '1.0.0',
      incident: '20231214T150731Z-7f3a9c',
      clientId: CLIENT,
      verdict: 'evicted',
      contained: 'yes',
      dryRun: false,
      responder: { principal: 'AROAEXAMPLERESPONSE:alice' },
      target: { account: '123456789012', region: 'eu-west-1' },
      sighting: {
        source: 'file:events.jsonl',
        principal: { kind: 'certificate', identifier: INTRUDER, arn: CERTIFICATE_ARN },
        others: [],
      },
      blockers: [],
      steps: [
        {
          id: 'deactivate',
          target: CERTIFICATE_ARN,
          status: 'done',
          before: 'ACTIVE',
          after: 'INACTIVE',
          startedAt: iso(CONTAINED_AT - 100),
          endedAt: iso(CONTAINED_AT),
        },
        { id: 'takeover', target: CLIENT, status: 'done', endedAt: iso(TAKEN_AT) },
      ],
      proof: {
        by: 'sessionIdentifier',
        event: aDisconnectedEvent({ timestamp: SENT_AT + 15 }),
        receivedAt: iso(HEARD_AT),
      },
      hold: {
        requestedSeconds: 180,
        quietSeconds: 180,
        completed: true,
        returns: [],
        bounced: null,
        door: 'quiet',
      },
      remaining: [],
      record: RECORD,
      undo: 'evict undo 20231214T150731Z-7f3a9c',
    });
    expect(document).not.toHaveProperty('cause');
  });

  it.each<[string, IncidentEntry[]]>([
    ['nothing was found', [opened()]],
    ['a blocker stood in the way', planned({ plan: { blockers: [{ code: 'own-role', message: 'm' }] } })],
    ['it ended before the first act', watched()],
    ['it was cut off in the act', [...watched(), intendedChange()]],
    ['the change was refused', [...watched(), intendedChange(), failedAct({ state: 'ACTIVE' })]],
    ['the change has no known outcome', [...watched(), intendedChange(), failedAct()]],
    ['the takeover was refused', [...containedOnly(), ...refusedTakeover()]],
    ['there was silence', [...kicked(), held()]],
    ['there was a gap', [...kicked(), theEnd(), gap(), held()]],
    ['it was evicted', [...kicked(), ourEvent(), theEnd(), held()]],
  ])('is whole where %s', (_, entries) => {
    expectWhole(documentOf(concluded(entries), RECORD));
  });

  it('is whole, and agrees with the verdict about the proof, however a contest ends', () => {
    fc.assert(
      fc.property(aContest(fc.constantFrom(0, 1_000)), (contest) => {
        const { facts, conclusion } = play(contest);
        const endedAt = facts.held?.until ?? ENDED_AT;
        const whole = { ...facts, ended: { kind: 'ended' as const, ...conclusion, endedAt } };
        const document = documentOf(whole, RECORD);
        expectWhole(document);
        if (document.verdict === 'evicted') expect(document.proof).toBeDefined();
        if (document.verdict === 'not-connected') expect(document.proof).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('keeps the event as received, unknown fields included', () => {
    const event = { ...aDisconnectedEvent(), field: { of: ['next', 'year'] } };
    const facts = concluded([...kicked(), ourEvent(), observed(event), held()]);
    expect(documentOf(facts, RECORD).proof?.event).toEqual(event);
  });

  it('leaves out the incident, the record and the undo where nothing is kept', () => {
    const document = documentOf(factsOf([...planned(), ended({ verdict: 'planned' })]), undefined);
    expect(document).not.toHaveProperty('incident');
    expect(document).not.toHaveProperty('record');
    expect(document).not.toHaveProperty('undo');
  });

  it('names reason and case where they were given', () => {
    const facts = factsOf([...planned({ request: { reason: 'leaked key', case: 'INC-4711' } })]);
    expect(documentOf(facts, RECORD)).toMatchObject({ reason: 'leaked key', case: 'INC-4711' });
  });
});

describe('the steps of a document', () => {
  it.each([
    ['planned', true],
    ['skipped', false],
  ])('that did not happen are %s (dry run: %s)', (status, dryRun) => {
    const facts = factsOf(planned({ opened: { dryRun } }));
    expect(documentOf(facts, undefined).steps).toEqual([
      { id: 'deactivate', target: CERTIFICATE_ARN, status, before: 'ACTIVE', after: 'INACTIVE' },
      { id: 'takeover', target: CLIENT, status },
    ]);
  });

  it('are none where a blocker stood in the way', () => {
    const facts = factsOf(planned({ plan: { blockers: [{ code: 'protected', message: 'm' }] } }));
    expect(documentOf(facts, undefined).steps).toEqual([]);
  });

  it.each([
    ['done', doneChange({ requestId: 'r-1' }), { after: 'INACTIVE', requestId: 'r-1' }],
    ['already', doneChange({ already: true }), { after: 'INACTIVE' }],
    ['failed', failedAct({ state: 'ACTIVE' }), { after: 'ACTIVE' }],
  ])('have the state that was read back: %s', (status, outcome, fields) => {
    const facts = factsOf([...watched(), intendedChange(), outcome]);
    expect(documentOf(facts, RECORD).steps[0]).toMatchObject({ status, before: 'ACTIVE', ...fields });
  });

  it('do not claim a state that nobody read', () => {
    const facts = factsOf([...watched(), intendedChange(), failedAct()]);
    expect(documentOf(facts, RECORD).steps[0]).toMatchObject({ status: 'failed' });
    expect(documentOf(facts, RECORD).steps[0]).not.toHaveProperty('after');
  });

  it('are those of the eviction only, also after an undo', () => {
    const undo: IncidentEntry = {
      kind: 'undo-opened',
      toolVersion: '1',
      user: 'u',
      host: 'h',
      startedAt: ENDED_AT,
    };
    const back = inverseOf(CHANGE);
    const acts = [intendedChange({ step: 'activate', change: back }), doneChange({ step: 'activate' })];
    const facts = factsOf([...kicked(), theEnd(), held(), ended(), undo, ...acts, undo, ...acts]);
    expect(documentOf(facts, RECORD).steps.map(({ id }) => id)).toEqual(['deactivate', 'takeover']);
  });
});

describe('the hold of a document', () => {
  const start = [...kicked(), ourEvent(), theEnd()];
  const holdOf = (...more: IncidentEntry[]) => documentOf(concluded([...start, ...more]), RECORD).hold;

  it('counts the returns by principal', () => {
    const back = observed(
      aConnectedEvent({ principalIdentifier: STRANGER, sessionIdentifier: 's', versionNumber: 98 }),
      HEARD_AT + 1_000,
    );
    expect(holdOf(back)).toMatchObject({
      completed: false,
      returns: [{ principal: STRANGER, count: 1, last: iso(HEARD_AT + 1_000) }],
      door: 'open',
    });
  });

  it.each([
    ['quiet', [held()]],
    ['shut', [observed(aConnectFailedEvent(), HEARD_AT + 5), held()]],
    ['unobserved', [gap(), held()]],
    ['unobserved', [gap(), observed(aConnectFailedEvent(), HEARD_AT + 5), held()]],
    ['unobserved', [held({ completed: false })]],
  ])('says that the door is %s: %#', (door, more) => {
    expect(holdOf(...more)).toMatchObject({ door });
  });

  it('does not call a door shut because somebody else was refused', () => {
    const refused = observed(aConnectFailedEvent({ principalIdentifier: STRANGER }), HEARD_AT + 5);
    expect(holdOf(refused, held())).toMatchObject({ door: 'quiet', bounced: null });
  });

  it('counts the attempts that were refused', () => {
    const refused = observed(aConnectFailedEvent(), HEARD_AT + 5);
    expect(holdOf(refused, refused, held())?.bounced).toBeGreaterThanOrEqual(1);
  });

  it('has the quiet that there was, not the one that was asked for', () => {
    expect(holdOf(held({ until: TAKEN_AT + 90_000, completed: false }))).toMatchObject({
      requestedSeconds: 180,
      quietSeconds: 90,
      completed: false,
    });
    expect(HELD_UNTIL - TAKEN_AT).toBe(180_000);
  });

  it('is left out where nothing was held', () => {
    expect(documentOf(concluded(containedOnly()), RECORD)).not.toHaveProperty('hold');
  });
});

describe('the other clients in a document', () => {
  it('are listed with their last known state, also when they are not alive', () => {
    const neighbours = [
      { clientId: 'pump-18', state: 'connected' as const, last: HEARD_AT - 500 },
      { clientId: 'pump-19', state: 'disconnected' as const, last: HEARD_AT - 500 },
    ];
    const document = documentOf(concluded([...kicked({ plan: { neighbours } }), theEnd(), held()]), RECORD);
    expect(document.remaining).toEqual([
      { clientId: 'pump-18', state: 'connected', last: iso(HEARD_AT - 500) },
      { clientId: 'pump-19', state: 'disconnected', last: iso(HEARD_AT - 500) },
    ]);
  });
});

describe('the document of an undo', () => {
  const back = inverseOf(CHANGE);

  it('shows what it would do, and is whole', () => {
    const plan = planUndo([{ change: back, state: 'INACTIVE' }], { others: [], force: false });
    const conclusion = { verdict: 'planned', contained: 'yes' } as const;
    const document = undoDocument(evicted(), {
      plan,
      conclusion,
      dryRun: true,
      commands: { region: 'eu-west-1' },
    });
    expectWhole(document);
    expect(document).toMatchObject({
      kind: 'undo',
      verdict: 'planned',
      dryRun: true,
      steps: [{ id: 'activate', status: 'planned', before: 'INACTIVE', after: 'ACTIVE' }],
      equivalent: [
        `aws iot update-certificate --certificate-id ${INTRUDER} --new-status ACTIVE --region eu-west-1`,
      ],
    });
  });

  it('shows as already what is so', () => {
    const plan = planUndo([{ change: back, state: 'ACTIVE' }], { others: [], force: false });
    const conclusion = { verdict: 'planned', contained: 'yes' } as const;
    const document = undoDocument(evicted(), { plan, conclusion, dryRun: true, commands: {} });
    expect(document.steps).toMatchObject([{ id: 'activate', status: 'already' }]);
  });

  it('shows a refusal with its blockers and its cause, and is whole', () => {
    const plan = planUndo([{ change: back, state: 'DELETED' }], { others: [], force: false });
    const cause = { code: 'drift', message: 'm', hint: 'h', retryable: false };
    const conclusion = { verdict: 'refused', contained: 'unknown', cause } as const;
    const document = undoDocument(evicted(), {
      plan,
      conclusion,
      dryRun: false,
      commands: {},
      record: RECORD,
    });
    expectWhole(document);
    expect(document).toMatchObject({
      blockers: [{ code: 'drift', lift: '--force' }],
      cause: { code: 'drift' },
    });
  });
});
