import { describeSubject, inverseOf, isFulfilled, subjectOf } from './change.ts';
import type { Change } from './change.ts';
import { containmentActs, succeeded } from './acts.ts';
import type { Act, Facts } from './facts.ts';
import type { Blocker } from './plan.ts';
import { printable } from './printable.ts';

/** A change to take back, with the state that its target has now. */
export type UndoReading = { readonly change: Change; readonly state: string };

/** What an undo would do, as a value. */
export type UndoPlan = {
  /** Newest first, from the present state; those already so included, which then only get recorded. */
  readonly changes: readonly Change[];
  readonly blockers: readonly Blocker[];
};

/** The inverses of every change that this incident made, or may have made, and has not taken back, newest first. */
export function changesToUndo(facts: Facts): readonly Change[] {
  const undone = facts.acts.slice(facts.undoneFrom ?? facts.acts.length).filter(succeeded);
  return containmentActs(facts)
    .filter(mayHaveHappened)
    .filter(isFirstOnSubject)
    .flatMap(({ intended: { change } }) => (change === undefined ? [] : [inverseOf(change)]))
    .filter(
      (inverse) =>
        !undone.some(
          ({ intended: { change } }) =>
            change !== undefined && change.step === inverse.step && subjectOf(change) === subjectOf(inverse),
        ),
    )
    .toReversed();
}

/** A change that was made again, by a resumed run, is taken back once: to what was before the first. */
function isFirstOnSubject({ intended: { change } }: Act, index: number, acts: readonly Act[]): boolean {
  return (
    change !== undefined &&
    acts.findIndex(({ intended }) => intended.change && subjectOf(intended.change) === subjectOf(change)) ===
      index
  );
}

/** Decides the undo from what the targets read now, and from the other incidents. Pure. */
export function planUndo(
  readings: readonly UndoReading[],
  { others, force }: { readonly others: readonly Facts[]; readonly force: boolean },
): UndoPlan {
  const blockers = readings.flatMap((reading) => [
    ...drift(reading, force),
    ...(force ? [] : heldElsewhere(reading.change, others)),
  ]);
  return { changes: readings.map(({ change, state }) => ({ ...change, before: state })), blockers };
}

/** The statuses that UpdateCertificate can set back to. (AWS IoT API reference, UpdateCertificate) */
const SETTABLE: ReadonlySet<string> = new Set(['ACTIVE', 'INACTIVE']);

/** The world moved since: putting back what was would undo somebody else's decision. */
function drift({ change, state }: UndoReading, force: boolean): Blocker[] {
  const subject = printable(describeSubject(change));
  if (isFulfilled(change, state)) return [];
  if (state === 'REVOKED')
    return [{ code: 'irreversible', message: `${subject} is REVOKED, which is final: there is no undo` }];
  if (change.kind === 'certificate-status' && !SETTABLE.has(change.after))
    return [{ code: 'irreversible', message: `${subject} was ${change.after}, which cannot be set again` }];
  if (force || state === change.before) return [];
  return [
    {
      code: 'drift',
      message: `${subject} was left ${change.before} and now reads ${state}: somebody changed it since`,
      lift: '--force',
    },
  ];
}

function heldElsewhere(change: Change, others: readonly Facts[]): Blocker[] {
  return others
    .filter((facts) =>
      containmentActs(facts).some((act) => isAbout(act, change) && (succeeded(act) || mayHaveHappened(act))),
    )
    .filter((facts) => facts.ended?.verdict !== 'restored')
    .map(({ opened }) => ({
      code: 'held-by-incident',
      message: `incident ${opened?.incident ?? ''} wants ${printable(describeSubject(change))} contained, too`,
      lift: '--force',
    }));
}

function isAbout({ intended }: Act, change: Change): boolean {
  return intended.change !== undefined && subjectOf(intended.change) === subjectOf(change);
}

/** All but what was clearly refused, and what was already so: that was not ours. The present state tells the rest. */
function mayHaveHappened({ outcome }: Act): boolean {
  if (outcome === undefined) return true;
  return outcome.kind === 'done' ? !outcome.already : !outcome.refused;
}
