import * as fc from 'fast-check';
import type { FoundEvent } from '../../src/domain/found-event.ts';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import { INTRUDER, STRANGER, aConnectedEvent, aDisconnectedEvent, found } from './an-event.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGINNING = 1_700_000_000_000;
/** How long after the beginning of the next one a takeover ends a session. */
const TAKEOVER = 300;
/** How far an event's time may be off. */
const NOISE = 2.5 * MINUTE - TAKEOVER;

type SessionPlan = {
  readonly principal: string;
  /** Milliseconds offline before it, and how long it lasted. */
  readonly pause: number;
  readonly length: number;
  readonly skipped: number;
  readonly left: boolean;
  /** For how long the client was offline before, so that the version began anew: an hour, or what its session lives. */
  readonly reset: number;
  /** Which entries the log has of it: its beginning, something in its midst, its end. */
  readonly logged: readonly [boolean, boolean, boolean];
  readonly lostBeginning: boolean;
  readonly lostEnd: boolean;
  readonly noise: readonly [number, number];
  /** Whether its events have a version number, as those of 2016 do not, nor those of every rule. */
  readonly numbered: boolean;
  /** Whether the next one took over from it. */
  readonly displaced: boolean;
};

/** A session as it really was, with those of its events that were kept. */
export type TrueSession = {
  readonly principal: string;
  readonly id: string;
  readonly version: number;
  /** Whether it goes on. */
  readonly isOpen: boolean;
  readonly beginning?: SessionEvent | undefined;
  readonly end?: SessionEvent | undefined;
  /** What the log has of it, which names no session; by a clock that is right. */
  readonly logged: readonly FoundEvent[];
};

export type History = { readonly sessions: readonly TrueSession[]; readonly events: readonly SessionEvent[] };
export type LoggedHistory = {
  readonly sessions: readonly TrueSession[];
  readonly found: readonly FoundEvent[];
};

const sessionPlan: fc.Arbitrary<SessionPlan> = fc.record({
  principal: fc.constantFrom(INTRUDER, STRANGER),
  pause: fc.nat({ max: 50 * MINUTE }),
  length: fc.oneof(fc.nat({ max: 5 * MINUTE }), fc.nat({ max: 9 * 24 * HOUR })),
  skipped: fc.nat({ max: 3 }),
  left: fc.boolean(),
  reset: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(10 * MINUTE + 1, HOUR + 6 * MINUTE) },
  ),
  logged: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  lostBeginning: fc.oneof(fc.constant(false), fc.constant(false), fc.boolean()),
  lostEnd: fc.oneof(fc.constant(false), fc.constant(false), fc.boolean()),
  noise: fc.tuple(fc.integer({ min: -NOISE, max: NOISE }), fc.integer({ min: -NOISE, max: NOISE })),
  numbered: fc.constant(true),
  displaced: fc.boolean(),
});

/**
 * Histories of one client as AWS tells them: versions that grow by session and start again after an hour offline, times that
 * are off by up to two and a half minutes, events that are lost, doubled and shuffled.
 */
export const aHistory: fc.Arbitrary<History> = historyOf(sessionPlan);

function historyOf(aPlan: fc.Arbitrary<SessionPlan>): fc.Arbitrary<History> {
  return fc
    .tuple(
      fc.array(aPlan, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(), { minLength: 37, maxLength: 37 }),
    )
    .map(([plans, shuffle]) => {
      const sessions = realise(plans);
      const kept = sessions.flatMap(({ beginning, end }) =>
        [beginning, end].filter((event) => event !== undefined),
      );
      const copies = kept.flatMap((event, index) =>
        (shuffle[index] ?? 0) % 3 === 0 ? [event, { ...event }] : [event],
      );
      const events = copies
        .map((event, index) => ({ event, rank: shuffle[(index * 5 + 1) % shuffle.length] ?? index }))
        .toSorted((one, two) => one.rank - two.rank)
        .map(({ event }) => event);
      return { sessions, events };
    });
}

/** The same by clocks that are right. */
const exactPlan = sessionPlan.map((plan): SessionPlan => ({
  ...plan,
  noise: [0, 0],
  // A client may connect once a second.
  pause: plan.pause + SECOND,
  length: plan.length + SECOND,
  // Of a short one, its end alone cannot tell that it was not the one before.
  lostBeginning: plan.lostBeginning && plan.length > 5 * MINUTE,
}));

/** The same without version numbers. */
export const anUnnumberedHistory: fc.Arbitrary<History> = historyOf(
  exactPlan.map((plan): SessionPlan => ({ ...plan, numbered: false })),
);

/** The same where only some of the sessions have a number. */
export const aPartlyNumberedHistory: fc.Arbitrary<History> = historyOf(
  fc.tuple(exactPlan, fc.boolean()).map(([plan, numbered]): SessionPlan => ({ ...plan, numbered })),
);

