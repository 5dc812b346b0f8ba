import { actionsFor } from './action.ts';
import type { Action } from './action.ts';
import type { Facts } from './facts.ts';
import { cutsAccess } from './plan.ts';
import type { EvictionPlan } from './plan.ts';
import type { Principal } from './principal.ts';
import type { EvictionRequest, Method } from './request.ts';

/** What an operator is asked to agree to. Another choice makes another request, and that another proposal. */
export type Proposal = {
  readonly request: EvictionRequest;
  readonly plan: EvictionPlan;
  /** Account, region, sighting, evidence: all that is known so far. */
  readonly facts: Facts;
  readonly choices: Choices;
};

/** What was decided: go ahead as proposed, leave it, or propose again for the changed request. */
export type Decision =
  | { readonly kind: 'agreed' }
  | { readonly kind: 'declined' }
  | { readonly kind: 'changed'; readonly request: EvictionRequest };

/** What there is to choose from; where there is one of a kind, there is nothing to ask. */
export type Choices = {
  /** Everybody seen on the client but responders, the sighted one first. */
  readonly principals: readonly Candidate[];
  readonly actions: readonly Action[];
  /** The policies attached to the principal. */
  readonly policies: readonly string[];
  readonly methods: readonly Method[];
};

/** A principal that was seen on the client, with what helps to tell the intruder from its victim. */
export type Candidate = {
  readonly principal: Principal;
  readonly sessions?: number | undefined;
  /** Epoch milliseconds of its last event. */
  readonly last?: number | undefined;
  /** Whether the end of its latest session was seen. */
  readonly ended: boolean;
  readonly ipAddress?: string | undefined;
};

/** The API is offered where it answered: that its DELETE is allowed, too, shows only when it is tried. */
export function choicesOf(plan: EvictionPlan, { sighting, connection }: Facts): Choices {
  const methods: readonly Method[] =
    connection?.reading === undefined ? ['takeover', 'none'] : ['takeover', 'both', 'api', 'none'];
  return {
    principals: candidates(plan, sighting),
    actions: actionsFor(plan.principal.kind),
    policies: plan.blastRadius.policies,
    // Without an action and without a kick, nothing at all would be done.
    methods: methods.filter((method) => method !== 'none' || cutsAccess(plan)),
  };
}

function candidates({ principal }: EvictionPlan, sighting: Facts['sighting']): Candidate[] {
  if (sighting === undefined) return [];
  const { sessions, timestamp: last, ended, ipAddress } = sighting;
  const others = sighting.others.filter(({ responder }) => responder === undefined);
  const unseen = (sighting.candidates ?? []).map((candidate) => ({ principal: candidate, ended: false }));
  return [{ principal, sessions, last, ended, ipAddress }, ...others, ...unseen];
}
