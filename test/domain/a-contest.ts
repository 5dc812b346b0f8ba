import * as fc from 'fast-check';
import { learn, factsOf } from '../../src/domain/facts.ts';
import type { Facts } from '../../src/domain/facts.ts';
import { nextMove, quietSince } from '../../src/domain/hold.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import { conclude } from '../../src/domain/verdict.ts';
import type { Conclusion } from '../../src/domain/verdict.ts';
import { judge } from '../../src/domain/verification.ts';
import { ModelBroker } from './a-broker.ts';
import { COLLEAGUE, INTRUDER, OURS, SIGHTED_AT, STRANGER } from './an-event.ts';
import {
  CONTAINED_AT,
  SENT_AT,
  aSighting,
  apiKick,
  containedOnly,
  identified,
  lost,
  observed,
  readAfter,
  takeover,
} from './an-incident.ts';

/** What a contender does after a pause. */
type Step = { readonly after: number; readonly who: string; readonly does: 'connect' | 'leave' };

/** What becomes of an event on its way: how often it arrives, each time after so many milliseconds. None: it is lost. */
type Fate = readonly number[];

/** The world around a response: who contends for the client ID before and after the kick, and what becomes of the events. */
export type Contest = {
  readonly method: 'takeover' | 'api';
  /** Whether the sighted session is still there when the watch begins, and whether its end is in the sources. */
  readonly sighted: 'there' | 'gone' | 'gone-and-known';
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  readonly fates: readonly Fate[];
  readonly holdMs: number;
  readonly canaryDelayMs: number;
};

const who = fc.oneof(
  { weight: 4, arbitrary: fc.constant(INTRUDER) },
  { weight: 2, arbitrary: fc.constant(STRANGER) },
  { weight: 1, arbitrary: fc.constant(COLLEAGUE) },
);

