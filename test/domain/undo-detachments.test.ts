import { describe, expect, it } from '@jest/globals';
import { ATTACHED, DETACHED, inverseOf, isFulfilled, subjectOf } from '../../src/domain/change.ts';
import type { Change } from '../../src/domain/change.ts';
import { factsOf } from '../../src/domain/facts.ts';
import type { EntryOf, IncidentEntry } from '../../src/domain/incident.ts';
import { changesToUndo, planUndo } from '../../src/domain/undo.ts';
import { undoDocument } from '../../src/domain/undo-document.ts';
import { concludeUndo, refusalOfUndo } from '../../src/domain/undo-verdict.ts';
import {
  CERTIFICATE_ARN,
  CHANGE,
  ENDED_AT,
  doneChange,
  ended,
  failedAct,
  intendedChange,
  opened,
  watched,
} from './an-incident.ts';

const detach = (policyName: string, target: string = CERTIFICATE_ARN) =>
  ({
    kind: 'policy-attachment',
    step: 'detach',
    target,
    policyName,
    before: ATTACHED,
    after: DETACHED,
  }) as const satisfies Change;

const ONE = detach('one');
const TWO = detach('two');
const NOTHING = { others: [], force: false };

const intended = (change: Change) =>
  intendedChange({ step: change.step, target: change.target, change, startedAt: ENDED_AT });
const done = (change: Change, more: Partial<EntryOf<'done'>> = {}) =>
  doneChange({
    step: change.step,
    target: change.target,
    state: change.after,
    endedAt: ENDED_AT,
    ...more,
  });
const failed = (change: Change, more: Partial<EntryOf<'failed'>> = {}) =>
  failedAct({ step: change.step, target: change.target, ...more });
const made = (...changes: Change[]) => changes.flatMap((change) => [intended(change), done(change)]);
const undoOpened: IncidentEntry = {
  kind: 'undo-opened',
  toolVersion: '1.0.0',
  user: 'alice',
  host: 'console',
  startedAt: ENDED_AT,
};
/** An incident whose plan had these changes, up to the watch. */
const planned = (...changes: Change[]) => watched({ plan: { actions: ['deactivate', 'detach'], changes } });
const evicted = (...changes: Change[]) => [...planned(...changes), ...made(...changes), ended()];
const reading = (changes: readonly Change[], state: string) => changes.map((change) => ({ change, state }));

describe('a detachment', () => {
  it('has the attachment for its inverse, and is its own again', () => {
    expect(inverseOf(ONE)).toEqual({ ...ONE, step: 'attach', before: DETACHED, after: ATTACHED });
    expect(inverseOf(inverseOf(ONE))).toEqual(ONE);
  });

  it('is about its policy and its target, whichever way round', () => {
    expect(subjectOf(inverseOf(ONE))).toBe(subjectOf(ONE));
    expect(new Set([ONE, TWO, detach('one', 'arn:second'), CHANGE].map(subjectOf)).size).toBe(4);
  });

  it('is fulfilled by its state alone', () => {
    expect(isFulfilled(ONE, DETACHED)).toBe(true);
    expect(isFulfilled(ONE, ATTACHED)).toBe(false);
    expect(isFulfilled(inverseOf(ONE), ATTACHED)).toBe(true);
  });
});

