import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import * as fc from 'fast-check';
import { both, fewAtATime } from '../../src/response/both.ts';

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

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const told: T[] = [];
  for await (const item of items) told.push(item);
  return told;
}

describe('a few at a time', () => {
  it('tells of all in their order, however long each takes, and never does more at once', async () => {
    const run = async (turns: readonly number[], abreast: number) => {
      let [going, most] = [0, 0];
      const each = turns.map((wait, index) => async () => {
        most = Math.max(most, (going += 1));
        for (let turn = 0; turn < wait; turn += 1) await Promise.resolve();
        going -= 1;
        return index;
      });
      expect(await all(fewAtATime(never, each, abreast))).toEqual([...turns.keys()]);
      expect(most).toBe(Math.min(abreast, turns.length));
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        run,
      ),
    );
  });

  it('begins nothing after the signal, and tells of what was begun', async () => {
    const stop = new AbortController();
    const begun: number[] = [];
    const each = [0, 1, 2, 3].map((index) => (signal: AbortSignal) => {
      begun.push(index);
      if (index === 1) stop.abort(new Error('enough'));
      return Promise.resolve(signal.aborted);
    });
    expect(await all(fewAtATime(stop.signal, each, 3))).toEqual([false, true]);
    expect(begun).toEqual([0, 1]);
  });

  it.each(['fails', 'is not wanted any more'])('stops the others where one %s', async (how) => {
    const [one, other] = [aTask(), aTask()];
    const first = () => (how === 'fails' ? Promise.reject(new Error('no')) : Promise.resolve());
    const running = fewAtATime(never, [first, one.task, other.task], 3);
    if (how === 'fails') await expect(running.next()).rejects.toThrow('no');
    else {
      await running.next();
      await running.return(undefined);
    }
    expect([one.seen.stopped, other.seen.stopped]).toEqual([true, true]);
  });
});
