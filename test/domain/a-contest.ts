import * as fc from 'fast-check';
import type { Facts } from '../../src/domain/facts.ts';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import type { Conclusion } from '../../src/domain/verdict.ts';
import { ModelBroker } from './a-broker.ts';
import type { ModelSession } from './a-broker.ts';
import { Runner } from './a-runner.ts';
import {
  COLLEAGUE,
  INTRUDER,
  OURS,
  SIGHTED_AT,
  STRANGER,
  aConnectFailedEvent,
  aConnectedEvent,
  aDisconnectedEvent,
} from './an-event.ts';
import { CONTAINED_AT, SENT_AT, aSighting, containedOnly, identified, observed } from './an-incident.ts';

/** Who contends: processes, several of which speak as the same principal. */
const PROCESSES = {
  'intruder-1': INTRUDER,
  'intruder-2': INTRUDER,
  'intruder-3': INTRUDER,
  stranger: STRANGER,
  colleague: COLLEAGUE,
  'another-run': OURS,
} as const;
type Process = keyof typeof PROCESSES;

/** What a contender does after a pause. To connect again, before the end of its old session was noticed, is a way to leave it. */
type Step = {
  readonly after: number;
  readonly who: Process;
  readonly does: 'connect' | 'leave' | 'vanish';
};

/** What becomes of an event on its way: how often it arrives, each time after so many milliseconds. None: it is lost. */
type Fate = readonly number[];

/** What else is heard, and is no news of this contest. */
type Noise = { readonly at: number; readonly what: 'other-client' | 'refused' | 'of-long-ago' | 'nonsense' };

/** The world around a response: who contends for the client ID before and after the kick, and what becomes of the events. */
export type Contest = {
  readonly method: 'takeover' | 'api' | 'both';
  /** Whether the sighted session is still there when the watch begins; `anew`: gone for so long that versions began again. */
  readonly sighted: 'there' | 'gone' | 'gone-and-known' | 'anew';
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  readonly fates: readonly Fate[];
  /** What the events of others lack: those of 2016 have neither. */
  readonly lacking: 'nothing' | 'session' | 'version' | 'both';
  readonly noise: readonly Noise[];
  /** The watch is cut for a while, and that is noticed so long after. */
  readonly cut?: { readonly at: number; readonly ms: number; readonly noticedAfter: number } | undefined;
  readonly limited: boolean;
  readonly holdMs: number;
  readonly canaryDelayMs: number;
  readonly lossDelayMs: number;
  readonly readLagMs: number;
  readonly unreadable: number;
};

const who: fc.Arbitrary<Process> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('intruder-1' as const) },
  { weight: 2, arbitrary: fc.constantFrom('intruder-2' as const, 'intruder-3' as const) },
  { weight: 2, arbitrary: fc.constant('stranger' as const) },
  { weight: 1, arbitrary: fc.constantFrom('colleague' as const, 'another-run' as const) },
);

function steps(most: number): fc.Arbitrary<Step[]> {
  const does = fc.constantFrom('connect' as const, 'connect' as const, 'leave' as const, 'vanish' as const);
  const after = fc.oneof(fc.nat({ max: 7_000 }), fc.nat({ max: 300 }));
  return fc.array(fc.record({ after, who, does }), { maxLength: most });
}

const promptly: fc.Arbitrary<Fate> = fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 2 });
const anyhow: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 6, arbitrary: promptly },
  { weight: 3, arbitrary: fc.array(fc.nat({ max: 9_000 }), { minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: fc.constant([]) },
);

const noise: fc.Arbitrary<Noise> = fc.record({
  at: fc.integer({ min: -20_000, max: 25_000 }),
  what: fc.constantFrom('other-client', 'refused', 'of-long-ago', 'nonsense'),
});

/** A contest in which all that can go wrong with events does; `calm`: every event arrives, soon and whole. */
export function aContest(
  holdMs: fc.Arbitrary<number>,
  method: Contest['method'] = 'takeover',
  { calm = false } = {},
): fc.Arbitrary<Contest> {
  const rarely = <T>(usual: T, unusual: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: calm ? 0 : 1, arbitrary: unusual });
  return fc.record({
    method: fc.constant(method),
    sighted: fc.constantFrom(
      'there' as const,
      'there' as const,
      'gone' as const,
      'gone-and-known' as const,
      'anew' as const,
    ),
    before: steps(3),
    after: steps(calm ? 3 : 6),
    fates: fc.array(calm ? promptly : anyhow, { minLength: 5, maxLength: 20 }),
    lacking: rarely<Contest['lacking']>('nothing', fc.constantFrom('session', 'version', 'both')),
    noise: fc.array(noise, { maxLength: 3 }),
    cut: rarely<Contest['cut']>(
      undefined,
      fc.record({
        at: fc.integer({ min: -3_000, max: 8_000 }),
        ms: fc.integer({ min: 100, max: 3_000 }),
        noticedAfter: fc.nat({ max: 2_000 }),
      }),
    ),
    limited: fc.boolean(),
    holdMs,
    canaryDelayMs: fc.constantFrom(50, 4_000),
    lossDelayMs: rarely(0, fc.constantFrom(300, 20_000)),
    readLagMs: rarely(0, fc.constantFrom(500, 2_000)),
    unreadable: rarely(0, fc.integer({ min: 1, max: 3 })),
  });
}

