import type { Trial } from '../domain/checkup.ts';
import type { Checkup } from '../domain/checkup-ports.ts';
import { EvictError } from '../domain/errors.ts';
import { orAbort } from '../domain/signals.ts';

/** How long something may take to end after it was told to: then it is left to itself. */
const GRACE_MS = 500;

/** Tries something, for one time-out: whatever it comes to is an outcome, except a bug. */
export async function tried<Value>(
  { request: { timeoutMs }, ports: { clock }, signal }: Checkup,
  attempt: (limit: AbortSignal) => Promise<Value>,
): Promise<Trial<Value>> {
  if (signal.aborted) return skipped(STOPPED);
  using limit = clock.within(timeoutMs, signal);
  using end = clock.within(timeoutMs + GRACE_MS);
  try {
    // Some things cannot be told to end: a program that is to print credentials, for one.
    return { kind: 'done', value: await orAbort(attempt(limit.signal), end.signal) };
  } catch (error) {
    if (signal.aborted) return skipped(STOPPED);
    if (error instanceof EvictError) return { kind: 'failed', error };
    if (limit.signal.aborted) return { kind: 'failed', error: tooSlow(timeoutMs) };
    throw error;
  }
}

/** Not tried, and why. */
export function skipped(why: string): { readonly kind: 'skipped'; readonly why: string } {
  return { kind: 'skipped', why };
}

/** Why a check was not made that cannot work without. */
export const NO_CREDENTIALS = 'needs credentials that AWS accepts';
const STOPPED = 'stopped before it was found out (Ctrl-C, or --deadline)';

/** Carries out a list of tasks, so many of them at a time, and returns what each came to, in their order. */
export async function fewAtATime<Value>(
  most: number,
  tasks: readonly (() => Promise<Value>)[],
): Promise<Value[]> {
  const results: Value[] = [];
  const waiting = tasks.entries();
  const worker = async () => {
    for (const [place, task] of waiting) results[place] = await task();
  };
  await Promise.all(Array.from({ length: most }, worker));
  return results;
}

function tooSlow(timeoutMs: number): EvictError {
  return new EvictError('timed-out', `no outcome within ${timeoutMs} ms`, { hint: 'raise --timeout' });
}
