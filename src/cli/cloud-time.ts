import { EvictError } from '../domain/errors.ts';
import type { CloudReader } from '../domain/cloud-ports.ts';
import { enrichingMs } from '../domain/request.ts';
import { systemClock } from './system.ts';

type Clocked = Pick<CloudReader, 'caller' | 'clockSkewMs'>;

/**
 * The time by the cloud's clock, as far as that can be known: of a WebSocket's signature, which is refused when it is five
 * minutes off, nothing is learnt as of the API's. Where no answer has shown the clock yet, one is asked for, once and shortly.
 */
export function cloudTime(cloud: Clocked, timeoutMs: number): (signal: AbortSignal) => Promise<number> {
  let asked: Promise<void> | undefined;
  return async (signal) => {
    if (cloud.clockSkewMs() === undefined) {
      asked ??= ask(cloud, timeoutMs, signal);
      await asked;
    }
    // The skew is measured against the machine's own clock, which may be set, or have slept: ours only ever runs on.
    return Date.now() + (cloud.clockSkewMs() ?? 0);
  };
}

async function ask(cloud: Clocked, timeoutMs: number, signal: AbortSignal): Promise<void> {
  using limit = systemClock.within(enrichingMs({ timeoutMs }), signal);
  try {
    await cloud.caller(limit.signal);
  } catch (error) {
    // Without it this machine's clock has to do.
    if (!(error instanceof EvictError && error.source === 'cloud')) throw error;
  }
}
