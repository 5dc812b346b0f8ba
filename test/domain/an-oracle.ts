import { isSessionEvent, parsePresenceEvent } from '../../src/domain/presence-event.ts';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import type { ModelSession } from './a-broker.ts';
import type { Contest, Told } from './a-contest.ts';
import { CLIENT, INTRUDER, OURS } from './an-event.ts';
import { CONTAINED_AT } from './an-incident.ts';

const KICK_REASONS = new Set(['DUPLICATE_CLIENTID', 'API_INITIATED_DISCONNECT']);

/** An event as it was delivered, the first time, with the session that it is really of. */
type Heard = {
  readonly event: SessionEvent;
  readonly of: ModelSession;
  readonly at: number;
  readonly copies: number;
};

/**
 * The contract's rules for `evicted`, read naively from what was delivered, with the truth about each event at hand: `must` where
 * all of them are met, `must-not` where one is broken, `may` where what was delivered does not settle it.
 */
export function verdictByTheContract(contest: Contest, { runner, truth }: Told): 'must' | 'must-not' | 'may' {
  const { log, options } = runner;
  const heard = heardIn(log, truth);
  const all = kicksIn(log);
  const done = all.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined);
  const [first] = done;
  const newest = done.at(-1);
  const held = log.find((entry) => entry.kind === 'held');
  if (first === undefined || newest === undefined || held?.completed !== true) return 'must-not';
  if (options.method !== 'api' && (all.at(-1) !== newest || newest.lost)) return 'must-not';
  if (hasGap(log, all[0]?.sentAt ?? 0)) return 'must-not';

  const foreign = heard.filter(({ of }) => of.principal !== OURS);
  const ends = foreign.filter(({ event }) => event.eventType === 'disconnected');
  const strangers = ends.filter(
    ({ event, of, at }) => of.principal !== INTRUDER && wasKicked(event) && at >= first.sentAt,
  );
  if (strangers.some(({ of }) => of.displacedBy === options.name)) return 'must-not';

  const later = foreign.filter(
    ({ event, of }) => event.eventType === 'connected' && of.since > newest.sentAt,
  );
  // A later session of the responder, of whichever process, has displaced it: there is one for each client ID.
  const isOver = ({ of }: Heard) =>
    ends.some((end) => end.of === of) ||
    heard.some((ours) => ours.of.principal === OURS && ours.of.version > of.version);
  if (later.some((one) => !isOver(one))) return 'must-not';
  const isReturn = ({ event, of }: Heard) => event.eventType === 'connected' && of.since > first.sentAt;
  const quietFrom = held.until - contest.holdMs;
  if (foreign.some((one) => isReturn(one) && one.of.since > quietFrom && one.at <= held.until))
    return 'must-not';

  const readBack = lastReading(log, (connectedSince) => connectedSince >= first.sentAt);
  if (options.method === 'api' && readBack === 'back') return 'must-not';
  const proofs = ends.filter(
    ({ event, of, at }) =>
      of.principal === INTRUDER &&
      at > CONTAINED_AT &&
      (isSighted(event) || (wasKicked(event) && at >= first.sentAt)),
  );
  if (proofs.length === 0)
    return hasApiProof(log) || ends.some(({ copies }) => copies > 1) ? 'may' : 'must-not';

  const isSettled =
    contest.lacking === 'nothing' &&
    strangers.length === 0 &&
    options.method !== 'api' &&
    foreign.every((one) => one.event.eventType === 'disconnected' || isOver(one) || one.at < newest.sentAt) &&
    !heard.some(({ of }) => of.principal === OURS && of.process !== options.name);
  return isSettled ? 'must' : 'may';
}

/**
 * Whether the one who has the client ID could be known to: by an event, by our lost connection, or by a reading. What speaks as
 * we do is the responder.
 */
export function couldBeKnown({ runner, truth, holder }: Told): boolean {
  if (holder === undefined || holder.principal === OURS) return false;
  const { log, options } = runner;
  const wasHeard = heardIn(log, truth).some(
    ({ event, of }) => of === holder && event.eventType === 'connected',
  );
  const newest = kicksIn(log).at(-1);
  const wasRead = log.findLast((entry) => entry.kind === 'connection-read' && entry.why === undefined);
  const isRead =
    options.method === 'api' &&
    wasRead?.kind === 'connection-read' &&
    wasRead.readAt - options.readLagMs >= holder.since;
  return wasHeard || newest?.lost === true || isRead;
}

function heardIn(log: readonly IncidentEntry[], truth: Told['truth']): Heard[] {
  const heard: Heard[] = [];
  for (const entry of log) {
    if (entry.kind !== 'observed') continue;
    const of = truth.get(entry.event);
    const event = parsePresenceEvent(entry.event);
    if (of === undefined || event === undefined || !isSessionEvent(event) || event.clientId !== CLIENT)
      continue;
    const index = heard.findIndex((one) => one.of === of && one.event.eventType === event.eventType);
    const known = heard[index];
    if (known === undefined) heard.push({ event, of, at: entry.receivedAt, copies: 1 });
    else heard[index] = { ...known, copies: known.copies + 1 };
  }
  return heard;
}

type ToldKick = { sentAt: number; acknowledgedAt: number | undefined; lost: boolean };

function kicksIn(log: readonly IncidentEntry[]): ToldKick[] {
  const kicks: ToldKick[] = [];
  for (const entry of log) {
    const last = kicks.at(-1);
    if (entry.kind === 'intended' && entry.change === undefined)
      kicks.push({ sentAt: entry.startedAt, acknowledgedAt: undefined, lost: false });
    else if (last !== undefined && entry.kind === 'done') last.acknowledgedAt = entry.endedAt;
    else if (last !== undefined && entry.kind === 'lost') last.lost = true;
  }
  return kicks;
}

/** A gap of before the kick is none where the watch was opened anew, and heard its canary, before the kick. */
function hasGap(log: readonly IncidentEntry[], kickedAt: number): boolean {
  const kick = log.findIndex(
    (entry) => entry.kind === 'intended' && entry.change === undefined && entry.startedAt === kickedAt,
  );
  const gap = log.findIndex(({ kind }) => kind === 'gap');
  if (gap === -1) return false;
  const again = log.findIndex(({ kind }, index) => index > gap && kind === 'watch-proved');
  return again === -1 || again > kick;
}

function wasKicked(event: SessionEvent): boolean {
  return event.eventType === 'disconnected' && KICK_REASONS.has(event.disconnectReason ?? '');
}

function isSighted({ sessionIdentifier, versionNumber }: SessionEvent): boolean {
  return sessionIdentifier === undefined ? versionNumber === 96 : sessionIdentifier === 'sighted-session';
}

function lastReading(log: readonly IncidentEntry[], isBack: (connectedSince: number) => boolean): string {
  const read = log.findLast((entry) => entry.kind === 'connection-read' && entry.why === undefined);
  const reading = read?.kind === 'connection-read' ? read.reading : undefined;
  return reading?.connected === true && isBack(reading.connectedSince ?? Infinity) ? 'back' : 'gone';
}

function hasApiProof(log: readonly IncidentEntry[]): boolean {
  return log.some(
    (entry) =>
      entry.kind === 'connection-read' && entry.reading?.disconnectReason === 'API_INITIATED_DISCONNECT',
  );
}
