import { consequencesOf } from '../../domain/consequences.ts';
import type { Facts } from '../../domain/facts.ts';
import { hitBy } from '../../domain/lift.ts';
import type { EvictionPlan } from '../../domain/plan.ts';
import type { Proposal } from '../../domain/proposal.ts';
import type { Method } from '../../domain/request.ts';
import { shown, shownSource } from '../console.ts';
import type { Console } from '../console.ts';
import { candidateWords } from './candidate-words.ts';
import { changeWords } from './change-words.ts';
import { briefly, field } from './field.ts';
import { roughly, roughlyAgo } from '../../domain/roughly.ts';

type Look = {
  readonly now: number;
  readonly paint: Console['paint'];
  /** When all of it was read, where that was not just now: by an earlier process (epoch milliseconds). */
  readonly readAt?: number | undefined;
};

/** All that a person must have seen before agreeing, in the order in which it is judged: where, who, how far, what, and then. */
export function proposalLines(proposal: Proposal, look: Look): string[] {
  const { plan } = proposal;
  const { cannotBeUndone, setsOff } = consequencesOf(plan);
  return [
    look.paint('bold', `\nEvict "${shown(plan.clientId)}"`),
    ...readThenLines(look),
    ...whereLines(proposal.facts),
    ...whoLines(proposal, look),
    ...seenLines(proposal, look),
    reachLine(plan),
    ...willLines(plan),
    ...cannotBeUndone.map((text) => field('no undo', shown(text))),
    ...setsOff.map((text) => field('sets off', shown(text))),
    ...saidOnlyHere(plan).map((text) => look.paint('yellow', field('warning', briefly(shown(text))))),
    ...plan.blockers.map(({ code, message }) =>
      look.paint('red', field('BLOCKED', `${code}: ${shown(message)}`)),
    ),
    '',
  ];
}

/** What was read then is not read anew to be shown: it is said how old it is. */
function readThenLines({ now, readAt, paint }: Look): string[] {
  if (readAt === undefined) return [];
  const ago = `${roughly(Math.max(0, now - readAt))} ago, ${new Date(readAt).toISOString()}`;
  return [paint('yellow', field('as of', `${ago}: connection, hits and policies may differ by now`))];
}

/** Where it would happen, and as whom. */
export function whereLines({ identified, place: at, opened }: Facts): string[] {
  const { account = 'unknown', region, endpoint } = at ?? {};
  const place = [account, region, opened?.commands.endpointUrl].filter((part) => part !== undefined);
  return [
    field('account', place.map(shown).join(', ')),
    ...(endpoint === undefined ? [] : [field('endpoint', shown(endpoint))]),
    field('responder', shown(identified?.responder.arn ?? 'unknown')),
  ];
}

function whoLines({ facts, plan }: Proposal, { now }: Look): string[] {
  const { sighting, connection } = facts;
  const { principal, blastRadius } = plan;
  const thing = sighting?.thingName ?? connection?.reading?.thingName ?? blastRadius.things[0];
  return [
    field('thing', shown(thing ?? 'none known')),
    field('principal', `${principal.kind} ${shown(principal.arn ?? principal.identifier)}`),
    ...(sighting?.others ?? []).map((other) =>
      field('also seen', `${candidateWords(other, now)}${other.responder ? ' (a responder)' : ''}`),
    ),
    field('IP', shown(sighting?.ipAddress ?? connection?.reading?.sourceIp ?? 'unknown')),
  ];
}

function seenLines({ facts, plan }: Proposal, { now, readAt }: Look): string[] {
  const { sighting, connection } = facts;
  const { timestamp, ended, source, line } = sighting ?? {};
  const age = timestamp === undefined ? 'never' : roughlyAgo(timestamp, now);
  const state = timestamp === undefined ? [] : [ended ? 'ended since' : 'connected'];
  const place = source === undefined ? [] : [shownSource(source, line)];
  const count = connection?.subscriptions?.length;
  const subscriptions =
    count === undefined ? 'subscriptions not read' : `${count} subscription${count === 1 ? '' : 's'}`;
  return [
    field('last seen', [age, ...state, ...place].join(', ')),
    field('confirmed', `${plan.confirmed}: ${connectionWords(connection, { now, readAt })}`),
    field('evidence', `connection ${connection?.reading ? 'read' : 'not read'}, ${subscriptions}`),
  ];
}

function connectionWords(
  connection: Proposal['facts']['connection'],
  { now, readAt }: Pick<Look, 'now' | 'readAt'>,
): string {
  const { reading, why, unheardOf } = connection ?? {};
  if (unheardOf && why === undefined) return 'GetConnection has never heard of it';
  if (reading === undefined) return briefly(shown(why ?? 'GetConnection was not asked'));
  const { connected, connectedSince, sourceIp } = reading;
  const since = connectedSince === undefined ? '' : ` for ${roughly((readAt ?? now) - connectedSince)}`;
  const from = sourceIp === undefined ? '' : ` from ${shown(sourceIp)}`;
  return `GetConnection ${readAt === undefined ? 'says' : 'said'} ${connected ? `connected${since}${from}` : 'not connected'}`;
}

function reachLine(plan: EvictionPlan): string {
  const { things, clients, policies, known } = plan.blastRadius;
  const history = known.clients === 'unknown' ? 'no history of others' : known.clients;
  const parts = [
    `${hitBy(plan).length} in all`,
    `things ${few(things)} (${known.things})`,
    `clients ${few(clients)} (${history})`,
    `policies ${few(policies)}`,
  ];
  return field('hits', parts.join('; '));
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

const KICKS: Readonly<Record<Method, string>> = {
  takeover: 'take the client ID over',
  api: 'drop the connection by DeleteConnection',
  both: 'drop the connection by DeleteConnection, then take the client ID over',
  none: 'no kick',
};

const WATCHED = ', then watch for QUIET of unbroken quiet';
const HELD = ', hold it for QUIET of unbroken quiet';
const HOLDS: Readonly<Record<Method, string>> = { takeover: HELD, api: WATCHED, both: HELD, none: WATCHED };

/** Warnings of what has a line of its own above: who else was seen, whether it is confirmed, who asks. */
const HAS_A_LINE: ReadonlySet<string> = new Set([
  'other-active-principals',
  'connection-unknown',
  'responder-unknown',
]);

function saidOnlyHere(plan: EvictionPlan): readonly string[] {
  const { cannotBeUndone, setsOff } = consequencesOf(plan);
  const said = new Set([...cannotBeUndone, ...setsOff]);
  return plan.warnings
    .filter(({ code, message }) => !HAS_A_LINE.has(code) && !said.has(message))
    .map(({ message }) => message);
}
