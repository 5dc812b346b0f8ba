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
  /** Whether the client was offline for more than an hour before, so that the version began anew. */
  readonly reset: boolean;
  readonly lostBeginning: boolean;
  readonly lostEnd: boolean;
  readonly noise: readonly [number, number];
};

/** A session as it really was, with those of its events that were kept. */
export type TrueSession = {
  readonly principal: string;
  readonly id: string;
  readonly version: number;
  readonly beginning?: SessionEvent | undefined;
  readonly end?: SessionEvent | undefined;
};

export type History = { readonly sessions: readonly TrueSession[]; readonly events: readonly SessionEvent[] };

const sessionPlan: fc.Arbitrary<SessionPlan> = fc.record({
  principal: fc.constantFrom(INTRUDER, STRANGER),
  pause: fc.nat({ max: 50 * MINUTE }),
  length: fc.oneof(fc.nat({ max: 5 * MINUTE }), fc.nat({ max: 9 * 24 * HOUR })),
  skipped: fc.nat({ max: 3 }),
  left: fc.boolean(),
  reset: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
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
    now += plan.reset ? HOUR + 6 * MINUTE + plan.pause : plan.pause;
    version = plan.reset ? plan.skipped : version + 1 + plan.skipped;
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
    now += plan.length;
    const end = aDisconnectedEvent({ ...common, timestamp: now + plan.noise[1] });
    const isLast = index === plans.length - 1;
    return {
      ...session,
      ...(plan.lostBeginning ? {} : { beginning }),
      ...(plan.lostEnd || (isLast && !plan.left) ? {} : { end }),
    };
  });
}

/** The session that is the latest as far as anything is left of it: the reference that the code is held to. */
export function latestKnown(sessions: readonly TrueSession[]): TrueSession | undefined {
  return sessions.findLast(({ beginning, end }) => beginning !== undefined || end !== undefined);
}
