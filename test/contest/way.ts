import type { Verdict } from '../../src/domain/exit-codes.ts';
import type { Dice } from './dice.ts';

/** How a round is responded to. */
export type Way = {
  readonly action: 'deactivate' | 'detach' | 'none';
  readonly method: 'takeover' | 'api' | 'both' | 'none';
  readonly keepSession: boolean;
};

const WAYS: readonly (readonly [weight: number, action: Way['action'], method: Way['method']])[] = [
  [8, 'deactivate', 'takeover'],
  [3, 'detach', 'takeover'],
  [3, 'deactivate', 'both'],
  [1, 'detach', 'both'],
  [2, 'deactivate', 'api'],
  [1, 'detach', 'api'],
  [1, 'deactivate', 'none'],
  [1, 'none', 'takeover'],
];

/** Most rounds are fought as most operators would: deactivate, and take over. */
export function drawWay(dice: Dice): Way {
  const [, action, method] = dice.pick(WAYS.flatMap((way) => Array.from({ length: way[0] }, () => way)));
  return { action, method, keepSession: method !== 'none' && dice.chance(0.15) };
}

/** The words of the command line for it. */
export function wordsOf({ action, method, keepSession }: Way): string[] {
  return ['--action', action, '--method', method, ...(keepSession ? ['--keep-session'] : [])];
}

/** How a round ends where nothing was lost, against one that was connected: anything else is needlessly pessimistic. */
export function usualEnds({ action, method }: Way): readonly Verdict[] {
  if (method === 'none') return ['unverified'];
  // Its access was left to it, so it may be back before the verdict.
  return action === 'none' ? ['kicked', 'returned'] : ['evicted'];
}

/** The same, against one that is not connected. */
export function endsWhereNobodyIs(): readonly Verdict[] {
  return ['not-connected'];
}
