import { createHash, randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Clock, Randomness } from '../domain/ports.ts';
import { following } from '../domain/signals.ts';

/** What a timer can wait; nothing here waits longer than a day. */
const MOST_MS = 2 ** 31 - 1;

/** The process's own monotonic clock, as epoch milliseconds: a step of the system's clock must not reorder a record. */
export const systemClock: Clock = {
  now: () => Math.round(performance.timeOrigin + performance.now()),
  async sleep(ms, signal) {
    using limit = systemClock.within(ms, signal);
    await new Promise<void>((resolve) => {
      if (limit.signal.aborted) resolve();
      limit.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  },
  within(ms, signal) {
    const limit = following(signal);
    const expire = () => limit.stop(new DOMException('the time is over', 'TimeoutError'));
    let timer = timerFor(expire, ms);
    return {
      signal: limit.signal,
      renew: (anew) => {
        clearTimeout(timer);
        timer = timerFor(expire, anew);
      },
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        limit[Symbol.dispose]();
      },
    };
  },
};

function timerFor(expire: () => void, ms: number): NodeJS.Timeout {
  return setTimeout(expire, Math.min(Math.max(ms, 0), MOST_MS));
}

export const systemRandomness: Randomness = {
  hex: (digits) =>
    randomBytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits),
  fraction: () => Math.random(),
};

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Who runs this, on which machine, for the record. */
export function operator(): { readonly user: string; readonly host: string } {
  return { user: userName(), host: hostname() };
}

/** A user without an entry in the password file (in a container, say) is known by number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
