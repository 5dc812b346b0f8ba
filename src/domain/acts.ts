import { subjectOf } from './change.ts';
import type { Act, Facts } from './facts.ts';
import { cutsAccess } from './plan.ts';

/** The takeovers of this process, in order. */
export function takeovers(facts: Facts): readonly Act[] {
  return kicks(facts).filter(({ intended }) => intended.step === 'takeover');
}

/** All kicks of this process, by takeover and by API, in order. */
export function kicks(facts: Facts): readonly Act[] {
  return facts.acts.slice(facts.resumedFrom).filter(({ intended }) => KICKS.has(intended.step));
}

const KICKS: ReadonlySet<string> = new Set(['takeover', 'delete-connection']);

/** The steps of the kick that only identifies: it comes before the containment, and so is no kick of the proof. */
export const IDENTIFY_BY_API = 'identify-by-api';
export const IDENTIFY_BY_TAKEOVER = 'identify-by-takeover';

/** The attempts of this process to drop the connection in order to identify it, in order. */
export function identifyingKicks(facts: Facts): readonly Act[] {
  return facts.acts.slice(facts.resumedFrom).filter(isIdentifying);
}

/** Whether an act was only to tell who is behind the client: it has not changed what anybody may do. */
export function isIdentifying({ intended: { step } }: Act): boolean {
  return step === IDENTIFY_BY_API || step === IDENTIFY_BY_TAKEOVER;
}

/** The newest attempt of this process to drop the connection, whatever for. */
export function newestDrop(facts: Facts): Act | undefined {
  return facts.acts
    .slice(facts.resumedFrom)
    .findLast((act) => isIdentifying(act) || KICKS.has(act.intended.step));
}

/** The changes of access of the eviction itself, in order. */
export function containmentActs(facts: Facts): readonly Act[] {
  return facts.acts.slice(0, facts.undoneFrom).filter(({ intended }) => intended.change !== undefined);
}

/** The newest act on each subject of the containment: one that was cut off, or drifted, may have been made again. */
export function newestChanges(facts: Facts): readonly Act[] {
  const newest = new Map<string, Act>();
  for (const act of containmentActs(facts)) {
    const { change } = act.intended;
    if (change === undefined || (wasRefused(act) && newest.has(subjectOf(change)))) continue;
    newest.set(subjectOf(change), act);
  }
  return [...newest.values()];
}

/** What was clearly refused has changed nothing: an earlier act on the same subject stands. */
function wasRefused({ outcome }: Act): boolean {
  return outcome?.kind === 'failed' && outcome.refused === true;
}

/** Whether an act was carried out, or was already so. */
export function succeeded({ outcome }: Act): boolean {
  return outcome?.kind === 'done';
}

/** Whether the plan leaves the access as it is. */
export function isKickOnly({ planned }: Facts): boolean {
  return planned !== undefined && !cutsAccess(planned.plan);
}
