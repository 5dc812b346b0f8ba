import type { EvictionPlan } from '../domain/plan.ts';
import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { carryOut } from './carry-out.ts';
import type { Incident } from './incident.ts';

/**
 * Cuts the principal's access as planned, and reads each change back. Returns whether all of it is so: without that, there
 * is no kick, since whoever is kicked with access comes straight back.
 */
export async function contain(
  request: EvictionRequest,
  plan: EvictionPlan,
  { ports, incident }: { ports: ActingPorts; incident: Incident },
  signal: AbortSignal,
): Promise<boolean> {
  for (const change of plan.changes) {
    signal.throwIfAborted();
    if (!(await carryOut(change, ports, { incident, timeoutMs: request.timeoutMs }))) return false;
  }
  return true;
}