const DEADLINE_MS = 45_000;

/** The end of a contest: what was concluded, from which facts, and who really had the client ID then. */
export type Outcome = {
  readonly conclusion: Conclusion;
  readonly facts: Facts;
  readonly holder: string | undefined;
  readonly told: Told;
};

/** All that a judge who knows the truth of each event needs to judge anew. */
export type Told = {
  readonly runner: Runner;
  readonly truth: ReadonlyMap<unknown, ModelSession>;
  readonly holder: ModelSession | undefined;
  readonly endedAt: number;
};

/** Plays a response against the model. Deterministic: time is a number. */
export function play(contest: Contest): Outcome {
  const arena = new Arena(contest);
  const runner = arena.enter({ name: 'us', principal: OURS, responders: [COLLEAGUE], startAt: SENT_AT });
  arena.play();
  const { ended } = runner;
  if (ended === undefined) throw new Error('it did not end');
  const told = { runner, truth: arena.truth, holder: ended.holder, endedAt: ended.at };
  return { conclusion: ended.conclusion, facts: runner.facts, holder: ended.holder?.principal, told };
}

/** Two runs at once, of two responders or of one, from different state directories. */
export function duel(contest: Contest, second: { readonly principal: string; readonly startsAfter: number }) {
  const arena = new Arena(contest);
  const names = [OURS, second.principal];
  const one = { name: 'us', principal: OURS, responders: names.slice(1), startAt: SENT_AT };
  const other = { ...second, name: 'them', responders: [OURS], startAt: SENT_AT + second.startsAfter };
  const runners = [arena.enter(one), arena.enter(other)];
  arena.play();
  return runners;
}

type Entrant = {
  readonly name: string;
  readonly principal: string;
  readonly responders: readonly string[];
  readonly startAt: number;
};

type Happening = { readonly at: number; readonly happen: () => void };

class Arena {
  readonly truth = new Map<unknown, ModelSession>();
  #now = CONTAINED_AT - 20_000;
  #events = 0;
  readonly #agenda: Happening[] = [];
  readonly #runners: Runner[] = [];
  readonly #contest: Contest;
  readonly #broker: ModelBroker;

