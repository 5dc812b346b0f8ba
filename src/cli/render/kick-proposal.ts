import type { Facts } from '../../domain/facts.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';
import { field } from './field.ts';
import { whereLines } from './proposal.ts';

/** What a person must have seen before a client is kicked of which nothing is known: where, what it sets off, and what then. */
export function kickProposalLines(facts: Facts, { paint }: Pick<Console, 'paint'>): string[] {
  const clientId = facts.opened?.request.clientId ?? '';
  const near = facts.sources?.near ?? [];
  return [
    paint('bold', `\nKick "${shown(clientId)}" once, to see who it is`),
    ...whereLines(facts),
    field('principal', 'unknown: no source has an event of it'),
    ...near.map((other) =>
      paint('yellow', field('warning', `there is a client "${shown(other)}": is that meant?`)),
    ),
    field(
      'will',
      'drop its connection once, by DeleteConnection: its Last Will suppressed, its session kept',
    ),
    field(
      'or else',
      'where that is refused, by taking its client ID over for a moment: its Last Will is published',
    ),
    field('no undo', 'the dropped connection, and what the device was doing on it'),
    field('then', 'the plan for whoever it was is shown, and asked about: no access is cut before'),
    '',
  ];
}
