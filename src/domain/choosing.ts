import { ACTIONS } from './action.ts';
import type { ActionId } from './action.ts';
import type { Candidate } from './proposal.ts';
import type { EvictionRequest, Method } from './request.ts';

// A request as another choice makes it: what went with the former choice and does not fit any more is left behind.

/** For another principal. What was typed to go on against the former one counts for that one only. */
export function choosingPrincipal(request: EvictionRequest, { principal }: Candidate): EvictionRequest {
  const named = { ...request, principal: principal.identifier };
  if (request.principal === undefined) return named;
  const actions = request.actions.filter((action) => kindsOf(action).includes(principal.kind));
  return {
    ...named,
    actions,
    policies: [],
    allowShared: false,
    allowOwn: false,
    confirmRevoke: undefined,
  };
}

/** With other actions. */
export function choosingActions(request: EvictionRequest, actions: readonly ActionId[]): EvictionRequest {
  const kicksOnly = actions.includes('none');
  return {
    ...request,
    actions: [...actions],
    policies: actions.includes('detach') ? request.policies : [],
    confirmRevoke: actions.includes('revoke') ? request.confirmRevoke : undefined,
    method: kicksOnly && request.method === 'none' ? 'takeover' : request.method,
  };
}

/** With these policies to detach. All of them is the same as none named. */
export function choosingPolicies(
  request: EvictionRequest,
  policies: readonly string[],
  attached: readonly string[],
): EvictionRequest {
  const all = attached.every((policy) => policies.includes(policy));
  return { ...request, policies: all ? [] : [...policies] };
}

/** With another way to kick. */
export function choosingMethod(request: EvictionRequest, method: Method): EvictionRequest {
  const callsApi = method === 'api' || method === 'both';
  return {
    ...request,
    method,
    keepSession: request.keepSession && method !== 'none',
    publishWill: request.publishWill && callsApi,
  };
}

/** Why these actions cannot go together, as the end of "… cannot be: "; `undefined`: they can. */
export function whyNotTogether(actions: readonly ActionId[]): string | undefined {
  if (actions.length === 0) return 'at least one, if only "none": kick, and leave its access as it is';
  if (actions.includes('none') && actions.length > 1)
    return '"none" removes no access and goes with no other action';
  if (actions.includes('revoke') && actions.includes('deactivate'))
    return '"revoke" and "deactivate" set the same status to different values';
  return undefined;
}

function kindsOf(action: ActionId): readonly string[] {
  return ACTIONS[action].principals;
}
