/** What has been opened so far, newest last. */
export type Opened = (Disposable | AsyncDisposable)[];

/** Closes everything, newest first. One that fails does not keep the others open. */
export async function closeAll(opened: Opened): Promise<void> {
  const failures: unknown[] = [];
  for (const one of opened.splice(0).toReversed()) {
    try {
      if (Symbol.asyncDispose in one) await one[Symbol.asyncDispose]();
      else one[Symbol.dispose]();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'the sandbox could not close everything');
}
