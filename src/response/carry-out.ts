import { isFulfilled } from '../domain/change.ts';
import type { Change } from '../domain/change.ts';
import { EvictError } from '../domain/errors.ts';
import type { Clock, CloudReader, CloudWriter } from '../domain/ports.ts';
import type { Incident } from './incident.ts';

/** What a change of access needs; undo goes down this road, too. */
export type ChangePorts = {
  readonly cloud: CloudReader;
  readonly writer: CloudWriter;
  readonly clock: Clock;
};

/**
 * Carries one change out and reads back that it is so: intended, on disk; changed; read back; recorded. Returns whether it
 * is so. An act in flight is finished within its own time limit, not cut off by Ctrl-C: its effect would be unknown.
 */
export async function carryOut(
  change: Change,
  ports: ChangePorts,
  { incident, timeoutMs }: { incident: Incident; timeoutMs: number },
): Promise<boolean> {
  const { step, target } = change;
  await incident.record({ kind: 'intended', step, target, change, startedAt: ports.clock.now() });
  const already = isFulfilled(change, change.before);
  const tried = already
    ? {}
    : await attempt(() => ports.writer.apply(change, AbortSignal.timeout(timeoutMs)));
  const read = await attempt(() => ports.cloud.stateOf(change, AbortSignal.timeout(timeoutMs)));
  const endedAt = ports.clock.now();
  const state = read.value;
  if (state !== undefined && isFulfilled(change, state)) {
    const requestId = tried.value?.requestId;
    await incident.record({
      kind: 'done',
      step,
      target,
      already,
      state,
      ...(requestId === undefined ? {} : { requestId }),
      endedAt,
    });
    return true;
  }
  const { code, message, hint } = tried.error ?? read.error ?? notSo(change, state);
  const known = state === undefined ? {} : { state };
  await incident.record({ kind: 'failed', step, target, code, message, hint, ...known, endedAt });
  return false;
}

/** What the cloud refused is an outcome; only bugs are thrown on. The read-back, not the answer, says what is so. */
async function attempt<T>(
  act: () => Promise<T>,
): Promise<{ readonly value?: T; readonly error?: EvictError }> {
  try {
    return { value: await act() };
  } catch (error) {
    if (error instanceof EvictError && error.source === 'cloud') return { error };
    throw error;
  }
}

function notSo(change: Change, state: string | undefined): EvictError {
  return new EvictError(
    'service-refused',
    `${change.target} was to be ${change.after}, and reads ${state ?? 'nothing'}`,
    { hint: 'check it by hand, then run again' },
  );
}
