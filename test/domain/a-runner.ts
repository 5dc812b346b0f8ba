import { kicks, succeeded } from '../../src/domain/acts.ts';
import { factsOf, learn } from '../../src/domain/facts.ts';
import type { Facts } from '../../src/domain/facts.ts';
import { earliestRetake, nextMove, quietSince } from '../../src/domain/hold.ts';
import type { EntryOf, IncidentEntry } from '../../src/domain/incident.ts';
import type { Method } from '../../src/domain/request.ts';
import { conclude } from '../../src/domain/verdict.ts';
import type { Conclusion } from '../../src/domain/verdict.ts';
import { judge } from '../../src/domain/verification.ts';
import { isDecided } from '../../src/response/verify.ts';
import type { ModelBroker, ModelSession } from './a-broker.ts';
import { CLIENT } from './an-event.ts';
import { failedAct, readAfter } from './an-incident.ts';

const ANSWER_MS = 40;
const TIMEOUT_MS = 20_000;

export type RunnerOptions = {
  readonly name: string;
  readonly principal: string;
  readonly method: Method;
  /** All that happened until the kick. */
  readonly before: readonly IncidentEntry[];
  readonly startAt: number;
  readonly deadlineAt: number;
  /** How late a closed connection is noticed. */
  readonly lossDelayMs: number;
  /** How far GetConnection is behind, and every how many readings it is refused. */
  readonly readLagMs: number;
  readonly unreadable: number;
};

/** What of the world a run touches. */
export type World = {
  readonly broker: ModelBroker;
  readonly at: (when: number, happen: () => void) => void;
};

/** The loop of a response (`src/response`: kick, verify, hold), with a number for a clock. */
export class Runner {
  facts: Facts;
  readonly log: IncidentEntry[];
  ended:
    | { readonly conclusion: Conclusion; readonly holder: ModelSession | undefined; readonly at: number }
    | undefined;
  readonly options: RunnerOptions;
  readonly #world: World;
  #state: 'kick' | 'verify' | 'hold' = 'kick';
  #busyUntil = 0;
  #verifyUntil = 0;
  #held: ModelSession | undefined;
  #askedApi = false;
  #readings = 0;

  constructor(options: RunnerOptions, world: World) {
    this.options = options;
    this.#world = world;
    this.log = [...options.before];
    this.facts = factsOf(options.before);
  }

  learn(entry: IncidentEntry): void {
    if (this.ended !== undefined) return;
    this.log.push(entry);
    this.facts = learn(this.facts, entry);
  }

  /** Our connection was displaced: not known before the broker's acknowledgement was, and not of one that was let go of. */
  onDisplaced(session: ModelSession, now: number): void {
    if (this.#held !== session) return;
    const noticedAt = Math.max(now + this.options.lossDelayMs, this.#busyUntil);
    this.#world.at(noticedAt, () => {
      if (this.#held === session) this.learn({ kind: 'lost', reason: 'closed', lostAt: noticedAt });
    });
  }

  tick(now: number): void {
    if (this.ended !== undefined || now < this.options.startAt || now < this.#busyUntil) return;
    if (now >= this.options.deadlineAt) return this.#end(now, false);
    if (this.#state === 'kick') this.#kickOut(now);
    else if (this.#state === 'verify') this.#verify(now);
    else this.#hold(now);
  }

  #kickOut(now: number): void {
    const { startAt } = this.options;
    if (this.facts.gaps.length > 0 && kicks(this.facts).length === 0 && now < startAt + TIMEOUT_MS) return;
    const last = kicks(this.facts).at(-1);
    const isDone =
      last !== undefined &&
      succeeded(last) &&
      (this.options.method === 'api' || last.intended.step === 'takeover');
    if (isDone) {
      this.#state = 'verify';
      this.#verifyUntil = now + TIMEOUT_MS;
      return this.#verify(now);
    }
    if (now > startAt + TIMEOUT_MS) return this.#end(now, undefined);
    if (last?.intended.step === 'delete-connection' || now >= earliestRetake(this.facts)) this.#kick(now);
  }

  #verify(now: number): void {
    if (!isDecided(judge(this.facts, now), this.facts, now) && now < this.#verifyUntil) return;
    this.#state = 'hold';
    this.#hold(now);
  }

  #hold(now: number): void {
    if (this.facts.planned?.plan.holdMs === 0) return this.#end(now, true);
    const move = nextMove(this.facts, now);
    if (move.kind === 'retake') return this.#kick(now);
    if (move.kind === 'yield') return this.#end(now, false);
    if (move.kind !== 'quiet') return;
    if (this.options.method === 'api') this.#read(now);
    if (nextMove(this.facts, now).kind === 'quiet') this.#end(now, true);
  }

  #kick(now: number): void {
    const { method } = this.options;
    const byApi = method === 'api' || (method === 'both' && !this.#askedApi);
    this.#askedApi = true;
    return byApi ? this.#call(now) : this.#take(now);
  }

  #call(now: number): void {
    const act = { step: 'delete-connection', target: CLIENT };
    this.learn({ kind: 'intended', ...act, startedAt: now });
    const already = !this.#world.broker.drop(now, this.options.name);
    this.#answer(now, () => {
      this.learn({ kind: 'done', ...act, already, sentAt: now, endedAt: now + ANSWER_MS });
      this.#read(now + ANSWER_MS);
    });
  }

  #take(now: number): void {
    const { name, principal } = this.options;
    this.#letGo(now);
    const act = { step: 'takeover', target: CLIENT };
    this.learn({ kind: 'intended', ...act, startedAt: now });
    this.#held = this.#world.broker.connect(name, principal, now);
    const endedAt = now + ANSWER_MS;
    const answer: EntryOf<'done'> | EntryOf<'failed'> =
      this.#held === undefined
        ? failedAct({ ...act, code: 'broker-refused', message: 'quota exceeded', hint: 'wait', endedAt })
        : { kind: 'done', ...act, already: false, sentAt: now, endedAt };
    this.#answer(now, () => this.learn(answer));
  }

  #answer(now: number, tell: () => void): void {
    this.#busyUntil = now + ANSWER_MS;
    this.#world.at(this.#busyUntil, tell);
  }

  #letGo(now: number): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && this.#world.broker.current === held)
      this.#world.broker.leave(this.options.name, now, 'CLIENT_INITIATED_DISCONNECT');
  }

  #read(now: number): void {
    const { readLagMs, unreadable } = this.options;
    this.#readings += 1;
    const isRefused = unreadable > 0 && this.#readings % unreadable === 0;
    if (isRefused)
      this.learn({ kind: 'connection-read', when: 'after', unheardOf: false, why: 'throttled', readAt: now });
    else this.learn(readAfter(this.#world.broker.reading(now, readLagMs), now));
  }

  #end(now: number, completed: boolean | undefined): void {
    if (completed !== undefined)
      this.learn({ kind: 'held', from: quietSince(this.facts) ?? now, until: now, completed });
    const stop =
      now >= this.options.deadlineAt && completed === false ? ({ kind: 'deadline' } as const) : undefined;
    const { current } = this.#world.broker;
    const holder = current?.process === this.options.name ? undefined : current;
    this.ended = { conclusion: conclude(this.facts, now, stop), holder, at: now };
    this.#letGo(now);
  }
}
