import type { UndoOperator } from '../../domain/ports.ts';
import { undoProposalLines } from '../render/undo-proposal.ts';
import type { OperatorDesk } from './operator.ts';
import { clientIdTyped } from './typed.ts';

/** The operator who is asked at the prompt before something is taken back: sees what, and types the client ID. */
export function undoOperatorAt(desk: OperatorDesk): UndoOperator {
  return {
    agreesToUndo: async (plan, facts, signal) => {
      await desk.ready();
      for (const line of undoProposalLines(plan, facts, { now: desk.now(), paint: desk.console.paint }))
        desk.console.show(line);
      const clientId = facts.opened?.request.clientId ?? '';
      const agreed = await clientIdTyped(clientId, 'give its access back', desk, signal);
      if (agreed) desk.agreed();
      return agreed;
    },
  };
}
