import type { Facts } from '../domain/facts.ts';
import type { Blocker } from '../domain/plan.ts';
import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import type { Incident } from './incident.ts';

type Claiming = Pick<ActingPorts, 'claims'>;

/**
 * Claims the client for this run: two runs at once would take the ID from each other, and each would see the other's
 * changes as its own. `undefined`: another run is at work on it, which is recorded as a blocker.
 */
export async function claimClient(
  request: EvictionRequest,
  { ports, incident }: { readonly ports: Claiming; readonly incident: Incident },
  signal: AbortSignal,
): Promise<AsyncDisposable | undefined> {
  const claim = await ports.claims.claim(claimOn(request.clientId, incident.facts), signal);
  if (claim === undefined) await incident.record({ kind: 'blocked', blocker: RUN_IN_PROGRESS });
  return claim;
}

/** What is claimed: the client of one account and region. */
export function claimOn(clientId: string, { identified }: Facts): string {
  const { account = '', region = '' } = identified?.target ?? {};
  return JSON.stringify([account, region, clientId]);
}

export const RUN_IN_PROGRESS: Blocker = {
  code: 'run-in-progress',
  message: 'another run on this machine is at work on this client',
  lift: 'wait until it has ended ("evict incidents" names it), then run again',
};
