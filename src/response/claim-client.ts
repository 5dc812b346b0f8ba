import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import type { Incident } from './incident.ts';

/**
 * Claims the client for this run: two runs at once would take the ID from each other, and each would see the other's
 * changes as its own. `undefined`: another run is at work on it, which is recorded as a blocker.
 */
export async function claimClient(
  { clientId }: EvictionRequest,
  { ports, incident }: { readonly ports: Pick<ActingPorts, 'claims'>; readonly incident: Incident },
  signal: AbortSignal,
): Promise<AsyncDisposable | undefined> {
  const { account = '', region = '' } = incident.facts.identified?.target ?? {};
  const claim = await ports.claims.claim(JSON.stringify([account, region, clientId]), signal);
  if (claim !== undefined) return claim;
  await incident.record({
    kind: 'blocked',
    blocker: {
      code: 'run-in-progress',
      message: 'another run on this machine is at work on this client',
      lift: 'wait until it has ended ("evict incidents" names it), then run again',
    },
  });
  return undefined;
}
