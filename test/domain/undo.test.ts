import { describe, expect, it } from '@jest/globals';
import { inverseOf, isFulfilled } from '../../src/domain/change.ts';
import type { Change } from '../../src/domain/change.ts';
import { factsOf } from '../../src/domain/facts.ts';
import type { EntryOf, IncidentEntry } from '../../src/domain/incident.ts';
import { changesToUndo, planUndo } from '../../src/domain/undo.ts';
import { concludeUndo, refusalOfUndo, undoCutShort } from '../../src/domain/undo-verdict.ts';
import {
  CERTIFICATE_ARN,
  CHANGE,
  ENDED_AT,
  containedOnly,
  doneChange,
  ended,
  failedAct,
  intendedChange,
  kicked,
  opened,
  watched,
} from './an-incident.ts';

const BACK: Change = inverseOf(CHANGE);
const SECOND: Change = { ...CHANGE, target: 'arn:second', certificateId: 'second' };
const NOTHING = { others: [], force: false };

function undoOpened(): EntryOf<'undo-opened'> {
  return { kind: 'undo-opened', toolVersion: '1.0.0', user: 'alice', host: 'console', startedAt: ENDED_AT };
}

/** The intention to take a change back. */
function taking(change: Change = BACK): IncidentEntry {
  return intendedChange({ step: change.step, target: change.target, change, startedAt: ENDED_AT });
}

function taken(change: Change = BACK): IncidentEntry {
  return doneChange({ step: change.step, target: change.target, state: change.after, endedAt: ENDED_AT });
}

function twoContained(): IncidentEntry[] {
  const second = { step: SECOND.step, target: SECOND.target };
  return [
    ...watched({ plan: { changes: [CHANGE, SECOND] } }),
    intendedChange(),
    doneChange(),
    intendedChange({ ...second, change: SECOND }),
    doneChange(second),
  ];
}

describe('the inverse of a change', () => {
  it('puts back what was, and is its own inverse', () => {
    expect(BACK).toEqual({ ...CHANGE, step: 'activate', before: 'INACTIVE', after: 'ACTIVE' });
    expect(inverseOf(BACK)).toEqual(CHANGE);
  });

  it.each([
    ['INACTIVE', 'INACTIVE', true],
    ['INACTIVE', 'REVOKED', true],
    ['INACTIVE', 'ACTIVE', false],
    ['ACTIVE', 'REVOKED', false],
  ])('a change to %s is fulfilled by %s: %s', (after, state, fulfilled) => {
    expect(isFulfilled({ ...CHANGE, after }, state)).toBe(fulfilled);
  });
});

describe('what there is to take back', () => {
  it('is every change that was made, newest first', () => {
    expect(changesToUndo(factsOf(twoContained())).map(({ target }) => target)).toEqual([
      'arn:second',
      CERTIFICATE_ARN,
    ]);
  });

  it.each([
    ['the change was made', [doneChange()], 1],
    ['it was already so', [doneChange({ already: true })], 0],
    ['it was clearly refused', [failedAct({ state: 'ACTIVE', refused: true })], 0],
    ['it was accepted, and still read otherwise', [failedAct({ state: 'ACTIVE' })], 1],
    ['nobody knows whether it took effect', [failedAct()], 1],
    ['the run was cut off in the act', [], 1],
  ])('where %s: %#', (_, outcome, count) => {
    const facts = factsOf([...watched(), intendedChange(), ...outcome]);
    expect(changesToUndo(facts)).toHaveLength(count);
  });

  it('is never the takeover: it changed no access', () => {
    expect(changesToUndo(factsOf(kicked()))).toEqual([BACK]);
  });

  it('is nothing any more once it was taken back', () => {
    expect(changesToUndo(factsOf([...containedOnly(), undoOpened(), taking(), taken()]))).toEqual([]);
  });

  it('is what an undo that failed half-way has left', () => {
    const undone = inverseOf(SECOND);
    const entries = [...twoContained(), undoOpened(), taking(undone), taken(undone), taking(), failedAct()];
    expect(changesToUndo(factsOf(entries))).toEqual([BACK]);
  });

  it.each([
    ['was cut off in its act', [taking()]],
    ['has no known outcome', [taking(), failedAct({ step: 'activate' })]],
    ['failed', [taking(), failedAct({ step: 'activate', state: 'INACTIVE' })]],
  ])('is never the undo itself, however often it was tried: the first %s', (_, first) => {
    const twice = [...containedOnly(), undoOpened(), ...first, undoOpened(), taking(), taken()];
    expect(changesToUndo(factsOf(twice))).toEqual([]);
    const again = [...containedOnly(), undoOpened(), ...first, undoOpened(), ...first, undoOpened()];
    expect(changesToUndo(factsOf(again))).toEqual([BACK]);
  });

  it('keeps in mind what the first of two undos took back', () => {
    const undone = inverseOf(SECOND);
    const failed = failedAct({ step: 'activate', state: 'INACTIVE' });
    const first = [undoOpened(), taking(undone), taken(undone), taking(), failed];
    expect(changesToUndo(factsOf([...twoContained(), ...first, undoOpened()]))).toEqual([BACK]);
    const second = [undoOpened(), taking(), taken()];
    expect(changesToUndo(factsOf([...twoContained(), ...first, ...second]))).toEqual([]);
  });
});

