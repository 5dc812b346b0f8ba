import type { Facts } from '../../domain/facts.ts';
import { bounced, quietSince, returnsOf } from '../../domain/hold.ts';
import type { Method } from '../../domain/request.ts';

/** How much of the quiet is left, who came back meanwhile, and who could not: "2:41 left of unbroken quiet, 2 returns retaken". */
export function countdown(facts: Facts, now: number): string {
  const holdMs = facts.planned?.plan.holdMs ?? 0;
  const left = (quietSince(facts) ?? now) + holdMs - now;
  const quiet =
    left > 0 ? `${clock(left)} left of unbroken quiet` : 'asking whether the quiet could be heard';
  const refused = bounced(facts);
  return `${quiet}, ${returns(facts)}${refused === undefined ? '' : `, ${refused} refused`}`;
}

/** Minutes and seconds, the second that has begun included: a countdown ends with its last second, not before. */
export function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function returns(facts: Facts): string {
  const count = returnsOf(facts).reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return 'no return';
  return `${count} return${count === 1 ? '' : 's'} ${ANSWERS[facts.planned?.plan.method ?? 'takeover']}`;
}

const ANSWERS: Readonly<Record<Method, string>> = {
  takeover: 'retaken',
  both: 'retaken',
  api: 'dropped again',
  none: 'seen',
};
