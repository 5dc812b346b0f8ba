import { followUp } from '../domain/evict-command.ts';
import type { Blocker } from '../domain/plan.ts';
import type { RunContext } from '../domain/ports.ts';
import type { Claim, Claims } from '../domain/record-ports.ts';
import { following } from '../domain/signals.ts';
import type { Incident } from './incident.ts';

type ClaimPorts = { readonly claims: Claims; readonly context: RunContext };

/**
 * Claims the client for this run: two runs at once would take the ID from each other, and each would see the other's
 * changes as its own. The account is no part of it, since who asks cannot always be read. `undefined`: another run is at it, or
 * this one was stopped while it waited for the other.
 */
export function claimClient(
  clientId: string,
  { claims, context }: ClaimPorts,
  signal: AbortSignal,
): Promise<Claim | undefined> {
  return claims.claim(JSON.stringify([context.region ?? '', clientId]), signal);
}

/** What stands in the way while another run is at it. */
export function runInProgress({ again = [] }: Pick<RunContext, 'again'>): Blocker {
  return {
    code: 'run-in-progress',
    message: 'another run on this machine is at work on this client',
    lift: `wait until it has ended (${followUp('incidents', undefined, again)} names it), then run again`,
  };
}

/** Claims the client and does something with it; where another run is at it, that is recorded, and nothing is done. */
export async function ifClaimed(
  clientId: string,
  { ports, incident }: { readonly ports: ClaimPorts; readonly incident: Incident },
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await using claim = await claimClient(clientId, ports, signal);
  signal.throwIfAborted();
  if (claim === undefined)
    return await incident.record({ kind: 'blocked', blocker: runInProgress(ports.context) });
  await whileClaimed(claim, signal, run);
}

/** Does something for as long as the claim is held: who has lost it must not go on, and says so, whatever broke first. */
export async function whileClaimed<T>(
  { lost }: Claim,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using either = following(signal, lost);
  try {
    return await run(either.signal);
  } catch (error) {
    lost.throwIfAborted();
    throw error;
  }
}
