import { lagsBehind } from '../domain/api-kick.ts';
import { EvictError, isRefusal } from '../domain/errors.ts';
import { kicks } from '../domain/acts.ts';
import type { Facts } from '../domain/facts.ts';
import type { DisconnectOrder } from '../domain/cloud-ports.ts';
import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import type { Incident } from './incident.ts';
import { readConnectionAfter } from './read-connection.ts';

type Reach = {
  readonly ports: Pick<ActingPorts, 'clock' | 'connections' | 'ender'>;
  readonly incident: Incident;
};

/** What is left is read so often at most, this long apart. */
const READ_AT_MOST = 5;
const BETWEEN_MS = 500;

/** Drops the connection by DeleteConnection, once, and reads what is left. Returns whether the API accepted it. */
export async function disconnect(
  request: EvictionRequest,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  const { clientId, keepSession, publishWill } = request;
  const order = { clientId, cleanSession: !keepSession, preventWill: !publishWill };
  const unanswered = firstUnanswered(incident.facts);
  const call = { step: 'delete-connection', order, unanswered };
  const answer = await callApi(call, request, { ports, incident });
  if (answer === 'refused' || answer === 'unanswered') return false;
  await readWhatIsLeft(request, { ports, incident }, signal);
  return true;
}

type Call = {
  /** How the act is called in the record. */
  readonly step: string;
  readonly order: DisconnectOrder;
  /** When an earlier call was sent whose answer was lost. */
  readonly unanswered?: number | undefined;
};

/** What came of a call. `unanswered`: whether it had its effect is not known. */
type ApiAnswer = 'accepted' | 'nobody-there' | 'refused' | 'unanswered';

/** Calls DeleteConnection, recorded as an act. */
export async function callApi(
  { step, order, unanswered }: Call,
  { timeoutMs }: EvictionRequest,
  { ports, incident }: Reach,
): Promise<ApiAnswer> {
  const act = { step, target: order.clientId };
  await incident.record({ kind: 'intended', ...act, startedAt: ports.clock.now() });
  const sentAt = unanswered ?? ports.clock.now();
  // An act in flight is finished within its own time limit, not cut off by Ctrl-C: its effect would be unknown.
  using limit = ports.clock.within(timeoutMs);
  try {
    const { known, requestId } = await ports.ender.disconnect(order, limit.signal);
    const already = !known && unanswered === undefined;
    const endedAt = ports.clock.now();
    await incident.record({ kind: 'done', ...act, already, requestId, sentAt, endedAt });
    return already ? 'nobody-there' : 'accepted';
  } catch (error) {
    if (!(error instanceof EvictError) || error.source !== 'cloud' || error.code === 'record-unwritable')
      throw error;
    const { code, message, hint, tries } = error;
    const refused = isRefusal(error) && tries === 1;
    const endedAt = ports.clock.now();
    await incident.record({ kind: 'failed', ...act, code, message, hint, refused, endedAt });
    return refused ? 'refused' : 'unanswered';
  }
}

async function readWhatIsLeft(
  request: EvictionRequest,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<void> {
  for (let reads = 1; ; reads += 1) {
    await readConnectionAfter(request, { ports, incident }, signal);
    if (reads === READ_AT_MOST || !lagsBehind(incident.facts)) return;
    await ports.clock.sleep(BETWEEN_MS, signal);
  }
}

/** When the first call was sent whose answer was lost: it may have dropped what a later one does not find any more. */
function firstUnanswered(facts: Facts): number | undefined {
  return kicks(facts).find(
    ({ intended, outcome }) =>
      intended.step === 'delete-connection' && outcome?.kind === 'failed' && outcome.refused !== true,
  )?.intended.startedAt;
}
