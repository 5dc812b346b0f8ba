import { CLOCK_ERROR } from './found-event.ts';
import type { FoundEvent } from './found-event.ts';

/** An X.509 connection lives one to two weeks, so whoever may still be there was seen in the 15 days before the newest event. */
export const WINDOW_MS = 15 * 24 * 3_600_000;

/** Whether what comes next, newest first, is older than all that a look-up asks for. */
export function isBeyond(timestamp: number, newest: number): boolean {
  return timestamp < newest - WINDOW_MS;
}

/** The newest so far, with one more. What is dated in the future moves no window: it would hide all that was seen. */
export function newer(newest: number, timestamp: number, now: number): number {
  return isFuture(timestamp, now) ? newest : Math.max(newest, timestamp);
}

/** Whether it is dated later than clocks are off: nobody can have seen it yet. */
export function isFuture(timestamp: number, now: number): boolean {
  return timestamp > now + CLOCK_ERROR;
}

/** The events to go by: those dated in the future only for want of others, as it may be our own clock that is off. */
export function credible(events: readonly FoundEvent[], now: number): readonly FoundEvent[] {
  const past = events.filter(({ event }) => !isFuture(event.timestamp, now));
  return past.length > 0 ? past : events;
}
