import {
  choosingActions,
  choosingMethod,
  choosingPolicies,
  choosingPrincipal,
  whyNotTogether,
} from '../../domain/choosing.ts';
import { liftOf } from '../../domain/lift.ts';
import { principalOf } from '../../domain/principal.ts';
import type { Decision, Proposal } from '../../domain/proposal.ts';
import { shown } from '../console.ts';
import { candidateWords } from '../render/candidate-words.ts';
import type { Step } from './menu.ts';
import { clientIdTyped, typedExactly, typedWell } from './typed.ts';
import type { Desk } from './typed.ts';

/** A desk at which a proposal is decided on. */
export type DecisionDesk = Desk & { readonly now: () => number };

/** What came of a step; `undefined`: nothing that could be gone on with, which declines. */
export type Decided = Promise<Decision | undefined>;

type Taken = (proposal: Proposal, desk: DecisionDesk, signal: AbortSignal) => Decided;

/** What each step of the menu asks, and what is decided by it. */
export const STEPS: Readonly<Record<Exclude<Step, 'details'>, Taken>> = {
  'go-ahead': async ({ plan }, desk, signal) =>
    (await clientIdTyped(plan.clientId, 'evict it', desk, signal)) ? { kind: 'agreed' } : undefined,

  lift: async ({ request, plan }, desk, signal) => {
    let lifted = request;
    for (const blocker of plan.blockers) {
      const lift = liftOf(blocker, plan);
      if (lift === undefined) continue;
      const question = `${blocker.code}: type "${lift.word}" to ${lift.meaning}:`;
      if (!(await typedExactly({ word: lift.word, question }, desk, signal))) return undefined;
      lifted = lift.lifted(lifted);
    }
    return { kind: 'changed', request: lifted };
  },

  identity: async ({ request }, desk, signal) => {
    const question = 'The ID of the Cognito identity (region:uuid):';
    const identity = await typedWell(question, { why: whyNoIdentity }, desk, signal);
    return identity === undefined
      ? undefined
      : { kind: 'changed', request: { ...request, principal: identity } };
  },

  principal: async ({ request, choices }, { questions, now }, signal) => {
    const options = choices.principals.map((value) => ({ name: candidateWords(value, now()), value }));
    const leave = { name: 'leave it: nothing is changed', value: undefined };
    const chosen = await questions.choose('Which principal is the intruder?', [...options, leave], signal);
    return chosen && { kind: 'changed', request: choosingPrincipal(request, chosen) };
  },

  action: async ({ request, plan, choices }, { questions }, signal) => {
    const options = choices.actions.map(({ id, summary }) => ({ name: `${id}: ${summary}`, value: id }));
    const question = { message: 'Which actions?', options, checked: plan.actions, why: whyNotTogether };
    const chosen = await questions.check(question, signal);
    return chosen && { kind: 'changed', request: choosingActions(request, chosen) };
  },

  policies: async ({ request, choices }, { questions }, signal) => {
    const options = choices.policies.map((policy) => ({ name: shown(policy), value: policy }));
    const checked = request.policies.length === 0 ? choices.policies : request.policies;
    const why = (chosen: readonly string[]) => (chosen.length === 0 ? 'at least one' : undefined);
    const chosen = await questions.check(
      { message: 'Detach which policies?', options, checked, why },
      signal,
    );
    return chosen && { kind: 'changed', request: choosingPolicies(request, chosen, choices.policies) };
  },

  method: async ({ request, choices }, { questions }, signal) => {
    const options = choices.methods.map((value) => ({ name: METHODS[value], value }));
    const chosen = await questions.choose('Kick it how?', options, signal);
    return chosen && { kind: 'changed', request: choosingMethod(request, chosen) };
  },

  leave: () => Promise.resolve(undefined),
};

const METHODS = {
  takeover: 'takeover: connect with its client ID (publishes its Last Will)',
  both: 'both: DeleteConnection first, then the takeover holds the ID',
  api: 'api: DeleteConnection (the Last Will is suppressed, nobody holds the ID)',
  none: 'none: contain only',
} as const;

function whyNoIdentity(typed: string): string | undefined {
  return principalOf(typed).identityId === undefined
    ? `"${shown(typed)}" is no ID of an identity, such as eu-west-1:2c1d…`
    : undefined;
}
