import { EvictError } from '../domain/errors.ts';
import type { CanarySeen, PresenceWatch } from '../domain/broker-ports.ts';
import type { ActingPorts } from '../domain/ports.ts';
import { following } from '../domain/signals.ts';
import type { Follower } from '../domain/signals.ts';
import type { Incident } from './incident.ts';

/** All that a watch needs of the outside. */
export type WatchReach = {
  readonly ports: Pick<ActingPorts, 'clock' | 'presence'>;
  readonly incident: Incident;
};

/** Opens one watch, which tells when it is cut. */
type Listen = (onGap: (reason: string) => void, signal: AbortSignal) => Promise<PresenceWatch>;

/** Between two tries to listen again. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * A watch that listens anew after it was cut, under another ID and with another canary, until it is disposed of: what was missed
 * stays a gap, but who comes after it is seen, and can be named. Failing to is no reason to stop: it tries again, ever more
 * rarely.
 */
export class LastingWatch implements PresenceWatch {
  readonly #listen: Listen;
  readonly #reach: WatchReach;
  readonly #timeoutMs: number;
  readonly #life: Follower;
  #watch: PresenceWatch;
  #cut = false;
  #mending: Promise<void> | undefined;

  private constructor(first: PresenceWatch, how: How, life: Follower) {
    this.#watch = first;
    this.#listen = how.listen;
    this.#reach = how.reach;
    this.#timeoutMs = how.timeoutMs;
    this.#life = life;
  }

  /** Throws where the first watch cannot be opened: then there is nothing that could last. */
  static async open(how: How, signal: AbortSignal): Promise<LastingWatch> {
    let whenCut: (reason: string) => void = (reason) => noteGap(how.reach, reason);
    using limit = how.reach.ports.clock.within(how.timeoutMs, signal);
    const first = await how.listen((reason) => whenCut(reason), limit.signal);
    const watch = new LastingWatch(first, how, following(signal));
    whenCut = (reason) => watch.#onGap(reason);
    return watch;
  }

  get watcherId(): string {
    return this.#watch.watcherId;
  }

  get mqttVersion(): 4 | 5 {
    return this.#watch.mqttVersion;
  }

  prove(signal: AbortSignal): Promise<CanarySeen> {
    return this.#watch.prove(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.stop('the watch is over');
    this.#life[Symbol.dispose]();
    try {
      await this.#mending;
    } finally {
      await this.#watch[Symbol.asyncDispose]();
    }
  }

  #onGap(reason: string): void {
    this.#cut = true;
    noteGap(this.#reach, reason);
    if (this.#mending !== undefined) return;
    this.#mending = this.#mend();
    this.#mending.catch(() => undefined); // told to whoever disposes of the watch
  }

  async #mend(): Promise<void> {
    const { signal } = this.#life;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      await this.#reach.ports.clock.sleep(pauseMs, signal);
      if (signal.aborted || ((await this.#listensAgain()) && !this.#cut)) break;
    }
    this.#mending = undefined;
  }

  async #listensAgain(): Promise<boolean> {
    const { ports, incident } = this.#reach;
    using limit = ports.clock.within(this.#timeoutMs, this.#life.signal);
    try {
      await this.#watch[Symbol.asyncDispose]();
      this.#cut = false;
      this.#watch = await this.#listen((reason) => this.#onGap(reason), limit.signal);
      const { watcherId, mqttVersion } = this.#watch;
      await incident.record({ kind: 'watching', watcherId, mqttVersion, startedAt: ports.clock.now() });
      await incident.record({ kind: 'watch-proved', ...(await this.#watch.prove(limit.signal)) });
      return true;
    } catch (error) {
      if (this.#life.signal.aborted || isDeafness(error)) return false;
      throw error;
    }
  }
}

type How = { readonly listen: Listen; readonly reach: WatchReach; readonly timeoutMs: number };

function noteGap({ incident, ports }: WatchReach, reason: string): void {
  incident.note({ kind: 'gap', reason, noticedAt: ports.clock.now() });
}

/** The cloud's failure to let us listen is an outcome; a broken record or a bug is not. */
export function isDeafness(error: unknown): error is EvictError {
  return error instanceof EvictError && error.source === 'cloud' && error.code !== 'record-unwritable';
}