describe('what there is to take back of several changes', () => {
  it('is each of them, newest first', () => {
    expect(changesToUndo(factsOf(evicted(CHANGE, ONE, TWO)))).toEqual(
      [TWO, ONE, CHANGE].map((change) => inverseOf(change)),
    );
  });

  it('is not what was detached already, nor what was refused', () => {
    const entries = [
      ...planned(ONE, TWO, CHANGE),
      intended({ ...ONE, before: DETACHED }),
      done(ONE, { already: true }),
      intended(TWO),
      failed(TWO, { state: ATTACHED, refused: true }),
    ];
    expect(changesToUndo(factsOf(entries))).toEqual([]);
  });

  it('is also the one in whose middle the run was cut off', () => {
    const entries = [...planned(ONE, TWO), ...made(ONE), intended(TWO)];
    expect(changesToUndo(factsOf(entries))).toEqual([inverseOf(TWO), inverseOf(ONE)]);
  });

  it('is what a first undo has left, by policy and not by certificate', () => {
    const first = [undoOpened, ...made(inverseOf(TWO)), intended(inverseOf(ONE)), failed(inverseOf(ONE))];
    expect(changesToUndo(factsOf([...evicted(CHANGE, ONE, TWO), ...first]))).toEqual([
      inverseOf(ONE),
      inverseOf(CHANGE),
    ]);
  });

  it('is nothing once all of it was taken back', () => {
    const undone = [undoOpened, ...made(inverseOf(TWO), inverseOf(ONE))];
    expect(changesToUndo(factsOf([...evicted(ONE, TWO), ...undone]))).toEqual([]);
  });
});

describe('the plan of an undo of detachments', () => {
  const changes = [inverseOf(TWO), inverseOf(ONE)];

  it('attaches again what is still detached, and counts what somebody attached meanwhile as done', () => {
    const readings = [
      { change: inverseOf(TWO), state: DETACHED },
      { change: inverseOf(ONE), state: ATTACHED },
    ];
    expect(planUndo(readings, NOTHING)).toEqual({
      changes: [inverseOf(TWO), { ...inverseOf(ONE), before: ATTACHED }],
      blockers: [],
    });
  });

  it('is drift where the state is neither, lifted by --force', () => {
    const { blockers } = planUndo(reading(changes, 'gone'), NOTHING);
    expect(blockers).toMatchObject([
      { code: 'drift', lift: '--force', message: expect.stringContaining('policy two on arn:') },
      { code: 'drift', message: expect.stringContaining('policy one on arn:') },
    ]);
    expect(planUndo(reading(changes, 'gone'), { others: [], force: true }).blockers).toEqual([]);
  });

  it('is refused as a whole where one of its changes is final', () => {
    const both = [
      { change: inverseOf(ONE), state: DETACHED },
      { change: inverseOf(CHANGE), state: 'REVOKED' },
    ];
    for (const force of [false, true]) {
      const plan = planUndo(both, { others: [], force });
      expect(refusalOfUndo(plan)).toMatchObject({
        verdict: 'refused',
        cause: { code: 'irreversible', hint: expect.stringContaining('cannot be lifted') },
      });
    }
  });
});

describe('the undo of a revocation', () => {
  const revocation = (before: string) => ({ ...CHANGE, step: 'revoke', before, after: 'REVOKED' }) as const;

  it.each(['ACTIVE', 'INACTIVE', 'PENDING_ACTIVATION'])(
    'is irreversible, whatever the certificate was before (%s)',
    (before) => {
      const [back] = changesToUndo(factsOf(evicted(revocation(before))));
      expect(back).toMatchObject({ before: 'REVOKED', after: before });
      for (const force of [false, true])
        expect(
          planUndo(back === undefined ? [] : [{ change: back, state: 'REVOKED' }], { others: [], force })
            .blockers,
        ).toMatchObject([{ code: 'irreversible' }]);
    },
  );

  it('has nothing to take back of a certificate that was REVOKED already', () => {
    const entries = [
      ...planned(revocation('REVOKED')),
      intended(revocation('REVOKED')),
      done(revocation('REVOKED'), { already: true }),
    ];
    expect(changesToUndo(factsOf(entries))).toEqual([]);
  });
});

