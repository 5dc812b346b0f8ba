import {
  choosingActions,
  choosingMethod,
  choosingPolicies,
  choosingPrincipal,
  whyNotTogether,
} from '../../domain/choosing.ts';
import { liftOf, wayPast } from '../../domain/lift.ts';
import type { Blocker } from '../../domain/plan.ts';
import type { Operator } from '../../domain/ports.ts';
import { principalOf } from '../../domain/principal.ts';
import type { Decision, Proposal } from '../../domain/proposal.ts';
import { shown } from '../console.ts';
import { detailLines } from '../render/details.ts';
import { candidateWords } from '../render/candidate-words.ts';
import { proposalLines } from '../render/proposal.ts';
import { menuOf } from './menu.ts';
import type { Step } from './menu.ts';
import { clientIdTyped, typedExactly } from './typed.ts';
import type { Desk } from './typed.ts';

/** A desk at which a run is agreed to. */
export type OperatorDesk = Desk & {
  readonly now: () => number;
  /** Before something is asked: nothing moves on the screen, and what was typed before the question is no answer to it. */
  readonly ready: () => Promise<void>;
  /** Once it was agreed to go ahead. */
  readonly agreed: () => void;
};

/** The operator who is asked at the prompt: sees the proposal, may choose, and types the client ID. */
export function operatorAt(desk: OperatorDesk): Operator {
  return {
    decide: async (proposal, signal) => {
      await desk.ready();
      for (const line of proposalLines(proposal, { now: desk.now(), paint: desk.console.paint }))
        desk.console.show(line);
      const decision = (await decide(proposal, desk, signal)) ?? { kind: 'declined' };
      if (decision.kind === 'agreed') desk.agreed();
      return decision;
    },
  };
}

/** What came of a question; `undefined`: nothing that could be gone on with, which declines. */
type Decided = Promise<Decision | undefined>;

async function decide(proposal: Proposal, desk: OperatorDesk, signal: AbortSignal): Decided {
  const { plan } = proposal;
  const deadEnds = plan.blockers.filter((blocker) => wayPast(blocker, plan) === undefined);
  if (deadEnds.length > 0) return sayDeadEnds(deadEnds, desk);
  if (plan.blockers.some(({ code }) => code === 'several-principals'))
    return STEPS.principal(proposal, desk, signal);
  for (;;) {
    const message = `Evict "${shown(plan.clientId)}"?`;
    const step = await desk.questions.choose(message, menuOf(proposal), signal);
    if (step !== 'details') return STEPS[step ?? 'leave'](proposal, desk, signal);
    for (const line of detailLines(proposal)) desk.console.show(line);
  }
}

function sayDeadEnds(blockers: readonly Blocker[], { console }: Desk): undefined {
  for (const { code, lift } of blockers)
    console.show(`✗ ${code} cannot be lifted here: ${lift ?? 'it stands, whatever is chosen'}`);
}

type Taken = (proposal: Proposal, desk: OperatorDesk, signal: AbortSignal) => Decided;

const STEPS: Readonly<Record<Exclude<Step, 'details'>, Taken>> = {
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
    const identity = await identityTyped(desk, signal);
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

const TRIES = 3;

async function identityTyped({ questions, console }: Desk, signal: AbortSignal): Promise<string | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const typed = await questions.type('The ID of the Cognito identity (region:uuid):', signal);
    if (typed === undefined || principalOf(typed).identityId !== undefined) return typed;
    console.show(
      console.paint('red', `✗ "${shown(typed)}" is no ID of an identity, such as eu-west-1:2c1d…`),
    );
  }
  return undefined;
}
