import { describeSubject, isFulfilled } from '../../domain/change.ts';
import type { Facts } from '../../domain/facts.ts';
import { changesToUndo } from '../../domain/undo.ts';
import type { UndoPlan } from '../../domain/undo.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';
import { changeWords } from './change-words.ts';
import { field } from './field.ts';
import { roughly } from '../../domain/roughly.ts';

type Look = { readonly now: number; readonly paint: Console['paint'] };

/** What an undo would take back, newest first, what is so already, and what somebody changed since. */
export function undoProposalLines(plan: UndoPlan, facts: Facts, { now, paint }: Look): string[] {
  const { opened, ended } = facts;
  const by =
    opened === undefined
      ? []
      : [`by ${opened.user}@${opened.host}`, `${roughly(now - opened.startedAt)} ago`];
  const history = [opened?.incident, ended?.verdict, ...by, opened?.request.case, opened?.request.reason];
  const left = changesToUndo(facts);
  return [
    paint('bold', `\nUndo the eviction of "${shown(opened?.request.clientId ?? '')}"`),
    field(
      'incident',
      history
        .filter((part) => part !== undefined)
        .map(shown)
        .join(', '),
    ),
    ...plan.changes.flatMap((change, index) => {
      const was = left[index]?.before ?? change.before;
      const drifted = was !== change.before && !isFulfilled(change, change.before);
      const drift = `${describeSubject(change)} was left ${was} and now reads ${change.before}`;
      return [
        field(isFulfilled(change, change.before) ? 'already' : 'will', changeWords(change)),
        ...(drifted ? [paint('yellow', field('drift', shown(drift)))] : []),
      ];
    }),
    '',
  ];
}
