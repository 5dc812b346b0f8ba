/**
 * Waits for what has no end of its own, until the signal aborts at the latest: then it throws what `late` makes. The SDK, for
 * one, heeds a signal in its requests only: while it looks for credentials it may run a program that never ends.
 */
export async function orAbort<T>(
  waited: Promise<T>,
  signal: AbortSignal,
  late: () => unknown = () => signal.reason,
): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(late());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([waited, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

export type Follower = Disposable & {
  readonly signal: AbortSignal;
  /** Aborts by itself, whatever the followed do. */
  stop(reason: unknown): void;
};

/**
 * A signal that aborts with the first of the followed, for its reason. Disposed of, it lets go of them: a run's signal outlives
 * what followed it. Not `AbortSignal.any()`, whose signal may be garbage-collected in Node 20, and then never fires.
 */
export function following(...followed: readonly (AbortSignal | undefined)[]): Follower {
  const controller = new AbortController();
  const ends = followed.flatMap((signal) => (signal === undefined ? [] : [follow(signal, controller)]));
  return {
    signal: controller.signal,
    stop: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => {
      for (const letGo of ends) letGo();
    },
  };
}

function follow(signal: AbortSignal, controller: AbortController): () => void {
  const onAbort = () => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}
