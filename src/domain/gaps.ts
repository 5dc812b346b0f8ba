import { identifyingKicks, kicks } from './acts.ts';
import type { Facts } from './facts.ts';

/**
 * The gaps that stay once the watch was opened anew, and hears again. Before anybody was kicked it has missed nothing that the
 * proof needs; what came of an identifying kick, which is not told yet, it may have.
 */
export function gapsThatStay(facts: Facts): Facts['gaps'] {
  const { watching, planned, told, gaps } = facts;
  const isTold = told !== undefined || identifyingKicks(facts).length === 0;
  const isEarly = planned?.plan.method !== 'none' && kicks(facts).length === 0 && isTold;
  return isEarly ? gaps.filter(({ noticedAt }) => noticedAt >= (watching?.startedAt ?? 0)) : gaps;
}
