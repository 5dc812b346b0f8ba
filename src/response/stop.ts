import type { Stop } from '../domain/causes.ts';
import { EvictError, messageOf, nameOf } from '../domain/errors.ts';
import type { Facts } from '../domain/facts.ts';

/**
 * Turns what cut a run short into a value: a signal, the deadline, a refusal of the cloud. Before the first act an
 * operator's mistake or a bug is thrown on, to be told as such; after it, the truth about the client comes first.
 */
export function stopOf(error: unknown, facts: Facts, signal: AbortSignal): Stop {
  if (signal.aborted) return { kind: isTimeout(signal.reason) ? 'deadline' : 'interrupted' };
  if (error instanceof EvictError && (error.source === 'cloud' || facts.acts.length > 0))
    return { kind: 'error', code: error.code, message: error.message, hint: error.hint };
  if (facts.acts.length === 0) throw error;
  return {
    kind: 'error',
    code: 'bug',
    message: messageOf(error),
    hint: 'please report this, with the incident record',
  };
}

/** `Clock.within` aborts with this name; everything else is a person or a system that said stop. */
function isTimeout(reason: unknown): boolean {
  return nameOf(reason) === 'TimeoutError';
}