describe('another incident that detached from the same target', () => {
  const readings = reading([inverseOf(ONE)], DETACHED);
  const other = (...changes: Change[]) =>
    factsOf([...evicted(...changes), opened({ incident: '20260101T000000Z-abcdef' })]);

  it('holds it if it was the same policy', () => {
    const { blockers } = planUndo(readings, { others: [other(ONE)], force: false });
    expect(blockers).toMatchObject([
      { code: 'held-by-incident', message: expect.stringContaining('20260101T000000Z-abcdef') },
    ]);
    expect(planUndo(readings, { others: [other(ONE)], force: true }).blockers).toEqual([]);
  });

  it.each([
    ['another policy', other(TWO)],
    ['the same policy elsewhere', other(detach('one', 'arn:second'))],
    ['the certificate’s status', other(CHANGE)],
  ])('does not if it changed %s', (_, facts) => {
    expect(planUndo(readings, { others: [facts], force: false }).blockers).toEqual([]);
  });
});

describe('the document of an undo of detachments', () => {
  const changes = [inverseOf(TWO), inverseOf(ONE)];
  const plan = { changes, blockers: [] };
  const commands = { region: 'eu-west-1' };

  it('names the policy of each step, in the order in which they were taken back', () => {
    const facts = factsOf([...evicted(ONE, TWO), undoOpened, ...made(...changes)]);
    const conclusion = concludeUndo(facts, plan, undefined);
    expect(conclusion).toEqual({ verdict: 'restored', contained: 'no' });
    const document = undoDocument(facts, { plan, conclusion, dryRun: false, commands });
    expect(document.steps).toMatchObject([
      { id: 'attach', policy: 'two', target: CERTIFICATE_ARN, status: 'done', after: ATTACHED },
      { id: 'attach', policy: 'one', target: CERTIFICATE_ARN, status: 'done', after: ATTACHED },
    ]);
    expect(document.equivalent).toEqual(
      ['two', 'one'].map(
        (name) =>
          `aws iot attach-policy --policy-name ${name} --target ${CERTIFICATE_ARN} --region eu-west-1`,
      ),
    );
  });

  it('does not claim that access is back where something was cut before the incident', () => {
    const found = [intended(CHANGE), done(CHANGE, { already: true })];
    const entries = [
      ...planned(CHANGE, ONE),
      ...found,
      ...made(ONE),
      ended(),
      undoOpened,
      ...made(inverseOf(ONE)),
    ];
    const one = { changes: [inverseOf(ONE)], blockers: [] };
    expect(concludeUndo(factsOf(entries), one, undefined)).toEqual({
      verdict: 'restored',
      contained: 'unknown',
    });
  });

  it('claims it where a resumed run found already so what its first part had made', () => {
    const again = [intended(ONE), done(ONE, { already: true })];
    const entries = [...planned(ONE), ...made(ONE), ...again, ended(), undoOpened, ...made(inverseOf(ONE))];
    const one = { changes: [inverseOf(ONE)], blockers: [] };
    expect(concludeUndo(factsOf(entries), one, undefined).contained).toBe('no');
  });

  it('tells apart what was done of it and what is left', () => {
    const entries = [
      ...evicted(ONE, TWO),
      undoOpened,
      ...made(inverseOf(TWO)),
      intended(inverseOf(ONE)),
      failed(inverseOf(ONE)),
    ];
    const facts = factsOf(entries);
    const conclusion = concludeUndo(facts, plan, undefined);
    expect(conclusion).toMatchObject({
      verdict: 'failed',
      contained: 'partly',
      cause: { message: expect.stringContaining('1 of 2 changes') },
    });
    const { steps } = undoDocument(facts, { plan, conclusion, dryRun: false, commands });
    expect(steps.map(({ policy, status }) => `${policy} ${status}`)).toEqual(['two done', 'one failed']);
  });

  it('lists steps of one target that did not happen beside one that did', () => {
    const facts = factsOf([...evicted(ONE, TWO), undoOpened, ...made(inverseOf(TWO))]);
    const conclusion = concludeUndo(facts, plan, { kind: 'interrupted' });
    const { steps } = undoDocument(facts, { plan, conclusion, dryRun: false, commands });
    expect(steps.map(({ policy, status }) => `${policy} ${status}`)).toEqual(['two done', 'one planned']);
  });
});