  constructor(contest: Contest) {
    this.#contest = contest;
    const { sighted, limited } = contest;
    this.#broker = new ModelBroker({
      publish: (event, session) => this.#send(event, session),
      onDisplaced: (session, at) => {
        for (const runner of this.#runners) runner.onDisplaced(session, at);
      },
      firstVersion: sighted === 'anew' ? 0 : 97,
      limited,
    });
    if (sighted === 'there') this.#broker.begin(SIGHTED_SESSION);
  }

  enter({ name, principal, responders, startAt }: Entrant): Runner {
    const { method, holdMs, canaryDelayMs, sighted, lossDelayMs, readLagMs, unreadable } = this.#contest;
    const sightedAt = sighted === 'anew' ? LONG_AGO : SIGHTED_AT;
    const sighting = aSighting({ ended: sighted === 'gone-and-known', timestamp: sightedAt });
    const mine = principal.length === 64 ? { mqttIdentity: principal } : { mqttIdentity: undefined };
    const before = [
      ...containedOnly({
        plan: { holdMs, method },
        sighting,
        canaryDelayMs,
        opened: mine,
        request: { responders: [...responders] },
      }),
      identified({ clockSkewMs: 0, ...(principal === OURS ? {} : { responder: { principal } }) }),
    ].map((entry) => (entry.kind === 'watch-proved' ? { ...entry, principalIdentifier: principal } : entry));
    const options = { name, principal, method, before, startAt, lossDelayMs, readLagMs, unreadable };
    const world = {
      broker: this.#broker,
      at: (when: number, happen: () => void) => void this.#agenda.push({ at: when, happen }),
    };
    const runner = new Runner({ ...options, deadlineAt: startAt + DEADLINE_MS }, world);
    this.#runners.push(runner);
    return runner;
  }

  play(): void {
    const { before, after, cut } = this.#contest;
    this.#schedule(before, this.#now);
    this.#schedule(after, SENT_AT + 100);
    for (const one of this.#contest.noise) this.#makeNoise(one);
    if (cut !== undefined) this.#scheduleCut(cut);
    const end = SENT_AT + 2 * DEADLINE_MS;
    for (let at = SENT_AT; at < end && this.#runners.some(({ ended }) => ended === undefined); at += 500)
      this.#advance(at);
  }

  #schedule(plan: readonly Step[], start: number): void {
    let at = start;
    for (const step of plan) {
      at += step.after;
      const when = at;
      this.#agenda.push({ at: when, happen: () => this.#contend(step, when) });
    }
  }

  #contend({ does, who }: Step, at: number): void {
    if (does === 'connect') this.#broker.connect(who, PROCESSES[who], at);
    else if (does === 'leave') this.#broker.leave(who, at, 'CLIENT_INITIATED_DISCONNECT');
    else this.#broker.leave(who, at, 'A_REASON_OF_NEXT_YEAR');
  }

  /** A cut watch hears nothing; once the cut is noticed, it is opened anew, and its canary is heard. */
  #scheduleCut({ at, ms, noticedAfter }: NonNullable<Contest['cut']>): void {
    const noticedAt = SENT_AT + at + noticedAfter;
    const startedAt = Math.max(noticedAt, SENT_AT + at + ms) + 1_000;
    const watching = { kind: 'watching', watcherId: 'evict-watch-2', mqttVersion: 5, startedAt } as const;
    for (const runner of this.#runners) {
      const proved = {
        kind: 'watch-proved',
        delayMs: 50,
        principalIdentifier: runner.options.principal,
      } as const;
      this.#agenda.push(
        { at: noticedAt, happen: () => runner.learn({ kind: 'gap', reason: 'cut', noticedAt }) },
        { at: startedAt, happen: () => runner.learn(watching) },
        { at: startedAt + 50, happen: () => runner.learn(proved) },
      );
    }
  }

  #isDeafAt(at: number): boolean {
    const { cut } = this.#contest;
    return (
      cut !== undefined &&
      at >= SENT_AT + cut.at &&
      at < Math.max(SENT_AT + cut.at + cut.ms, SENT_AT + cut.at + cut.noticedAfter) + 1_000
    );
  }

  #send(event: SessionEvent, session: ModelSession): void {
    const { fates, lacking } = this.#contest;
    const isOthers = session.process in PROCESSES;
    const sent = isOthers ? without(event, lacking) : event;
    this.truth.set(sent, session);
    for (const runner of this.#runners) {
      const fate = fates[this.#events % fates.length] ?? [];
      this.#events += 1;
      for (const delay of fate) this.#deliver(sent, this.#now, this.#now + delay, runner);
    }
  }

  #deliver(event: unknown, sentAt: number, at: number, runner: Runner): void {
    if (this.#isDeafAt(sentAt) || this.#isDeafAt(at)) return;
    this.#agenda.push({ at, happen: () => runner.learn(observed(event, at)) });
  }

  #makeNoise({ at, what }: Noise): void {
    const when = SENT_AT + at;
    for (const runner of this.#runners)
      this.#agenda.push({ at: when, happen: () => runner.learn(observed(NOISES[what], when)) });
  }

  #advance(until: number): void {
    for (;;) {
      const next = this.#agenda
        .filter(({ at }) => at <= until)
        .reduce<Happening | undefined>(
          (first, one) => (first === undefined || one.at < first.at ? one : first),
          undefined,
        );
      if (next === undefined) break;
      this.#agenda.splice(this.#agenda.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.at);
      next.happen();
      for (const runner of this.#runners) runner.tick(this.#now);
    }
    this.#now = until;
    for (const runner of this.#runners) runner.tick(this.#now);
  }
}

const LONG_AGO = SIGHTED_AT - 7_200_000;

const SIGHTED_SESSION = {
  process: 'intruder-1',
  principal: INTRUDER,
  id: 'sighted-session',
  version: 96,
  since: SIGHTED_AT,
};

const NOISES = {
  'other-client': aDisconnectedEvent({ clientId: 'pump-18' }),
  refused: aConnectFailedEvent(),
  'of-long-ago': aConnectedEvent({
    timestamp: LONG_AGO,
    sessionIdentifier: 'of-long-ago',
    versionNumber: 12,
  }),
  nonsense: { eventType: 'connected', clientId: 17 },
};

function without(event: SessionEvent, lacking: Contest['lacking']): SessionEvent {
  const { sessionIdentifier, versionNumber, ...bare } = event;
  switch (lacking) {
    case 'nothing':
      return event;
    case 'session':
      return { ...bare, versionNumber };
    case 'version':
      return { ...bare, sessionIdentifier };
    case 'both':
      return bare;
  }
}

/** A kick and what followed it, told completely: every event arrives, in any order and up to three times. */
export type ToldStory = {
  readonly events: readonly SessionEvent[];
  readonly holder: string | undefined;
  readonly displaced: readonly string[];
};

/** Lets contenders fight around one takeover, and returns what the broker published from the takeover on. */
export function tell(before: readonly Step[], after: readonly Step[]): ToldStory {
  const events: SessionEvent[] = [];
  const broker = new ModelBroker({ publish: (event) => events.push(event) });
  broker.begin(SIGHTED_SESSION);
  const act = ({ does, who }: Step) =>
    does === 'connect' ? broker.connect(who, PROCESSES[who], SENT_AT) : broker.leave(who, SENT_AT);
  before.forEach(act);
  events.length = 0;
  const displaced = broker.current === undefined ? [] : [broker.current.principal];
  broker.connect('us', OURS, SENT_AT);
  after.forEach(act);
  const { current } = broker;
  return { events, displaced, holder: current?.principal === OURS ? undefined : current?.principal };
}

/** Of anybody but another run of ours, which these stories cannot tell from us. */
export const someSteps: fc.Arbitrary<Step[]> = steps(5).map((all) =>
  all.filter(({ who }) => who !== 'another-run'),
);
