import { retakeFrom, settledFrom } from '../domain/contest.ts';
import type { Facts } from '../domain/facts.ts';
import type { ActingPorts } from '../domain/ports.ts';
import { isHiddenClient } from '../domain/presence-event.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { judge, nextLook } from '../domain/verification.ts';
import type { Judgement } from '../domain/verification.ts';
import type { Incident } from './incident.ts';

/**
 * Waits until the events say how the kick ended, or the client ID is lost again, at most `--timeout`, and records it: silence
 * and a return are answers, too, which the hold and the verdict deal with.
 */
export async function verify(
  request: EvictionRequest,
  { ports, incident }: { ports: ActingPorts; incident: Incident },
  signal: AbortSignal,
): Promise<void> {
  const judgement = await judgementOf(request, { ports, incident }, signal);
  const proof =
    judgement.kind === 'proved' ? { by: judgement.proof.by, receivedAt: judgement.proof.receivedAt } : {};
  await incident.record({ kind: 'judged', judgement: judgement.kind, ...proof });
}

async function judgementOf(
  { clientId, timeoutMs }: EvictionRequest,
  { ports, incident }: { ports: ActingPorts; incident: Incident },
  signal: AbortSignal,
): Promise<Judgement> {
  // No event can come of a hidden client: what is not known by now, waiting does not tell.
  const giveUpAt = isHiddenClient(clientId) ? 0 : ports.clock.now() + timeoutMs;
  for (;;) {
    const now = ports.clock.now();
    const judgement = judge(incident.facts, now);
    if (isDecided(judgement, incident.facts, now) || now >= giveUpAt) return judgement;
    const looks = [giveUpAt - now, settledFrom(incident.facts) - now, nextLook(incident.facts, now)];
    await incident.changed(Math.min(...looks.filter((ms) => ms > 0)), ports.clock, signal);
  }
}

/** Whoever seems to be there may only have been so before us: our own event says it, or our lost connection. */
export function isDecided({ kind }: Judgement, facts: Facts, now: number): boolean {
  if (kind !== 'silence' && kind !== 'still-open') return true;
  return (kind === 'still-open' || retakeFrom(facts) !== undefined) && now >= settledFrom(facts);
}
