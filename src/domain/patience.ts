import { takeovers } from './acts.ts';
import type { Facts } from './facts.ts';
import { ourNewest } from './sessions.ts';

/** Before this long, silence may just be a late event. */
const PATIENCE_MS = 5_000;

/** How long to wait before silence counts: twice the delay that was measured, and five seconds at least. */
export function patienceMs({ canary }: Facts): number {
  return Math.max(PATIENCE_MS, 2 * (canary?.delayMs ?? 0));
}

/**
 * How long until silence may be taken for an answer, in milliseconds: `undefined`, while our newest takeover's own event has not
 * come. Where that took longer than the canary's, so may the others.
 */
export function patienceLeft(facts: Facts, now: number): number | undefined {
  const ours = ourNewest(facts);
  const taken = takeovers(facts).findLast(({ outcome }) => outcome?.kind === 'done')?.outcome;
  if (ours === undefined || taken === undefined) return undefined;
  const delayMs = ours.receivedAt - taken.endedAt;
  return ours.receivedAt + Math.max(patienceMs(facts), 2 * delayMs) - now;
}
