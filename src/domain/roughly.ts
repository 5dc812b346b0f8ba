import { CLOCK_ERROR } from './found-event.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `340 ms`, `5 s`, `3 min`, `7 h`, `2 days`: enough to judge by at a glance. */
export function roughly(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 2 * MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < 2 * HOUR) return `${Math.round(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} days`;
}

/** `5 min ago`; what is dated in the future by more than a clock may err is said to be. */
export function roughlyAgo(timestamp: number, now: number): string {
  const ahead = timestamp - now;
  return ahead > CLOCK_ERROR ? `at a time ${roughly(ahead)} in the future` : `${roughly(-ahead)} ago`;
}
