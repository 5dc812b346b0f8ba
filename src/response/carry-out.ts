import { NOT_FOUND, isFulfilled } from '../domain/change.ts';
import type { Change } from '../domain/change.ts';
import { EvictError, isRefusal } from '../domain/errors.ts';
import type { CloudReader, CloudWriter } from '../domain/cloud-ports.ts';
import type { Clock } from '../domain/ports.ts';
import type { Incident } from './incident.ts';

/** What a change of access needs; undo goes down this road, too. */
export type ChangePorts = {
  readonly cloud: CloudReader;
  readonly writer: CloudWriter;
  readonly clock: Clock;
};

/** A read-back may lag behind the change for a moment. */
const READ_AGAIN_MS = 500;

/**
 * Carries one change out and reads back that it is so: intended, on disk; changed; read back; recorded. Returns whether it
 * is so. An act in flight is finished within its own time limit, not cut off by Ctrl-C: its effect would be unknown.
 */
export async function carryOut(
  planned: Change,
  ports: ChangePorts,
  { incident, timeoutMs }: { incident: Incident; timeoutMs: number },
): Promise<boolean> {
  const { step, target } = planned;
  const change = { ...planned, before: await presentState(planned, ports, timeoutMs) };
  await incident.record({ kind: 'intended', step, target, change, startedAt: ports.clock.now() });
  const already = isFulfilled(change, change.before);
  const tried = already
    ? {}
    : change.before === NOT_FOUND
      ? notHere(change)
      : await apply(change, ports, timeoutMs);
  const read = await readBack(change, ports, { timeoutMs, once: isRefusal(tried.error) });
  const outcome = {
    step,
    target,
    requestId: tried.value?.requestId,
    state: read.value,
    endedAt: ports.clock.now(),
  };
  if (read.value !== undefined && isFulfilled(change, read.value)) {
    await incident.record({ kind: 'done', ...outcome, already });
    return true;
  }
  const { code, message, hint } = tried.error ?? read.error ?? notSo(change, read.value);
  const refused = changedNothing(change, tried.error, read.value);
  await incident.record({ kind: 'failed', ...outcome, code, message, hint, refused });
  return false;
}

/** A refusal says that nothing was changed; one after several tries only if the state reads as it was before them. */
function changedNothing(
  { before }: Change,
  error: EvictError | undefined,
  state: string | undefined,
): boolean {
  return isRefusal(error) && (error?.tries === 1 || state === before);
}

type Attempt<T> = { readonly value?: T | undefined; readonly error?: EvictError | undefined };

/** The world may have moved since the plan; where it cannot be read, the plan's word stands. */
async function presentState(
  change: Change,
  { cloud, clock }: ChangePorts,
  timeoutMs: number,
): Promise<string> {
  using limit = clock.within(timeoutMs);
  return (await attempt(() => cloud.stateOf(change, limit.signal))).value ?? change.before;
}

async function apply(
  change: Change,
  { writer, clock }: ChangePorts,
  timeoutMs: number,
): Promise<Attempt<{ readonly requestId?: string | undefined }>> {
  using limit = clock.within(timeoutMs);
  return await attempt(() => writer.apply(change, limit.signal));
}

/** The read-back, not the answer, says what is so: it is repeated for a while, but for a change that was clearly refused. */
async function readBack(
  change: Change,
  { cloud, clock }: ChangePorts,
  { timeoutMs, once }: { readonly timeoutMs: number; readonly once: boolean },
): Promise<Attempt<string>> {
  using limit = clock.within(timeoutMs);
  for (;;) {
    const read = await attempt(() => cloud.stateOf(change, limit.signal));
    if (once || limit.signal.aborted || (read.value !== undefined && isFulfilled(change, read.value)))
      return read;
    await clock.sleep(READ_AGAIN_MS, limit.signal);
    if (limit.signal.aborted) return read;
  }
}

/** What the cloud refused is an outcome; only bugs are thrown on. */
async function attempt<T>(act: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await act() };
  } catch (error) {
    if (error instanceof EvictError && error.source === 'cloud') return { error };
    throw error;
  }
}

function notHere({ target }: Change): Attempt<never> {
  const hint = 'check that account and region are the right ones';
  return {
    error: new EvictError('service-refused', `${target} is not in this account and region`, { hint }),
  };
}

function notSo(change: Change, state: string | undefined): EvictError {
  return new EvictError(
    'service-failed',
    `${change.target} was to be ${change.after}, and reads ${state ?? 'nothing'}`,
    {
      hint: 'check it by hand, then run again',
    },
  );
}
