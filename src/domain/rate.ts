/**
 * AWS IoT delivers so many messages a second over one connection, and drops what is more; it cannot be raised. (AWS IoT Core
 * quotas, "Publish requests per second per connection")
 */
export const MOST_PER_SECOND = 100;

const SECOND_MS = 1_000;
const WINDOW_S = 60;

/** How many events came, second by second, over the last minute. */
export class Rate {
  readonly #counts = new Map<number, number>();
  total = 0;
  /** The most in any second so far. */
  peak = 0;

  count(at: number, events: number): void {
    const second = Math.floor(at / SECOND_MS);
    const sum = (this.#counts.get(second) ?? 0) + events;
    this.#counts.set(second, sum);
    this.total += events;
    this.peak = Math.max(this.peak, sum);
    for (const old of this.#counts.keys()) if (old <= second - WINDOW_S) this.#counts.delete(old);
  }

  /** Events a second, over the last minute, or since the beginning where that is less. */
  perSecond(now: number, since: number): number {
    const second = Math.floor(now / SECOND_MS);
    const recent = [...this.#counts].filter(([when]) => when > second - WINDOW_S);
    const sum = recent.reduce((all, [, events]) => all + events, 0);
    return sum / Math.min(WINDOW_S, Math.max(1, (now - since) / SECOND_MS));
  }

  /** Whether there may be more than AWS delivers: what it drops is never seen, so coming near to the limit is enough. */
  get isTooMuch(): boolean {
    return this.peak >= MOST_PER_SECOND;
  }
}
