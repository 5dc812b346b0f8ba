import { following } from '../domain/signals.ts';
import type { Follower } from '../domain/signals.ts';

/**
 * Does both at once. Where one fails, the other is told to stop, and has stopped when the failure is thrown: nothing is left
 * waiting for what nobody wants any more.
 */
export async function both<One, Other>(
  signal: AbortSignal,
  one: (signal: AbortSignal) => Promise<One>,
  other: (signal: AbortSignal) => Promise<Other>,
): Promise<[One, Other]> {
  using follower = following(signal);
  const tasks = [stopping(follower, one), stopping(follower, other)] as const;
  const result = Promise.all(tasks); // of two failures, the first
  await Promise.allSettled([result, ...tasks]);
  return await result;
}

/** The same of any number, in their order. */
export async function allOf<T>(
  signal: AbortSignal,
  each: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<T[]> {
  using follower = following(signal);
  const tasks = each.map((one) => stopping(follower, one));
  const result = Promise.all(tasks);
  await Promise.allSettled([result, ...tasks]);
  return await result;
}

/** The same of many, a few at a time, each told in its turn. None is begun once the signal has aborted. */
export async function* fewAtATime<T>(
  signal: AbortSignal,
  each: readonly ((signal: AbortSignal) => Promise<T>)[],
  abreast: number,
): AsyncGenerator<T> {
  using follower = following(signal);
  const going: Promise<T>[] = [];
  try {
    for (const one of each) {
      if (signal.aborted) break;
      const task = stopping(follower, one);
      task.catch(() => undefined); // told in its turn
      going.push(task);
      const [next] = going.length < abreast ? [] : going.splice(0, 1);
      if (next !== undefined) yield await next;
    }
    for (const left of going) yield await left;
  } finally {
    follower.stop(new Error('nobody waits any more'));
    await Promise.allSettled(going);
  }
}

async function stopping<T>(follower: Follower, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await task(follower.signal);
  } catch (error) {
    follower.stop(error);
    throw error;
  }
}
