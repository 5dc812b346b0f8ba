import { gapsThatStay } from './gaps.ts';
import type { EntryOf, IncidentEntry } from './incident.ts';
import { withSessionEvent } from './live-session.ts';
import type { LiveSession } from './live-session.ts';
import { isSessionEvent, parsePresenceEvent } from './presence-event.ts';
import type { PresenceEvent } from './presence-event.ts';
import { isOfTheLookUp } from './source-failures.ts';

type Observed = { readonly event: PresenceEvent; readonly raw: unknown; readonly receivedAt: number };

/** One act, from its intention to its outcome; without one, the run was cut off in the middle of it. */
export type Act = {
  readonly intended: EntryOf<'intended'>;
  readonly outcome?: EntryOf<'done'> | EntryOf<'failed'> | undefined;
  /** The taken-over connection was lost again. */
  readonly lost?: EntryOf<'lost'> | undefined;
};

/** What is known of an incident: the fold of its entries, and nothing else. */
export type Facts = {
  readonly opened?: EntryOf<'opened'> | undefined;
  /** What of the command line a printed command says again: of the run that goes on, not of one before it. */
  readonly again: readonly string[];
  readonly sources?: EntryOf<'sources-read'> | undefined;
  readonly sighting?: EntryOf<'sighted'>['sighting'] | undefined;
  readonly identified?: EntryOf<'identified'> | undefined;
  /** Where the incident is: what was first known of account, region and endpoint. Whoever resumes it may be elsewhere. */
  readonly place?: EntryOf<'identified'>['target'] | undefined;
  /** What the connection API said before the containment, and the newest that it said after it. */
  readonly connection?: EntryOf<'connection-read'> | undefined;
  readonly connectionAfter?: EntryOf<'connection-read'> | undefined;
  /** The same of the client's Greengrass siblings. */
  readonly siblings?: EntryOf<'siblings-read'> | undefined;
  readonly siblingsAfter?: EntryOf<'siblings-read'> | undefined;
  /** What the identifying kick told. */
  readonly told?: EntryOf<'kick-told'> | undefined;
  readonly planned?: EntryOf<'planned'> | undefined;
  readonly decision?: EntryOf<'decided'>['decision'] | undefined;
  readonly watching?: EntryOf<'watching'> | undefined;
  readonly canary?: EntryOf<'watch-proved'> | undefined;
  readonly warnings: readonly EntryOf<'warned'>['warning'][];
  readonly blockers: readonly EntryOf<'blocked'>['blocker'][];
  readonly acts: readonly Act[];
  readonly observed: readonly Observed[];
  /** The sessions on the client that the watch saw, in the order of their first event. */
  readonly sessions: readonly LiveSession[];
  readonly gaps: readonly EntryOf<'gap'>[];
  /** When the contained certificate was refused before MQTT, as the log dates it: epoch milliseconds of AWS's clock. */
  readonly refused: readonly number[];
  readonly held?: EntryOf<'held'> | undefined;
  /** The newest count of what was kept: it has all that former processes kept, too. */
  readonly messages?: EntryOf<'messages-kept'> | undefined;
  readonly undo?: EntryOf<'undo-opened'> | undefined;
  /** The kicks before this index were another process's, which has let go of the client ID since. */
  readonly resumedFrom?: number | undefined;
  /** The acts of the first undo begin at this index: what comes before is the eviction's own. */
  readonly undoneFrom?: number | undefined;
  /** The acts of the newest undo begin at this index. */
  readonly undoFrom?: number | undefined;
  readonly ended?: EntryOf<'ended'> | undefined;
};

export const NOTHING_KNOWN: Facts = {
  again: [],
  warnings: [],
  blockers: [],
  acts: [],
  observed: [],
  sessions: [],
  gaps: [],
  refused: [],
};

export function factsOf(entries: readonly IncidentEntry[]): Facts {
  return entries.reduce(learn, NOTHING_KNOWN);
}

/** One entry further. */
export function learn(facts: Facts, entry: IncidentEntry): Facts {
  switch (entry.kind) {
    case 'opened':
      return { ...facts, opened: entry, again: entry.again ?? [] };
    case 'sources-read':
      return { ...facts, sources: entry };
    case 'sighted':
      return { ...facts, sighting: entry.sighting };
    case 'identified':
      return { ...facts, identified: entry, place: { ...entry.target, ...facts.place } };
    case 'connection-read':
    case 'siblings-read':
      return withReading(facts, entry);
    case 'planned':
      return withPlan(facts, entry);
    case 'decided':
    case 'kick-decided':
      return withDecision(facts, entry);
    case 'kick-told':
      return withTold(facts, entry);
    case 'warned':
      return { ...facts, warnings: [...facts.warnings, entry.warning] };
    case 'blocked':
      return { ...facts, blockers: [...facts.blockers, entry.blocker] };
    case 'waiting': // seen on the screen; what came of it is in `sources-read`
      return facts;
    case 'resumed':
      return { ...resumedFrom(facts), again: entry.again ?? facts.again };
    case 'undo-opened':
      return undoBegun(facts, entry);
    case 'ended':
      return { ...facts, ended: entry };
    default:
      return learnOfTheContest(facts, entry);
  }
}