function steps(most: number): fc.Arbitrary<Step[]> {
  const does = fc.constantFrom('connect' as const, 'leave' as const);
  return fc.array(fc.record({ after: fc.nat({ max: 7_000 }), who, does }), { maxLength: most });
}

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 2 }) },
  { weight: 3, arbitrary: fc.array(fc.nat({ max: 9_000 }), { minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: fc.constant([]) },
);

export function aContest(
  holdMs: fc.Arbitrary<number>,
  method: Contest['method'] = 'takeover',
): fc.Arbitrary<Contest> {
  return fc.record({
    method: fc.constant(method),
    sighted: fc.constantFrom('there' as const, 'gone' as const, 'gone-and-known' as const),
    before: steps(3),
    after: steps(6),
    fates: fc.array(fate, { minLength: 5, maxLength: 20 }),
    holdMs,
    canaryDelayMs: fc.constantFrom(50, 4_000),
  });
}

const VERIFY_MS = 20_000;
const DEADLINE_MS = 25_000;

const SIGHTED_SESSION = { principal: INTRUDER, id: 'sighted-session', version: 96, since: SIGHTED_AT };

type Happening = { readonly at: number; readonly happen: () => void };

/** The end of a contest: what was concluded, from which facts, and who really had the client ID then. */
export type Outcome = {
  readonly conclusion: Conclusion;
  readonly facts: Facts;
  readonly holder: string | undefined;
};

/** Plays a response against the model. Deterministic: time is a number. */
export function play(contest: Contest): Outcome {
  return new Arena(contest).play();
}

class Arena {
  #now = CONTAINED_AT - 20_000;
  #facts: Facts;
  #events = 0;
  readonly #agenda: Happening[] = [];
  readonly #contest: Contest;
  readonly #broker: ModelBroker;

  constructor(contest: Contest) {
    this.#contest = contest;
    this.#broker = new ModelBroker((event) => this.#send(event), 97);
    this.#facts = factsOf([]);
  }

  play(): Outcome {
    const { holdMs, canaryDelayMs, sighted, before, after, method } = this.#contest;
    const sighting = aSighting({ ended: sighted === 'gone-and-known' });
    if (sighted === 'there') this.#broker.current = SIGHTED_SESSION;
    this.#facts = factsOf([
      ...containedOnly({ plan: { holdMs, method }, sighting, canaryDelayMs }),
      identified({ clockSkewMs: 0 }),
    ]);
    this.#schedule(before, this.#now);
    this.#schedule(after, SENT_AT + 100);
    this.#advance(SENT_AT);
    this.#kick();
    this.#verify();
    const completed = this.#hold();
    this.#learn({ kind: 'held', from: quietSince(this.#facts) ?? this.#now, until: this.#now, completed });
    const stop = completed ? undefined : ({ kind: 'deadline' } as const);
    const { current } = this.#broker;
    return {
      conclusion: conclude(this.#facts, this.#now, stop),
      facts: this.#facts,
      holder: current?.principal === OURS ? undefined : current?.principal,
    };
  }

  #verify(): void {
    const giveUpAt = this.#now + VERIFY_MS;
    while (judge(this.#facts, this.#now).kind === 'silence' && this.#now < giveUpAt)
      this.#advance(this.#now + 500);
  }

  #hold(): boolean {
    const deadline = this.#now + DEADLINE_MS;
    if (this.#contest.holdMs === 0) return true;
    for (;;) {
      if (this.#now >= deadline) return false;
      const move = nextMove(this.#facts, this.#now);
      if (move.kind === 'quiet' && this.#isQuiet()) return true;
      if (move.kind === 'yield') return false;
      if (move.kind === 'retake') this.#kick();
      else if (move.kind !== 'quiet') this.#advance(Math.min(deadline, this.#now + Math.min(move.ms, 500)));
    }
  }

  /** Nobody holds the ID after a kick by API: it is read once more. */
  #isQuiet(): boolean {
    if (this.#contest.method === 'api') this.#read();
    return nextMove(this.#facts, this.#now).kind === 'quiet';
  }

  #kick(): void {
    if (this.#contest.method === 'takeover') return this.#take();
    const at = this.#now;
    const [intended, done] = apiKick(at, { already: !this.#broker.drop(at) });
    this.#learn(intended);
    this.#advance(at + 40);
    this.#learn(done);
    this.#read();
  }

  #read(): void {
    this.#learn(readAfter(this.#broker.reading(), this.#now));
  }

  #take(): void {
    const [intended, done] = takeover(this.#now);
    this.#learn(intended);
    this.#broker.connect(OURS, this.#now);
    this.#learn(done);
    this.#advance(this.#now + 40);
  }

  #schedule(plan: readonly Step[], start: number): void {
    let at = start;
    for (const step of plan) {
      at += step.after;
      const when = at;
      this.#agenda.push({ at: when, happen: () => this.#contend(step, when) });
    }
  }

  /** Whoever displaces us closes our connection, and that is known at once. */
  #contend(step: Step, at: number): void {
    if (step.does === 'leave') return this.#broker.leave(step.who, at);
    const wasOurs = this.#broker.current?.principal === OURS;
    this.#broker.connect(step.who, at);
    if (wasOurs) this.#learn(lost(at));
  }

  #send(event: SessionEvent): void {
    const { fates } = this.#contest;
    const fateOfEvent = fates[this.#events % fates.length] ?? [];
    this.#events += 1;
    for (const delay of fateOfEvent) {
      const at = this.#now + delay;
      this.#agenda.push({ at, happen: () => this.#learn(observed(event, at)) });
    }
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
    }
    this.#now = until;
  }

  #learn(entry: IncidentEntry): void {
    this.#facts = learn(this.#facts, entry);
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
  const broker = new ModelBroker((event) => events.push(event), 97);
  broker.current = SIGHTED_SESSION;
  const act = (step: Step) =>
    step.does === 'connect' ? broker.connect(step.who, SENT_AT) : broker.leave(step.who, SENT_AT);
  before.forEach(act);
  events.length = 0;
  const displaced = broker.current === undefined ? [] : [broker.current.principal];
  broker.connect(OURS, SENT_AT);
  after.forEach(act);
  const { current } = broker;
  return { events, displaced, holder: current?.principal === OURS ? undefined : current?.principal };
}

export const someSteps: fc.Arbitrary<Step[]> = steps(5);