function realise(plans: readonly SessionPlan[]): TrueSession[] {
  let now = BEGINNING;
  let version = 0;
  return plans.map((plan, index) => {
    const tookOver = plans[index - 1]?.displaced ?? false;
    if (!tookOver) now += plan.reset + plan.pause;
    version = plan.reset > 0 && !tookOver ? plan.skipped : version + 1 + plan.skipped;
    const session = { principal: plan.principal, id: `session-${index}`, version };
    const common = {
      principalIdentifier: plan.principal,
      sessionIdentifier: session.id,
      versionNumber: plan.numbered ? version : undefined,
    };
    const beginning = aConnectedEvent({
      ...common,
      timestamp: now + plan.noise[0],
      ipAddress: `192.0.2.${index}`,
    });
    const from = now;
    now += plan.length;
    const isTaken = plan.displaced && index < plans.length - 1;
    const reason = { disconnectReason: isTaken ? 'DUPLICATE_CLIENTID' : 'CONNECTION_LOST' };
    const late = isTaken ? TAKEOVER : 0;
    const end = aDisconnectedEvent({ ...common, ...reason, timestamp: now + late + plan.noise[1] });
    const isLast = index === plans.length - 1;
    const isOpen = isLast && !plan.left;
    return {
      ...session,
      isOpen,
      logged: loggedOf(plan, { from, until: now + late, isOpen, ...reason }),
      ...(plan.lostBeginning ? {} : { beginning }),
      ...(plan.lostEnd || isOpen ? {} : { end }),
    };
  });
}

type Span = {
  readonly from: number;
  readonly until: number;
  readonly isOpen: boolean;
  readonly disconnectReason: string;
};

function loggedOf(
  { principal, logged }: SessionPlan,
  { from, until, isOpen, disconnectReason }: Span,
): FoundEvent[] {
  const bare = {
    principalIdentifier: principal,
    sessionIdentifier: undefined,
    versionNumber: undefined,
  };
  const [beginning, midst, end] = logged;
  const at = Math.round((from + until) / 2);
  return [
    ...(beginning ? [found(aConnectedEvent({ ...bare, timestamp: from }))] : []),
    ...(midst ? [found(aConnectedEvent({ ...bare, timestamp: at }), { raw: { eventType: 'Ping' } })] : []),
    ...(end && !isOpen ? [found(aDisconnectedEvent({ ...bare, disconnectReason, timestamp: until }))] : []),
  ];
}

const wholeLog = exactPlan.map((plan): SessionPlan => ({ ...plan, logged: [true, plan.logged[1], true] }));
const entriesOf = (sessions: readonly TrueSession[]) => sessions.flatMap(({ logged }) => logged);

/** A log that has everything, and events of which some were lost. */
export const aLogWithSomeEvents: fc.Arbitrary<LoggedHistory> = historyOf(
  wholeLog.map((plan): SessionPlan => ({ ...plan, lostBeginning: plan.lostBeginning || plan.logged[1] })),
).map(({ sessions, events }) => ({
  sessions,
  found: [...entriesOf(sessions), ...events.map((event) => found(event))],
}));

/** A log that has everything, and events up to the beginning of some session, as of a journal that is recorded no more. */
export const aLogWithStaleEvents: fc.Arbitrary<LoggedHistory> = fc
  .tuple(historyOf(wholeLog), fc.nat({ max: 11 }))
  .map(([{ sessions, events }, last]) => {
    const until = sessions[last]?.beginning?.timestamp ?? Infinity;
    const kept = events.filter(({ timestamp }) => timestamp <= until);
    return { sessions, found: [...entriesOf(sessions).toReversed(), ...kept.map((event) => found(event))] };
  });

/**
 * The same with the entries of a log among the events, as far as it can be told at all who was the latest: sessions of which
 * only the log knows are apart from all others by more than clocks are off, and the last of them was seen connected.
 */
export const aLoggedHistory: fc.Arbitrary<LoggedHistory> = aHistory
  .map(({ sessions, events }) => ({
    sessions,
    found: sessions
      .flatMap(({ logged }, index) => (index % 2 === 0 ? logged : logged.toReversed()))
      .concat(events.map((event) => found(event))),
  }))
  .filter(({ sessions }) => sessions.every((session) => isTellable(session, sessions)));

function isTellable(session: TrueSession, all: readonly TrueSession[]): boolean {
  if (session.beginning !== undefined || session.end !== undefined) return true;
  const logged = session.logged.map(({ event }) => event);
  const times = (of: TrueSession) =>
    [of.beginning, of.end, ...of.logged.map(({ event }) => event)].flatMap((event) =>
      event === undefined ? [] : [event.timestamp],
    );
  const others = all.filter((one) => one !== session).flatMap((one) => times(one));
  return (
    (logged.length === 0 || logged.some(({ eventType }) => eventType === 'connected')) &&
    logged.every(({ timestamp }) => others.every((other) => Math.abs(other - timestamp) > 5 * MINUTE))
  );
}

/** The latest session of which an event or the log tells. */
export function latestTold(sessions: readonly TrueSession[]): TrueSession | undefined {
  return sessions.findLast(
    ({ beginning, end, logged }) => beginning !== undefined || end !== undefined || logged.length > 0,
  );
}

/** The session that is the latest as far as anything is left of it: the reference that the code is held to. */
export function latestKnown(sessions: readonly TrueSession[]): TrueSession | undefined {
  return sessions.findLast(({ beginning, end }) => beginning !== undefined || end !== undefined);
}
