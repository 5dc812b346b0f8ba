import type { AuditDocument } from '../../domain/audit-document.ts';
import type { AuditLine } from '../../domain/audit.ts';
import type { EvictionDocument, StepOfDocument } from '../../domain/document.ts';
import { shown } from '../console.ts';
import type { Colour, Console } from '../console.ts';
import { briefly, field } from './field.ts';

/** Of more, only so many are named: the documents of `--json` have all. */
const MOST_NAMED = 5;

type Paint = Pick<Console, 'paint'>;

/** One client of an audit as a person reads it: the verdict, how it would be evicted, whom else that hits, what is in the way. */
export function auditLines(line: AuditLine, { paint }: Paint): string[] {
  const client = `"${shown(line.clientId)}"`;
  if (line.kind === 'error')
    return [`${paint('red', `ERROR: ${client}`)} — ${shown(line.message)}`, field('next', shown(line.hint))];
  const { verdict, sighting, steps, cause, blockers, warnings } = line;
  const principal =
    sighting === undefined ? [] : [`${sighting.principal.kind} ${shown(sighting.principal.identifier)}`];
  const how = [...new Set(steps.map(stepWords))].join(', ');
  const said = [...principal, ...(how === '' ? [] : [how])].join(': ');
  const why =
    cause === undefined || blockers.length > 0
      ? []
      : [
          field('cause', `${cause.code}: ${shown(briefly(cause.message))}`),
          field('next', shown(briefly(cause.hint))),
        ];
  return [
    `${paint(colourOf(verdict), `${verdict.toUpperCase()}: ${client}`)}${said === '' ? '' : ` — ${said}`}`,
    ...why,
    ...hits(line),
    ...blockers.map(({ code, message, lift }) =>
      field('blocker', `${code}: ${shown(message)}${lift === undefined ? '' : ` [lift: ${lift}]`}`),
    ),
    ...(warnings.length === 0 ? [] : [field('warnings', warnings.map(({ code }) => code).join(', '))]),
  ];
}

/** What is so already is no act that would evict anybody. */
function stepWords({ id, before, after }: StepOfDocument): string {
  return before !== undefined && before === after ? `${id} (already ${shown(before)})` : id;
}

function hits({ clientId, blastRadius }: EvictionDocument): string[] {
  if (blastRadius === undefined) return [];
  const { things, clients, known } = blastRadius;
  const others = clients.filter((one) => one !== clientId);
  return [
    field('hits', `clients: ${named(others)} (${known.clients}); things: ${named(things)} (${known.things})`),
  ];
}

/** What all lines together say. */
export function auditSummaryLines(document: AuditDocument, { paint }: Paint): string[] {
  const { clients, verdicts, errors, shared, notAudited, warnings, cause } = document;
  const counts = [
    ...Object.entries(verdicts).map(([verdict, count]) => `${count} ${verdict}`),
    ...(errors === 0 ? [] : [`${errors} in error`]),
  ].join(', ');
  return [
    paint('bold', `${clients} client${clients === 1 ? '' : 's'}${counts === '' ? '' : `: ${counts}`}`),
    ...shared.map(({ principal, clientIds }) =>
      field('shared', `${principal.kind} ${shown(principal.identifier)} is behind ${named(clientIds)}`),
    ),
    ...(notAudited.length === 0
      ? []
      : [field('left', `${notAudited.length} not looked at: ${named(notAudited)}`)]),
    ...warnings.map(({ code, message }) => field('warning', `${code}: ${shown(message)}`)),
    ...(cause === undefined
      ? []
      : [field('cause', `${cause.code}: ${shown(cause.message)}`), field('next', shown(cause.hint))]),
  ];
}

function named(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - MOST_NAMED;
  const first = names.slice(0, MOST_NAMED).map((name) => `"${shown(name)}"`);
  return `${first.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function colourOf(verdict: EvictionDocument['verdict']): Colour {
  if (verdict === 'planned') return 'green';
  return verdict === 'denied' ? 'red' : 'yellow';
}
