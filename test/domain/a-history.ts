import * as fc from 'fast-check';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import { INTRUDER, STRANGER, aConnectedEvent, aDisconnectedEvent } from './an-event.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGINNING = 1_700_000_000_000;
/** How far an event's time may be off. */
const NOISE = 2.5 * MINUTE - 1;

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
  readonly logged: readonly SessionEvent[];
};

export type History = { readonly sessions: readonly TrueSession[]; readonly events: readonly SessionEvent[] };

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
});

/**
 * Histories of one client as AWS tells them: versions that grow by session and start again after an hour offline, times that
 * are off by up to two and a half minutes, events that are lost, doubled and shuffled.
 */
export const aHistory: fc.Arbitrary<History> = fc
  .tuple(
    fc.array(sessionPlan, { minLength: 1, maxLength: 12 }),
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

function realise(plans: readonly SessionPlan[]): TrueSession[] {
  let now = BEGINNING;
  let version = 0;
  return plans.map((plan, index) => {
    now += plan.reset + plan.pause;
    version = plan.reset > 0 ? plan.skipped : version + 1 + plan.skipped;
    const session = { principal: plan.principal, id: `session-${index}`, version };
    const common = {
      principalIdentifier: plan.principal,
      sessionIdentifier: session.id,
      versionNumber: version,
    };
    const beginning = aConnectedEvent({
      ...common,
      timestamp: now + plan.noise[0],
      ipAddress: `192.0.2.${index}`,
    });
    const from = now;
    now += plan.length;
    const end = aDisconnectedEvent({ ...common, timestamp: now + plan.noise[1] });
    const isLast = index === plans.length - 1;
    const isOpen = isLast && !plan.left;
    return {
      ...session,
      isOpen,
      logged: loggedOf(plan, { from, until: now, isOpen }),
      ...(plan.lostBeginning ? {} : { beginning }),
      ...(plan.lostEnd || isOpen ? {} : { end }),
    };
  });
}

type Span = { readonly from: number; readonly until: number; readonly isOpen: boolean };

function loggedOf({ principal, logged }: SessionPlan, { from, until, isOpen }: Span): SessionEvent[] {
  const bare = {
    principalIdentifier: principal,
    sessionIdentifier: undefined,
    versionNumber: undefined,
  };
  const [beginning, midst, end] = logged;
  return [
    ...(beginning ? [aConnectedEvent({ ...bare, timestamp: from })] : []),
    ...(midst ? [aConnectedEvent({ ...bare, timestamp: Math.round((from + until) / 2) })] : []),
    ...(end && !isOpen ? [aDisconnectedEvent({ ...bare, timestamp: until })] : []),
  ];
}

/**
 * The same with the entries of a log among the events, as far as it can be told at all who was the latest: sessions of which
 * only the log knows are apart from all others by more than clocks are off, and the last of them was seen connected.
 */
export const aLoggedHistory: fc.Arbitrary<History> = aHistory
  .map(({ sessions, events }) => ({
    sessions,
    events: sessions
      .flatMap(({ logged }, index) => (index % 2 === 0 ? logged : logged.toReversed()))
      .concat(events),
  }))
  .filter(({ sessions }) => sessions.every((session) => isTellable(session, sessions)));

function isTellable(session: TrueSession, all: readonly TrueSession[]): boolean {
  if (session.beginning !== undefined || session.end !== undefined) return true;
  const times = (of: TrueSession) =>
    [of.beginning, of.end, ...of.logged].flatMap((event) => (event === undefined ? [] : [event.timestamp]));
  const others = all.filter((one) => one !== session).flatMap((one) => times(one));
  return (
    (session.logged.length === 0 || session.logged.some(({ eventType }) => eventType === 'connected')) &&
    session.logged.every(({ timestamp }) => others.every((other) => Math.abs(other - timestamp) > 5 * MINUTE))
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
