import { wayPast } from '../../domain/lift.ts';
import type { Blocker } from '../../domain/plan.ts';
import type { Operator } from '../../domain/ports.ts';
import type { Proposal } from '../../domain/proposal.ts';
import { shown } from '../console.ts';
import { detailLines } from '../render/details.ts';
import { kickProposalLines } from '../render/kick-proposal.ts';
import { proposalLines } from '../render/proposal.ts';
import { menuOf } from './menu.ts';
import { STEPS } from './steps.ts';
import type { Decided, DecisionDesk } from './steps.ts';
import { clientIdTyped } from './typed.ts';
import type { Desk } from './typed.ts';

/** A desk at which a run is agreed to. */
export type OperatorDesk = DecisionDesk & {
  /** Before something is asked: nothing moves on the screen, and what was typed before the question is no answer to it. */
  readonly ready: () => Promise<void>;
  /** Once it was agreed to go ahead. */
  readonly agreed: () => void;
};

/** The operator who is asked at the prompt: sees what is proposed, may choose, and types the client ID. */
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
    agreesToKick: async (facts, signal) => {
      await desk.ready();
      for (const line of kickProposalLines(facts, desk.console)) desk.console.show(line);
      const clientId = facts.opened?.request.clientId ?? '';
      const agreed = await clientIdTyped(clientId, 'kick it once', desk, signal);
      if (agreed) desk.agreed();
      return agreed;
    },
  };
}

async function decide(proposal: Proposal, desk: OperatorDesk, signal: AbortSignal): Decided {
  const { plan } = proposal;
  // First of all: what stands in the way of one principal may not stand in the way of another.
  if (plan.blockers.some(({ code }) => code === 'several-principals'))
    return STEPS.principal(proposal, desk, signal);
  const deadEnds = plan.blockers.filter((blocker) => wayPast(blocker, plan) === undefined);
  if (deadEnds.length > 0) return sayDeadEnds(deadEnds, desk);
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
