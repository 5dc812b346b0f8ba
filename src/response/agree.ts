import type { EvictionPlan } from '../domain/plan.ts';
import type { ActingPorts } from '../domain/ports.ts';
import { choicesOf } from '../domain/proposal.ts';
import { liftedGuards } from '../domain/request.ts';
import type { EvictionRequest } from '../domain/request.ts';
import type { Incident } from './incident.ts';
import { planFor } from './preview.ts';
import type { Seen } from './preview.ts';

/** What was agreed to: the request as it stands after all choices, and its plan. */
export type Agreement = { readonly request: EvictionRequest; readonly plan: EvictionPlan };

/**
 * Plans and asks, until the plan stands: each choice of the operator makes another request, and that another plan.
 * `undefined`: nobody was found, it was declined, or something stands in the way that was not lifted.
 */
export async function agree(
  asked: EvictionRequest,
  seen: Seen,
  { ports, incident }: { readonly ports: ActingPorts; readonly incident: Incident },
  signal: AbortSignal,
): Promise<Agreement | undefined> {
  let request = asked;
  for (;;) {
    const plan = await planFor(request, seen, { ports, incident }, signal);
    if (plan === undefined) return undefined;
    if (incident.place === undefined) await incident.keepIn(ports.records);
    const proposal = { request, plan, facts: incident.facts, choices: choicesOf(plan, incident.facts) };
    const decision = await ports.operator.decide(proposal, signal);
    signal.throwIfAborted();
    const changed =
      decision.kind === 'changed'
        ? { request: decision.request, lifted: liftedGuards(decision.request) }
        : {};
    await incident.record({
      kind: 'decided',
      decision: decision.kind,
      ...changed,
      decidedAt: ports.clock.now(),
    });
    if (decision.kind === 'changed') request = decision.request;
    else return decision.kind === 'agreed' && plan.blockers.length === 0 ? { request, plan } : undefined;
  }
}