type OfTheContest = EntryOf<
  | 'watching'
  | 'watch-proved'
  | 'intended'
  | 'done'
  | 'failed'
  | 'lost'
  | 'observed'
  | 'judged'
  | 'gap'
  | 'refusal-log'
  | 'refused'
  | 'held'
  | 'messages-kept'
  | 'released'
>;

/** What was done, and what was heard meanwhile. */
function learnOfTheContest(facts: Facts, entry: OfTheContest): Facts {
  switch (entry.kind) {
    case 'watching':
      return { ...facts, watching: entry };
    case 'watch-proved':
      return { ...facts, canary: facts.canary ?? entry, gaps: gapsThatStay(facts) };
    case 'held':
      return { ...facts, held: entry };
    case 'intended':
      return { ...facts, acts: [...facts.acts, { intended: entry }] };
    case 'done':
    case 'failed':
      return { ...facts, acts: withLast(facts.acts, { outcome: entry }) };
    case 'lost':
      return { ...facts, acts: withLast(facts.acts, { lost: entry }) };
    case 'observed':
      return withEvent(facts, entry);
    case 'judged': // follows from the events: recorded for people, and never believed
    case 'released':
    case 'refusal-log': // what it showed is in `refused`
      return facts;
    case 'refused':
      return { ...facts, refused: [...facts.refused, ...entry.times] };
    case 'gap':
      return { ...facts, gaps: [...facts.gaps, entry] };
    case 'messages-kept':
      return { ...facts, messages: entry };
  }
}

/** What was not to be read says nothing of now, but does not unsay that somebody was connected. */
function withReading(facts: Facts, entry: EntryOf<'connection-read'> | EntryOf<'siblings-read'>): Facts {
  if (entry.kind === 'siblings-read')
    return { ...facts, [entry.when === 'before' ? 'siblings' : 'siblingsAfter']: entry };
  if (entry.when === 'before') return { ...facts, connection: entry };
  const unread = entry.why !== undefined && facts.connectionAfter?.reading?.connected === true;
  return unread ? facts : { ...facts, connectionAfter: entry };
}

/** A new plan, after another choice, stands in the place of the former one. */
function withPlan(facts: Facts, planned: EntryOf<'planned'>): Facts {
  const former = facts.planned?.plan;
  const kept = <T>(all: readonly T[], old: readonly T[] = []) => all.filter((one) => !old.includes(one));
  return {
    ...facts,
    planned,
    warnings: [...kept(facts.warnings, former?.warnings), ...planned.plan.warnings],
    blockers: [...kept(facts.blockers, former?.blockers), ...planned.plan.blockers],
  };
}

function withDecision(facts: Facts, entry: EntryOf<'decided'> | EntryOf<'kick-decided'>): Facts {
  // That it may be kicked to see who it is says nothing of the plan for whoever it is.
  if (entry.kind === 'kick-decided')
    return entry.decision === 'agreed' ? facts : { ...facts, decision: entry.decision };
  const { decision, request, lifted } = entry;
  const { opened } = facts;
  if (opened === undefined || request === undefined) return { ...facts, decision };
  return { ...facts, decision, opened: { ...opened, request, lifted: lifted ?? opened.lifted } };
}

/** Whoever listens from here on, listens anew. */
function withTold(facts: Facts, told: EntryOf<'kick-told'>): Facts {
  return { ...facts, told, watching: undefined, canary: undefined, gaps: [] };
}

/** What the interrupted process did stands; what it listened to and held went with it. */
function resumedFrom(facts: Facts): Facts {
  const { plan } = facts.planned ?? {};
  return {
    ...facts,
    warnings: facts.warnings.filter((one) => plan?.warnings.includes(one) || isOfTheLookUp(one)),
    blockers: plan?.blockers ?? [],
    watching: undefined,
    canary: undefined,
    gaps: [],
    held: undefined,
    connectionAfter: undefined,
    siblingsAfter: undefined,
    ended: undefined,
    resumedFrom: facts.acts.length,
  };
}

function undoBegun(facts: Facts, undo: EntryOf<'undo-opened'>): Facts {
  const undoFrom = facts.acts.length;
  return { ...facts, undo, undoFrom, undoneFrom: facts.undoneFrom ?? undoFrom };
}

function withLast(acts: readonly Act[], more: Partial<Act>): readonly Act[] {
  const last = acts.at(-1);
  return last === undefined ? acts : [...acts.slice(0, -1), { ...last, ...more }];
}

function withEvent(facts: Facts, { event: raw, receivedAt }: EntryOf<'observed'>): Facts {
  const event = parsePresenceEvent(raw);
  if (event === undefined) return facts;
  const observed = [...facts.observed, { event, raw, receivedAt }];
  if (!isSessionEvent(event) || event.clientId !== facts.opened?.request.clientId)
    return { ...facts, observed };
  return { ...facts, observed, sessions: withSessionEvent(facts.sessions, { event, raw, receivedAt }) };
}
