import type { Facts } from './facts.ts';

/** Before this long, silence may just be a late event. */
const PATIENCE_MS = 5_000;

/** How long to wait before silence counts: twice the delay that was measured, and five seconds at least. */
export function patienceMs({ canary }: Facts): number {
  return Math.max(PATIENCE_MS, 2 * (canary?.delayMs ?? 0));
}
