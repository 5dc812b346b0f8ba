import type { Blocker } from '../domain/plan.ts';
import type { Claim, Claims, RunContext } from '../domain/ports.ts';

/**
 * Claims the client for this run: two runs at once would take the ID from each other, and each would see the other's
 * changes as its own. The account is no part of it, since who asks cannot always be read. `undefined`: another run is at it.
 */
export function claimClient(
  clientId: string,
  { claims, context }: { readonly claims: Claims; readonly context: RunContext },
  signal: AbortSignal,
): Promise<Claim | undefined> {
  return claims.claim(JSON.stringify([context.region ?? '', clientId]), signal);
}

export const RUN_IN_PROGRESS: Blocker = {
  code: 'run-in-progress',
  message: 'another run on this machine is at work on this client',
  lift: 'wait until it has ended ("evict incidents" names it), then run again',
};

/** Does something for as long as the claim is held: who has lost it must not go on, and says so, whatever broke first. */
export async function whileClaimed<T>(
  { lost }: Claim,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const follow = (followed: AbortSignal) => () => stop.abort(followed.reason);
  const [onAbort, onLost] = [follow(signal), follow(lost)];
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  lost.addEventListener('abort', onLost, { once: true });
  try {
    return await run(stop.signal);
  } catch (error) {
    lost.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    lost.removeEventListener('abort', onLost);
  }
}
