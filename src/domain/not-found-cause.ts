import { isHidden, quoted, shown } from './cause-words.ts';
import { commandToEvictAlso } from './evict-command.ts';
import type { Facts } from './facts.ts';
import type { EntryOf } from './incident.ts';
import { holdsNoEvent, noEventWords } from './no-event-words.ts';
import { printable } from './printable.ts';
import { roughly } from './roughly.ts';
import { whatAKickTold } from './unidentified.ts';
import type { Cause } from './verdict-words.ts';

/** No principal was found: where it was looked for, and where else to look. */
export function notFound(facts: Facts): Cause {
  const { core } = facts.sources ?? {};
  const message = `${connectedAllTheSame(facts)}no event of client "${shown(facts)}" in ${sourceNames(facts)}`;
  return {
    code: 'not-found',
    message,
    hint: core === undefined ? whereElse(facts) : asTheCore(facts, core),
    retryable: false,
    ...whatAKickTold(facts, message),
  };
}

/** Said first: then the client ID is the right one, and what is missing is only whose connection it is. */
function connectedAllTheSame({ connection }: Facts): string {
  const { connected, connectedSince, sourceIp } = connection?.reading ?? {};
  if (connection === undefined || connected !== true) return '';
  const since =
    connectedSince === undefined ? '' : ` for ${roughly(Math.max(0, connection.readAt - connectedSince))}`;
  const from = sourceIp === undefined ? '' : ` from ${printable(sourceIp)}`;
  return `GetConnection: connected${since}${from}; its principal is not known: `;
}

/** No source can have events of a core's further connection, which has the core's own certificate by design. */
function asTheCore(facts: Facts, { clientId, principal }: { clientId: string; principal: string }): string {
  const command = commandToEvictAlso(facts.opened?.request.clientId ?? '', principal, facts.again);
  return `by its name it is another connection of the Greengrass core ${quoted([clientId])}, which was last seen with "${printable(principal)}": ${command}`;
}

function whereElse(facts: Facts): string {
  const near = facts.sources?.near ?? [];
  const canKick = !isHidden(facts) && !facts.opened?.request.identifyByKick;
  if (canKick && facts.connection?.reading?.connected)
    return `let a kick tell who it is: --identify-by-kick; or name the principal with --principal${orNear(near)}${keepHint(facts)}`;
  const byKick = canKick ? KICK : '';
  if (near.length > 0) return `did you mean ${quoted(near, ' or ')}? client IDs are case-sensitive${byKick}`;
  const wait = waitedInVain(facts) ? ', raise --lookup-timeout' : '';
  const hidden = isHidden(facts) ? ' (AWS publishes no events of client IDs with "#" or "+")' : '';
  return `check the client ID and the sources${wait}, or name the principal with --principal${hidden}${byKick}${keepHint(facts)}`;
}

function orNear(near: readonly string[]): string {
  return near.length === 0 ? '' : `; or did you mean ${quoted(near, ' or ')}?`;
}

function keepHint({ sources }: Facts): string {
  return sources?.byDefault === undefined ? '' : KEEP;
}

/** Where nobody has named a source, there may well be none. */
export const KEEP =
  '; AWS keeps no history by itself: for the next time, record one with evict watch, AWS IoT logging (aws iot set-v2-logging-options), or the rule of policies/presence-history.yaml; one that is kept elsewhere is named with --events';

const KICK = '; or let a kick tell who it is: --identify-by-kick';

function sourceNames(facts: Facts): string {
  // What only led to others knows no client itself.
  const read = (facts.sources?.passedOver ?? []).filter(({ ledTo, flaws }) => !ledTo || flaws);
  if (read.length === 0) return 'any source';
  return read.map(sourceWords).join(', ');
}

/** A source in which nobody was found, with all that says how much that means. */
function sourceWords(read: SourceRead): string {
  const { source, missing, failed, waitedMs, since } = read;
  if (failed) return `${printable(source)} (could not be read)`;
  if (missing !== undefined) return `${printable(source)} (${printable(missing)})`;
  const remarks = [
    ...(waitedMs === undefined ? [] : [`nobody connected in ${Math.round(waitedMs / 1_000)} s`]),
    ...(since === undefined ? [] : [`kept since ${new Date(since).toISOString()}`]),
    ...flawsIn(read),
    ...passedOver(read),
  ];
  return remarks.length === 0 ? printable(source) : `${printable(source)} (${remarks.join('; ')})`;
}

type SourceRead = EntryOf<'sources-read'>['passedOver'][number];

/** Whose flaws they are stands before them already, but for a file of a directory. */
function flawsIn({ source, flaws = [] }: SourceRead): readonly string[] {
  const own = `${source}: `;
  return flaws.map((flaw) => printable(flaw.startsWith(own) ? flaw.slice(own.length) : flaw));
}

function passedOver(read: SourceRead): readonly string[] {
  const { notPresence, malformed, flaws } = read;
  if (holdsNoEvent(read) && flaws === undefined) return [noEventWords(read)];
  return notPresence + malformed === 0
    ? []
    : [`passed over: ${notPresence} not presence events, ${malformed} malformed`];
}

function waitedInVain({ sources }: Facts): boolean {
  return (sources?.passedOver ?? []).some(({ waitedMs }) => waitedMs !== undefined);
}
