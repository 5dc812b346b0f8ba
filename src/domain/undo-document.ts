import { dropUndefined, stepOf } from './document.ts';
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
    .filter(({ step }) => !acted.some(({ id }) => id === step))
    .map(({ step: id, target, before, after }) => ({
      id,
      target,
      status: before === after ? ('already' as const) : ('planned' as const),
      before,
      after,
    }));
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
    target: facts.identified?.target,
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
