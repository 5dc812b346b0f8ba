import { IDENTIFY_BY_API } from '../../domain/acts.ts';
import type { EntryOf, IncidentEntry } from '../../domain/incident.ts';
import { parsePresenceEvent } from '../../domain/presence-event.ts';
import type { Sighting } from '../../domain/sighting.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';
import { roughly } from '../../domain/roughly.ts';
import { briefly } from './field.ts';
import { describeHeld, describeRefusals } from './hold-line.ts';
import type { Line } from './hold-line.ts';
import { connectionLine, sightingLine } from './sighting-line.ts';
import { sourcesRead } from './sources-read.ts';
import { messagesKept } from './messages-kept.ts';

/** One line of progress for an entry of the record, or none: the screen is made of the same entries as the documents. */
export function progressLine(
  entry: IncidentEntry,
  { paint }: Pick<Console, 'paint'>,
  sighting?: Sighting,
): string | undefined {
  const good = (step: string, text: string) => `${paint('green', '✓')} ${step.padEnd(9)} ${text}`;
  const odd = (step: string, text: string) => `${paint('yellow', '!')} ${step.padEnd(9)} ${text}`;
  const bad = (step: string, text: string) => `${paint('red', '✗')} ${step.padEnd(9)} ${text}`;
  switch (entry.kind) {
    case 'waiting':
      return describeWaiting(entry);
    case 'sources-read':
      return sourcesRead(entry);
    case 'sighted':
      return sightingLine(entry.sighting, { good, odd });
    case 'planned':
      return good('plan', describePlan(entry));
    case 'warned':
      return `${paint('yellow', '!')} ${describeWarning(entry)}`;
    case 'blocked':
      return bad('blocked', shown(entry.blocker.message));
    case 'decided':
    case 'kick-decided':
      return entry.decision === 'declined' ? bad('declined', 'nothing was changed') : undefined;
    case 'connection-read':
      return connectionLine(entry, sighting, { good, odd });
    case 'siblings-read': // those that are known are in the plan's warning, and in what remains
    case 'opened':
    case 'identified':
    case 'intended':
    case 'released':
    case 'undo-opened':
    case 'ended':
      return undefined;
    default:
      return contestLine(entry, { good, bad, paint });
  }
}

/** What AWS says in refusing a source may be long: the report has it in full. */
function describeWarning({ warning: { code, message } }: EntryOf<'warned'>): string {
  return code === 'source-failed' ? briefly(shown(message)) : shown(message);
}

type OfTheContest = EntryOf<
  | 'watching'
  | 'watch-proved'
  | 'done'
  | 'failed'
  | 'observed'
  | 'judged'
  | 'kick-told'
  | 'lost'
  | 'gap'
  | 'refusal-log'
  | 'refused'
  | 'held'
  | 'messages-kept'
  | 'resumed'
>;

type Lines = { readonly good: Line; readonly bad: Line; readonly paint: Console['paint'] };

/** What was done, and what was heard meanwhile. */
function contestLine(entry: OfTheContest, { good, bad, paint }: Lines): string | undefined {
  switch (entry.kind) {
    case 'watching':
      return good('watch', describeWatching(entry));
    case 'watch-proved':
      return good('watch', `the canary was heard after ${roughly(entry.delayMs)}: the event path works`);
    case 'done':
      return good(entry.step, describeDone(entry));
    case 'failed':
      return bad(entry.step, `${shown(entry.message)} (${shown(entry.hint)})`);
    case 'observed':
      return describeEvent(entry, paint);
    case 'judged':
      return describeJudgement(entry, good);
    case 'kick-told':
      return describeTold(entry, { good, bad });
    case 'lost':
    case 'gap':
      return bad(entry.kind, `${CUT[entry.kind]}: ${shown(entry.reason)}`);
    case 'refusal-log':
    case 'refused':
      return describeRefusals(entry, paint);
    case 'held':
      return describeHeld(entry, good);
    case 'messages-kept':
      return good('evidence', messagesKept(entry));
    case 'resumed':
      return good('resume', 'going on with what is left');
  }
}

const CUT = { lost: 'the held connection ended', gap: 'the watch was cut' } as const;

/** The first proof is said at once; what is not decided yet shows in what follows. */
function describeJudgement({ judgement, by }: EntryOf<'judged'>, line: Line): string | undefined {
  if (judgement === 'proved')
    return line(
      'verify',
      `proved gone by ${by === 'connection-api' ? 'GetConnection' : 'a disconnected event'} (by: ${by ?? ''})`,
    );
  if (judgement === 'nobody-there') return line('verify', 'nobody was there: it was not connected');
  return undefined;
}

function describeWaiting({ source, startedAt, until }: EntryOf<'waiting'>): string {
  return `… look up   waiting for the client to connect, for ${roughly(until - startedAt)} at most (${shown(source)})`;
}

function describeWatching({ watcherId, mqttVersion }: EntryOf<'watching'>): string {
  return `listening as ${watcherId} over MQTT ${mqttVersion === 5 ? '5' : '3.1.1'}`;
}

function describeTold({ outcome }: EntryOf<'kick-told'>, { good, bad }: Pick<Lines, 'good' | 'bad'>): string {
  if (outcome === 'principal') return good('identify', 'the kick told who it is');
  const nobody = outcome === 'nobody-there';
  return bad('identify', nobody ? 'there was nobody to kick' : 'no event told who was kicked');
}

const KICKS = {
  takeover: 'take over the client ID, hold it for QUIET of quiet',
  api: 'drop the connection by API, watch for QUIET of quiet',
  both: 'drop the connection by API, take over the client ID, hold it for QUIET of quiet',
  none: 'watch for QUIET of quiet, without a kick',
} as const;

function describePlan({ plan }: EntryOf<'planned'>): string {
  const changes = plan.changes.map(
    (change) =>
      `${change.step}${change.kind === 'policy-attachment' ? ` ${shown(change.policyName)}` : ''} (${shown(change.before)} → ${shown(change.after)})`,
  );
  return [...changes, KICKS[plan.method].replace('QUIET', roughly(plan.holdMs))].join(', then ');
}

function describeDone({ step, target, state, already, sessionPresent }: EntryOf<'done'>): string {
  if (step === 'delete-connection' || step === IDENTIFY_BY_API)
    return already ? 'there was no connection to drop' : 'the API accepted to drop the connection';
  if (state === undefined)
    return `the broker acknowledged us under the client ID${sessionPresent ? ', and resumed its session' : ''}`;
  return shown(already ? `${target} was already ${state}` : `${target} reads back as ${state}`);
}

function describeEvent({ event: raw }: EntryOf<'observed'>, paint: Console['paint']): string | undefined {
  const event = parsePresenceEvent(raw);
  if (event === undefined) return undefined;
  const reason = event.eventType === 'disconnected' ? ` ${shown(event.disconnectReason ?? '')}` : '';
  const text = `${event.eventType}${reason} ${shown(event.clientId)}, principal ${shown(event.principalIdentifier)}, version ${'versionNumber' in event ? String(event.versionNumber) : '–'}`;
  return paint('dim', `· event     ${text}`);
}
