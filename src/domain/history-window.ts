/** An X.509 connection lives one to two weeks, so whoever may still be there was seen in the 15 days before the newest event. */
export const WINDOW_MS = 15 * 24 * 3_600_000;

/** Whether what comes next, newest first, is older than all that a look-up asks for. */
export function isBeyond(timestamp: number, newest: number): boolean {
  return timestamp < newest - WINDOW_MS;
}
