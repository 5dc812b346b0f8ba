import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { both } from '../../src/response/both.ts';

const never = new AbortController().signal;

/** Works until it is told to stop, and takes a moment to do so. */
function aTask() {
  const seen = { stopped: false };
  const task = async (signal: AbortSignal) => {
    if (!signal.aborted) await once(signal, 'abort');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    seen.stopped = true;
    signal.throwIfAborted();
  };
  return { task, seen };
}

describe('both', () => {
  it('gives what both give, in their order', async () => {
    expect(
      await both(
        never,
        () => Promise.resolve(1),
        () => Promise.resolve('two'),
      ),
    ).toEqual([1, 'two']);
  });

  it.each([0, 1])(
    'stops the other where one fails, and throws the failure once it has stopped: %d',
    async (failing) => {
      const { task, seen } = aTask();
      const fail = () => Promise.reject(new Error('no'));
      const [one, other] = failing === 0 ? [fail, task] : [task, fail];
      await expect(both<unknown, unknown>(never, one, other)).rejects.toThrow('no');
      expect(seen.stopped).toBe(true);
    },
  );

  it('stops both with the signal', async () => {
    const [one, other] = [aTask(), aTask()];
    const stop = new AbortController();
    const running = both(stop.signal, one.task, other.task);
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect([one.seen.stopped, other.seen.stopped]).toEqual([true, true]);
  });

  it('does not begin with what was stopped before', async () => {
    const { task } = aTask();
    await expect(both(AbortSignal.abort(new Error('enough')), task, task)).rejects.toThrow('enough');
  });
});
