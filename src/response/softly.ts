import { EvictError } from '../domain/errors.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import type { Reading } from '../domain/readings.ts';
import { enrichingMs } from '../domain/request.ts';
import type { EvictionRequest } from '../domain/request.ts';

/** A reading that only enriches: the cloud's refusal is an answer, too, and so is its silence. Anything else is not. */
export async function softly<T>(
  request: Pick<EvictionRequest, 'timeoutMs'>,
  { clock }: Pick<ReadingPorts, 'clock'>,
  signal: AbortSignal,
  read: (limit: AbortSignal) => Promise<T>,
): Promise<Reading<T>> {
  using limit = clock.within(enrichingMs(request), signal);
  try {
    return { known: true, value: await read(limit.signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EvictError && error.source === 'cloud') return { known: false, why: error.message };
    throw error;
  }
}
