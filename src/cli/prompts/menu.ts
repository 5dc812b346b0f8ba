import { wayPast } from '../../domain/lift.ts';
import type { Proposal } from '../../domain/proposal.ts';
import type { Option } from './questions.ts';

/** What a person can do about a proposal. */
export type Step =
  | 'go-ahead'
  | 'lift'
  | 'identity'
  | 'principal'
  | 'action'
  | 'policies'
  | 'method'
  | 'details'
  | 'leave';

/** What gets on comes first, so that Enter takes it; then what there is to choose, and no more. */
export function menuOf(proposal: Proposal): Option<Step>[] {
  const steps = [...waysOn(proposal), ...changes(proposal), 'details' as const, 'leave' as const];
  return [...new Set(steps)].map((value) => ({ name: NAMES[value](proposal), value }));
}

function waysOn({ plan }: Proposal): Step[] {
  if (plan.blockers.length === 0) return ['go-ahead'];
  const ways = plan.blockers.map((blocker) => wayPast(blocker, plan)?.by);
  const choices = ways.flatMap((by) => (by === undefined || by === 'word' ? [] : [by]));
  return choices.length > 0 ? choices : ['lift'];
}

function changes({ request, plan, choices }: Proposal): Step[] {
  return [
    ...(choices.actions.length > 1 ? ['action' as const] : []),
    ...(plan.actions.includes('detach') && choices.policies.length > 1 ? ['policies' as const] : []),
    ...(choices.methods.includes('api') ? ['method' as const] : []),
    ...(request.principal !== undefined && choices.principals.length > 1 ? ['principal' as const] : []),
  ];
}

const NAMES: Readonly<Record<Step, (proposal: Proposal) => string>> = {
  'go-ahead': () => 'go ahead: type its client ID',
  lift: () => 'go ahead all the same: type what it hits',
  identity: () => 'name the Cognito identity',
  principal: ({ choices }) =>
    choices.principals.length > 1 ? 'choose the principal' : 'it is this principal, all the same',
  action: ({ plan }) => `change the action (now: ${plan.actions.join(', ') || 'none fits'})`,
  policies: ({ request }) => `change the policies (now: ${request.policies.length || 'all'})`,
  method: ({ plan }) => `change the method (now: ${plan.method})`,
  details: () => 'show the details',
  leave: () => 'leave it: nothing is changed',
};
