import { createHash, randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, Randomness } from '../domain/ports.ts';

/** The process's own monotonic clock, as epoch milliseconds: a step of the system's clock must not reorder a record. */
export const systemClock: Clock = {
  now: () => Math.round(performance.timeOrigin + performance.now()),
  async sleep(ms, signal) {
    if (signal.aborted) return;
    try {
      await wait(Math.min(Math.max(ms, 0), 2 ** 31 - 1), undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error; // an abort only ends the sleep, as the port says
    }
  },
};

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
