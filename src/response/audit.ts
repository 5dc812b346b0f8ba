import type { AuditLine } from '../domain/audit.ts';
import { EvictError } from '../domain/errors.ts';
import type { IncidentEntry } from '../domain/incident.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { following } from '../domain/signals.ts';
import { both, fewAtATime } from './both.ts';
import { preview } from './preview.ts';
import { softly } from './softly.ts';

/** Who is looked at, in this order, and how: a dry run of each. */
export type AuditRequest = {
  readonly clientIds: readonly string[];
  readonly timeoutMs: number;
  /** Throws an `EvictError` of source `operator` where a client cannot be asked about in this way. */
  readonly requestFor: (clientId: string) => EvictionRequest;
  /** Each entry of each dry run as it happens. */
  readonly onEntry: (clientId: string, entry: IncidentEntry) => void;
};

/** AWS answers some ten questions of a kind a second: more at a time would only wait for one another. */
const ABREAST = 4;

/**
 * The dry run of each client, a few at a time, told in their order. Where the signal aborts, those that are begun come to
 * their end, and no other is begun.
 */
export async function* audit(
  request: AuditRequest,
  ports: ReadingPorts,
  signal: AbortSignal,
): AsyncGenerator<AuditLine> {
  await askOnce(request, ports, signal);
  const each = request.clientIds.map(
    (clientId) => (stop: AbortSignal) => auditOne(clientId, request, ports, stop),
  );
  yield* fewAtATime(signal, each, ABREAST);
}

/** What is the same for all is asked beforehand, and its answer is remembered. That it is refused, each dry run says for itself. */
async function askOnce(request: AuditRequest, ports: ReadingPorts, signal: AbortSignal): Promise<void> {
  const { cloud, context } = ports;
  await both(
    signal,
    (stop) => softly(request, ports, stop, (limit) => cloud.caller(limit)),
    (stop) =>
      softly(
        request,
        ports,
        stop,
        async (limit) => context.mqttEndpoint ?? (await cloud.mqttEndpoint(limit)),
      ),
  );
}

async function auditOne(
  clientId: string,
  { requestFor, onEntry }: AuditRequest,
  ports: ReadingPorts,
  signal: AbortSignal,
): Promise<AuditLine> {
  using own = following(signal); // what all of them wait for would be too much for one signal
  try {
    const ownPorts = { ...ports, onEntry: (entry: IncidentEntry) => onEntry(clientId, entry) };
    return await preview(requestFor(clientId), ownPorts, own.signal);
  } catch (error) {
    if (!(error instanceof EvictError) || error.source !== 'operator') throw error;
    const { code, message, hint } = error;
    return {
      version: 1,
      kind: 'error',
      toolVersion: ports.context.toolVersion,
      code,
      message,
      hint,
      clientId,
    };
  }
}
