import type { EvictionDocument, StepOfDocument } from '../../domain/document.ts';
import { followUp } from '../../domain/evict-command.ts';
import type { Again } from '../../domain/evict-command.ts';
import { shown } from '../console.ts';
import type { Colour, Console } from '../console.ts';
import { foundBy } from './found-by.ts';
import { messagesKept } from './messages-kept.ts';

/** A document as a person reads it: the verdict first, then why, then what is left to do. */
export function reportLines(document: EvictionDocument, { paint }: Console, again: Again = []): string[] {
  const { clientId, verdict, contained, cause, blockers, warnings, steps, proof, hold, remaining, record } =
    document;
  return [
    `${paint(colourOf(verdict), `${verdict.toUpperCase()}: "${shown(clientId)}"`)} — ${meaningOf(document)}${contained === 'none' ? '' : ` (access cut: ${contained})`}`,
    ...(cause === undefined
      ? []
      : [field('cause', `${cause.code}: ${shown(cause.message)}`), field('next', shown(cause.hint))]),
    ...sightingLines(document),
    ...blastRadiusLines(document),
    ...evidenceLines(document),
    ...blockers.map(({ code, message, lift }) =>
      field('blocker', `${code}: ${shown(message)}${lift === undefined ? '' : ` [lift: ${lift}]`}`),
    ),
    ...warnings.map(({ code, message }) => field('warning', `${code}: ${shown(message)}`)),
    ...steps.map((step) => field('step', describeStep(step))),
    ...(proof === undefined
      ? []
      : [
          field(
            'proof',
            `by ${proof.by}, received ${proof.receivedAt}: ${shown(JSON.stringify(proof.event))}`,
          ),
        ]),
    ...(hold === undefined ? [] : [field('hold', describeHold(hold))]),
    ...(remaining ?? []).map(({ clientId: other, state, last }) =>
      field('remaining', `"${shown(other)}" last known ${state} at ${last}`),
    ),
    ...(record === undefined
      ? []
      : [field('record', shown(record.file)), field('hash', `${record.hash} (keep it with the ticket)`)]),
    ...document.equivalent.map((command) => field('by hand', command)),
    ...followUps(document, again),
  ];
}

/** How to take it back and, where it did not get to its end, how to go on with it. */
function followUps({ kind, undo, incident, verdict }: EvictionDocument, again: Again): string[] {
  const goesOn = kind === 'eviction' && RESUMABLE.has(verdict);
  if (incident === undefined) return [];
  return [
    ...(undo === undefined ? [] : [field('undo', followUp('undo', incident, again))]),
    ...(goesOn ? [field('go on', followUp('resume', incident, again))] : []),
  ];
}

const RESUMABLE: ReadonlySet<string> = new Set(['interrupted', 'failed', 'unverified', 'returned']);

function describeStep({ id, target = '', policy, status, before, after }: StepOfDocument): string {
  const subject = policy === undefined ? shown(target) : `${shown(policy)} of ${shown(target)}`;
  return `${id} ${subject}: ${status}${before === undefined ? '' : ` (${shown(before)} → ${shown(after ?? 'unknown')})`}`;
}

function wasTried({ status }: StepOfDocument): boolean {
  return status !== 'planned' && status !== 'skipped';
}

/** No more than what was done: nothing to take back is no access given back, and without a hold nobody watched. */
function meaningOf({ verdict, cause, hold, steps }: EvictionDocument): string {
  if (cause?.code === 'nothing-to-undo') return 'there was nothing to take back';
  if (cause?.code === 'declined')
    return `it was not agreed to; nothing ${steps.some(wasTried) ? 'more ' : ''}was changed`;
  if (verdict === 'evicted' && hold?.requestedSeconds === 0)
    return 'its session was proved gone; it was not watched afterwards';
  if (verdict === 'denied' && OF_TIME.has(cause?.code ?? ''))
    return 'what it needs did not come in time; nothing was changed';
  return MEANING[verdict];
}

const OF_TIME: ReadonlySet<string> = new Set(['timed-out', 'deadline']);

const MEANING: Readonly<Record<EvictionDocument['verdict'], string>> = {
  evicted: 'its session was proved gone, and it stayed out',
  'not-connected': 'contained, and nobody was connected',
  planned: 'this is what would be done; nothing was changed',
  restored: 'the access that this incident cut is back',
  failed: 'an act failed',
  'not-found': 'no principal was found; nothing was changed',
  denied: 'the cloud or the broker could not be used; nothing was changed',
  unverified: 'contained, but not proved gone',
  returned: 'it came back, and was not quiet',
  refused: 'something stands in the way; nothing was changed',
  kicked: 'dropped with proof; its access was not removed',
  interrupted: 'stopped before the end',
};

function colourOf(verdict: EvictionDocument['verdict']): Colour {
  if (['evicted', 'not-connected', 'restored', 'planned'].includes(verdict)) return 'green';
  return ['failed', 'unverified', 'returned', 'denied'].includes(verdict) ? 'red' : 'yellow';
}

function sightingLines({ sighting }: EvictionDocument): string[] {
  if (sighting === undefined) return [];
  const { principal, others, source, line } = sighting;
  return [
    field(
      'principal',
      `${principal.kind} ${shown(principal.arn ?? principal.identifier)}, ${foundBy(source, line)}${noted(principal.note)}`,
    ),
    ...others.map((other) =>
      field(
        'also seen',
        `${other.principal.kind} ${shown(other.principal.identifier)}${noted(other.principal.note)}, ${other.sessions} session${other.sessions === 1 ? '' : 's'}, last ${new Date(other.last).toISOString()}${other.responder ? ' (a responder)' : ''}`,
      ),
    ),
  ];
}

function noted(note: string | undefined): string {
  return note === undefined ? '' : ` (${shown(note)})`;
}

function blastRadiusLines({ blastRadius }: EvictionDocument): string[] {
  if (blastRadius === undefined) return [];
  const { things, clients, policies, known } = blastRadius;
  const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.map(shown).join(', '));
  return [
    field(
      'radius',
      `things: ${list(things)} (${known.things}); clients: ${list(clients)} (${known.clients}); policies: ${list(policies)}`,
    ),
  ];
}

function evidenceLines({ evidence }: EvictionDocument): string[] {
  if (evidence === undefined) return [];
  const { connection, subscriptions, messages } = evidence;
  const filters = subscriptions?.map(({ topicFilter }) => shown(topicFilter)).join(', ');
  return [
    ...(connection === undefined
      ? []
      : [field('evidence', `GetConnection: ${shown(JSON.stringify(connection))}`)]),
    ...(filters === undefined || filters === '' ? [] : [field('evidence', `subscribed to ${filters}`)]),
    ...(messages === undefined ? [] : [field('evidence', messagesKept(messages))]),
  ];
}

function describeHold({
  requestedSeconds,
  quietSeconds,
  completed,
  returns,
  bounced,
  door,
}: NonNullable<EvictionDocument['hold']>): string {
  const back = returns.map(({ principal, count }) => `${count} returns by ${shown(principal)}`).join(', ');
  const refused = bounced === null ? '' : `, ${bounced} attempts seen refused`;
  const end = completed
    ? quietSeconds < requestedSeconds
      ? ' (over early: the door is shut)'
      : ''
    : ', not completed';
  return `${quietSeconds} s of ${requestedSeconds} s quiet${end}, ${back === '' ? 'no return' : back}${refused}, door ${door}`;
}

function field(name: string, text: string): string {
  return `  ${name.padEnd(9)} ${text}`;
}
