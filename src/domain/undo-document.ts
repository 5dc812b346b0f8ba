import { isFulfilled } from './change.ts';
import { dropUndefined } from './drop-undefined.ts';
import { isSameStep, plannedStep, stepOf } from './document.ts';
import type { EvictionDocument, RecordPlace } from './document.ts';
import { changeCommands } from './equivalent.ts';
import type { Facts } from './facts.ts';
import type { CommandContext } from './readings.ts';
import type { UndoPlan } from './undo.ts';
import type { Conclusion } from './verdict.ts';

/** Makes the document of an undo: of a preview, of a refusal, or of what was done. */
export function undoDocument(
  facts: Facts,
  { plan, conclusion, dryRun, record, commands }: UndoEnd,
): EvictionDocument {
  const acted = facts.acts.slice(facts.undoFrom ?? facts.acts.length).map(stepOf);
  const planned = plan.changes
    .map((change) => ({
      ...plannedStep(change),
      status: isFulfilled(change, change.before) ? ('already' as const) : ('planned' as const),
    }))
    .filter((step) => !acted.some((one) => isSameStep(step, one)));
  return dropUndefined({
    version: 1,
    kind: 'undo',
    toolVersion: facts.undo?.toolVersion ?? facts.opened?.toolVersion ?? '',
    incident: facts.opened?.incident,
    clientId: facts.opened?.request.clientId ?? '',
    ...conclusion,
    dryRun,
    reason: facts.undo?.reason,
    case: facts.opened?.request.case,
    target: facts.place,
    blockers: [...plan.blockers],
    warnings: [],
    steps: [...acted, ...planned],
    record,
    equivalent: changeCommands(plan.changes, commands),
  });
}

type UndoEnd = {
  readonly plan: UndoPlan;
  readonly conclusion: Conclusion;
  readonly dryRun: boolean;
  readonly record?: RecordPlace | undefined;
  readonly commands: CommandContext;
};
