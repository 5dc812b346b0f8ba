import { describeSubject, isFulfilled } from '../../domain/change.ts';
import type { Change } from '../../domain/change.ts';
import { consequencesOf } from '../../domain/consequences.ts';
import { hitBy } from '../../domain/lift.ts';
import type { BlastRadius, EvictionPlan } from '../../domain/plan.ts';
import type { Candidate, Proposal } from '../../domain/proposal.ts';
import type { Method } from '../../domain/request.ts';
import { shown, shownSource } from '../console.ts';
import type { Console } from '../console.ts';
import { roughly } from './time.ts';

type Look = { readonly now: number; readonly paint: Console['paint'] };

/** All that a person must have seen before agreeing, in the order in which it is judged: where, who, how far, what, and then. */
export function proposalLines(proposal: Proposal, look: Look): string[] {
  const { plan } = proposal;
  const { cannotBeUndone, setsOff } = consequencesOf(plan);
  return [
    look.paint('bold', `\nEvict "${shown(plan.clientId)}"`),
    ...whereLines(proposal),
    ...whoLines(proposal, look),
    ...reachLines(plan),
    ...willLines(plan),
    ...cannotBeUndone.map((text) => field('no undo', shown(text))),
    ...setsOff.map((text) => field('sets off', shown(text))),
    ...saidOnlyHere(plan).map(({ message }) => look.paint('yellow', field('warning', shown(message)))),
    ...plan.blockers.map(({ code, message }) =>
      look.paint('red', field('BLOCKED', `${code}: ${shown(message)}`)),
    ),
    '',
  ];
}

/** A principal as one to choose: the lone session beside hundreds is the one to look at. */
export function candidateWords(
  { principal, sessions, last, ended, ipAddress }: Candidate,
  now: number,
): string {
  const count = sessions === undefined ? '' : `, ${sessions} session${sessions === 1 ? '' : 's'}`;
  const age =
    last === undefined ? ', never seen' : `, ${ended ? 'ended, ' : ''}last ${roughly(now - last)} ago`;
  const from = ipAddress === undefined ? '' : `, from ${shown(ipAddress)}`;
  return `${principal.kind} ${shown(principal.identifier)}${count}${age}${from}`;
}

/** A change of access as before → after. */
export function changeWords(change: Change): string {
  const already = isFulfilled(change, change.before) ? ' (already so)' : '';
  return `${change.step} ${shown(describeSubject(change))}: ${shown(change.before)} → ${shown(change.after)}${already}`;
}

function whereLines({ facts: { identified, opened } }: Proposal): string[] {
  const { account, region, endpoint } = identified?.target ?? {};
  const url = opened?.commands?.endpointUrl;
  return [
    field(
      'account',
      [account ?? 'unknown', region, url]
        .filter((part) => part !== undefined)
        .map(shown)
        .join(', '),
    ),
    ...(endpoint === undefined ? [] : [field('endpoint', shown(endpoint))]),
    field('responder', shown(identified?.responder.arn ?? 'unknown')),
  ];
}

function whoLines({ facts, plan, choices }: Proposal, { now }: Look): string[] {
  const { sighting, connection } = facts;
  const [, ...others] = choices.principals;
  const found = sighting === undefined ? [] : [shownSource(sighting.source, sighting.line)];
  const { principal } = plan;
  return [
    field('thing', shown(sighting?.thingName ?? connection?.reading?.thingName ?? 'unknown')),
    field('IP', shown(sighting?.ipAddress ?? connection?.reading?.sourceIp ?? 'unknown')),
    field('principal', `${principal.kind} ${shown(principal.arn ?? principal.identifier)}`),
    ...others.map((other) => field('also seen', candidateWords(other, now))),
    field('last seen', [...seenWords(sighting, now), ...found].join(', ')),
    field('confirmed', `${plan.confirmed}: ${connectionWords(facts, now)}`),
    field('evidence', evidenceWords(connection)),
  ];
}

function seenWords(sighting: Proposal['facts']['sighting'], now: number): string[] {
  if (sighting?.timestamp === undefined) return ['never'];
  return [`${roughly(now - sighting.timestamp)} ago`, sighting.ended ? 'ended since' : 'connected'];
}

function connectionWords({ connection }: Proposal['facts'], now: number): string {
  const { reading, why, unheardOf } = connection ?? {};
  if (reading === undefined)
    return unheardOf ? 'GetConnection has never heard of it' : shown(why ?? 'GetConnection was not asked');
  const { connected, connectedSince, sourceIp } = reading;
  const since = connectedSince === undefined ? '' : ` for ${roughly(now - connectedSince)}`;
  const from = sourceIp === undefined ? '' : ` from ${shown(sourceIp)}`;
  return `GetConnection says ${connected ? `connected${since}${from}` : 'not connected'}`;
}

function evidenceWords(connection: Proposal['facts']['connection']): string {
  const count = connection?.subscriptions?.length;
  const read = connection?.reading === undefined ? 'connection not read' : 'connection read';
  if (count === undefined) return `${read}, subscriptions not read`;
  return `${read}, ${count} subscription${count === 1 ? '' : 's'}`;
}

function reachLines(plan: EvictionPlan): string[] {
  const { things, clients, policies, known } = plan.blastRadius;
  return [
    field('hits', `${hitBy(plan).length} in all: things ${few(things)} (${known.things})`),
    field('', `clients ${few(clients)} (${historyWords(known)})`),
    field('policies', few(policies)),
  ];
}

function historyWords({ clients }: BlastRadius['known']): string {
  return clients === 'unknown' ? 'no history of others' : clients;
}

const MOST_NAMED = 5;

/** The names, or the first of many: the details have them all. */
function few(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).map(shown).join(', ')}${more}`;
}

function willLines({ changes, actions, method, holdMs }: EvictionPlan): string[] {
  const quiet = holdMs === 0 ? ', without a hold' : HOLDS[method].replace('QUIET', roughly(holdMs));
  return [
    ...(actions.includes('none')
      ? [field('will', 'none: leave its access as it is, so that it can come back')]
      : []),
    ...changes.map((change) => field('will', changeWords(change))),
    field('will', `${method}: ${KICKS[method]}${quiet}`),
  ];
}

/** What is said to be set off, or beyond undo, is not said twice. */
function saidOnlyHere(plan: EvictionPlan): EvictionPlan['warnings'] {
  const { cannotBeUndone, setsOff } = consequencesOf(plan);
  const said = new Set([...cannotBeUndone, ...setsOff]);
  return plan.warnings.filter(({ message }) => !said.has(message));
}

const KICKS: Readonly<Record<Method, string>> = {
  takeover: 'take the client ID over',
  api: 'drop the connection by DeleteConnection',
  both: 'drop the connection by DeleteConnection, then take the client ID over',
  none: 'no kick',
};

const WATCHED = ', then watch for QUIET of unbroken quiet';
const HELD = ', hold it for QUIET of unbroken quiet';
const HOLDS: Readonly<Record<Method, string>> = { takeover: HELD, api: WATCHED, both: HELD, none: WATCHED };

function field(name: string, text: string): string {
  return `  ${name.padEnd(9)} ${text}`;
}
