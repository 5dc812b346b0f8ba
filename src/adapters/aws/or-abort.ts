/**
 * Waits until the signal aborts at the latest. The SDK takes the signal for its requests only: while it looks for credentials
 * it may run a program, or ask a server, that never ends.
 */
export async function orAbort<T>(waited: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new DOMException('no answer in time', 'TimeoutError'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([waited, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