describe('the plan of an undo', () => {
  it('takes back from the present state', () => {
    expect(planUndo([{ change: BACK, state: 'INACTIVE' }], NOTHING)).toEqual({
      changes: [BACK],
      blockers: [],
    });
  });

  it('counts what is already so as done', () => {
    const plan = planUndo([{ change: BACK, state: 'ACTIVE' }], NOTHING);
    expect(plan).toEqual({ changes: [{ ...BACK, before: 'ACTIVE' }], blockers: [] });
  });

  it('refuses where somebody changed it since, unless forced', () => {
    const readings = [{ change: BACK, state: 'PENDING_TRANSFER' }];
    const { blockers } = planUndo(readings, NOTHING);
    expect(blockers).toMatchObject([{ code: 'drift', lift: '--force' }]);
    expect(blockers[0]?.message).toContain('PENDING_TRANSFER');
    expect(planUndo(readings, { others: [], force: true }).blockers).toEqual([]);
  });

  it.each([false, true])('cannot take back what is REVOKED (--force: %s)', (force) => {
    const { blockers } = planUndo([{ change: BACK, state: 'REVOKED' }], { others: [], force });
    expect(blockers).toMatchObject([{ code: 'irreversible' }]);
    expect(blockers[0]).not.toHaveProperty('lift');
  });

  it('looks at every change', () => {
    const readings = [
      { change: inverseOf(SECOND), state: 'REVOKED' },
      { change: BACK, state: 'DELETED' },
    ];
    expect(planUndo(readings, NOTHING).blockers.map(({ code }) => code)).toEqual(['irreversible', 'drift']);
  });
});

describe('another incident', () => {
  const name = '20260101T000000Z-abcdef';
  const readings = [{ change: BACK, state: 'INACTIVE' }];
  const held = (...more: IncidentEntry[]) =>
    factsOf([...containedOnly(), opened({ incident: name }), ...more]);

  it('that holds the same target is in the way, unless forced', () => {
    const { blockers } = planUndo(readings, { others: [held(ended())], force: false });
    expect(blockers).toMatchObject([{ code: 'held-by-incident', lift: '--force' }]);
    expect(blockers[0]?.message).toContain(name);
    expect(planUndo(readings, { others: [held(ended())], force: true }).blockers).toEqual([]);
  });

  it.each([
    ['found it already so', [watched(), [intendedChange(), doneChange({ already: true })]].flat()],
    ['is not ended', containedOnly()],
    ['was cut off in the act', [...watched(), intendedChange()]],
  ])('holds it also when it %s', (_, entries) => {
    expect(planUndo(readings, { others: [factsOf(entries)], force: false }).blockers).toHaveLength(1);
  });

  it.each([
    ['was restored', held(ended(), undoOpened(), taking(), taken(), ended({ verdict: 'restored' }))],
    ['holds another target', factsOf(containedOnly())],
    ['never changed anything', factsOf(watched())],
  ])('is not in the way when it %s', (what, others) => {
    const change = what === 'holds another target' ? inverseOf(SECOND) : BACK;
    expect(planUndo([{ change, state: 'INACTIVE' }], { others: [others], force: false }).blockers).toEqual(
      [],
    );
  });
});

describe('the end of an undo', () => {
  const plan = { changes: [BACK], blockers: [] };

  it('is restored only if every change was read back', () => {
    const all = factsOf([...containedOnly(), undoOpened(), taking(), taken()]);
    expect(concludeUndo(all, plan, undefined)).toEqual({ verdict: 'restored', contained: 'no' });
    const none = factsOf([...containedOnly(), undoOpened(), taking(), failedAct()]);
    expect(concludeUndo(none, plan, undefined)).toMatchObject({
      verdict: 'failed',
      cause: { code: 'access-denied' },
    });
  });

  it('is restored after a second try that did the rest', () => {
    const entries = [
      ...containedOnly(),
      undoOpened(),
      taking(),
      failedAct(),
      undoOpened(),
      taking(),
      taken(),
    ];
    expect(concludeUndo(factsOf(entries), plan, undefined).verdict).toBe('restored');
  });

  it('is never restored on the strength of what an earlier try did', () => {
    const undone = inverseOf(SECOND);
    const first = [undoOpened(), taking(undone), taken(undone), taking(), failedAct()];
    const entries = [...twoContained(), ...first, undoOpened(), taking(), failedAct()];
    expect(concludeUndo(factsOf(entries), plan, undefined).verdict).toBe('failed');
  });

  it('says what is left when it was stopped half-way', () => {
    const undone = inverseOf(SECOND);
    const facts = factsOf([...twoContained(), undoOpened(), taking(undone), taken(undone)]);
    const two = { changes: [undone, BACK], blockers: [] };
    expect(concludeUndo(facts, two, { kind: 'interrupted' })).toMatchObject({
      verdict: 'interrupted',
      contained: 'partly',
    });
  });

  it('is a refusal that names every blocker, and what lifts it', () => {
    const { blockers } = planUndo([{ change: BACK, state: 'DELETED' }], NOTHING);
    expect(refusalOfUndo({ changes: [BACK], blockers })).toMatchObject({
      verdict: 'refused',
      cause: { code: 'drift', hint: 'drift: --force' },
    });
    expect(refusalOfUndo(plan)).toBeUndefined();
  });

  it.each([
    ['interrupted', { kind: 'interrupted' } as const],
    ['denied', { kind: 'error', code: 'access-denied', message: 'm', hint: 'h' } as const],
  ])('before anything was changed is %s', (verdict, stop) => {
    expect(undoCutShort(stop)).toMatchObject({ verdict, contained: 'unknown' });
  });
});
