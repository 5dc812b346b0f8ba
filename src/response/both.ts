/**
 * Does both at once. Where one fails, the other is told to stop, and has stopped when the failure is thrown: nothing is left
 * waiting for what nobody wants any more.
 */
export async function both<One, Other>(
  signal: AbortSignal,
  one: (signal: AbortSignal) => Promise<One>,
  other: (signal: AbortSignal) => Promise<Other>,
): Promise<[One, Other]> {
  const stop = new AbortController();
  const follow = () => stop.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  try {
    const tasks = [stopping(stop, one), stopping(stop, other)] as const;
    const result = Promise.all(tasks); // of two failures, the first
    await Promise.allSettled([result, ...tasks]);
    return await result;
  } finally {
    signal.removeEventListener('abort', follow);
  }
}

async function stopping<T>(stop: AbortController, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await task(stop.signal);
  } catch (error) {
    stop.abort(error);
    throw error;
  }
}
