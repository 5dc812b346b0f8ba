import type { Facts } from './facts.ts';
import type { Blocker } from './plan.ts';

type Target = NonNullable<Facts['identified']>['target'];

/** A run may only be gone on with where it began: the same certificate may be registered in another account or region. */
export function whyNotResumed({
  recorded,
  present,
}: {
  readonly recorded: Target | undefined;
  readonly present: Target | undefined;
}): Blocker | undefined {
  for (const name of ['account', 'region'] as const) {
    const [was, is] = [recorded?.[name], present?.[name]];
    if (was !== undefined && is !== undefined && was !== is)
      return {
        code: `other-${name}`,
        message: `the incident is of ${name} ${was}, and this would act in ${is}`,
        lift: `run it with the credentials and the region of the incident`,
      };
  }
  return undefined;
}

/** What is left of an incident, in one word. */
export type Standing =
  /** Nothing more is to be done, by its verdict. */
  | 'over'
  | 'undone'
  /** Somebody said no, and nothing was changed. */
  | 'declined'
  | 'resumable';

const OVER: ReadonlySet<string> = new Set([
  'evicted',
  'not-connected',
  'kicked',
  'refused',
  'not-found',
  'planned',
]);

/** Whether a run can be gone on with: one without an end, or with one that leaves something to be done. */
export function standingOf({ ended, undo, decision, acts }: Facts): Standing {
  if (undo !== undefined) return 'undone';
  if (decision === 'declined' && acts.length === 0) return 'declined';
  return ended !== undefined && OVER.has(ended.verdict) ? 'over' : 'resumable';
}
