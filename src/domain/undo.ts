import { inverseOf, isFulfilled } from './change.ts';
import type { Change } from './change.ts';
import { containmentActs, succeeded } from './facts.ts';
import type { Act, Facts } from './facts.ts';
import type { Blocker } from './plan.ts';

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
    .flatMap(({ intended: { change } }) => (change === undefined ? [] : [inverseOf(change)]))
    .filter(
      (inverse) =>
        !undone.some(({ intended }) => intended.target === inverse.target && intended.step === inverse.step),
    )
    .toReversed();
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
  if (!SETTABLE.has(change.after))
    return [
      { code: 'irreversible', message: `${change.target} was ${change.after}, which cannot be set again` },
    ];
  if (isFulfilled(change, state) || state === change.before) return [];
  if (state === 'REVOKED')
    return [
      { code: 'irreversible', message: `${change.target} is REVOKED, which is final: there is no undo` },
    ];
  if (force) return [];
  return [
    {
      code: 'drift',
      message: `${change.target} was left ${change.before} and now reads ${state}: somebody changed it since`,
      lift: '--force',
    },
  ];
}

function heldElsewhere(change: Change, others: readonly Facts[]): Blocker[] {
  return others
    .filter((facts) =>
      containmentActs(facts).some(
        (act) => act.intended.target === change.target && (succeeded(act) || mayHaveHappened(act)),
      ),
    )
    .filter((facts) => facts.ended?.verdict !== 'restored')
    .map(({ opened }) => ({
      code: 'held-by-incident',
      message: `incident ${opened?.incident ?? ''} wants ${change.target} contained, too`,
      lift: '--force',
    }));
}

/** All but what was clearly refused, and what was already so: that was not ours. The present state tells the rest. */
function mayHaveHappened({ outcome }: Act): boolean {
  if (outcome === undefined) return true;
  return outcome.kind === 'done' ? !outcome.already : !outcome.refused;
}
