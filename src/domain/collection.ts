import { byTime } from './found-event.ts';
import type { FoundEvent } from './found-event.ts';
import { isFuture } from './history-window.ts';
import { isActivity } from './iot-log-entry.ts';
import type { Search } from './source-ports.ts';
import { identityKey, principalOf } from './principal.ts';
import { isLookedFor } from './searching.ts';

/** Of all that a source yields, what a question needs: a source may hold more than there is memory for. */
export interface Collection {
  add(found: FoundEvent): void;
  readonly kept: readonly FoundEvent[];
}

/** A client with more events than this is fighting; its newest ones tell enough. */
const MOST_EVENTS = 5_000;
/** What tells the latest session of one principal on one client, although events come twice and not in order. */
const FEW = 8;
/** So many others are named. More are as good as all. */
export const MOST_PAIRS = 20_000;
/** So many can be picked from. */
export const MOST_OF_ALL = 100_000;

/** What answers the search. What is dated later than `now` goes first where there is too much: it would push the rest out. */
export function collectionFor(search: Search, now: number): Collection {
  const all: Collection =
    search.for === 'client'
      ? new NewestEvents(now)
      : new LatestOfEach(now, search.for === 'everybody' ? MOST_OF_ALL : MOST_PAIRS);
  return {
    add: (found) => {
      if (isLookedFor(found.event, search)) all.add(found);
    },
    get kept() {
      return all.kept;
    },
  };
}

/** The newest events of a client and, of those before, the latest of each principal: somebody may ask for it by name. */
export class NewestEvents implements Collection {
  #events: FoundEvent[] = [];
  readonly #now: number;
  readonly #most: number;

  constructor(now: number, most = MOST_EVENTS) {
    this.#now = now;
    this.#most = most;
  }

  add(found: FoundEvent): void {
    this.#events.push(found);
    if (this.#events.length > 2 * this.#most) this.#thin();
  }

  get kept(): readonly FoundEvent[] {
    return this.#events;
  }

  #thin(): void {
    const ordered = this.#events.toSorted(byWorth(this.#now));
    const older = new LatestOfEach(this.#now, this.#most / (2 * FEW));
    for (const found of ordered.slice(0, -this.#most).toReversed()) older.add(found, found.raw);
    this.#events = [...older.kept, ...ordered.slice(-this.#most)];
  }
}

/** The latest of each principal on each client. The payload as it was received is only kept where it says more than the event. */
export class LatestOfEach implements Collection {
  readonly #pairs = new Map<string, FoundEvent[]>();
  readonly #now: number;
  readonly #most: number;
  readonly #few: number;
  #isFull = false;

  constructor(now: number, most: number, few = FEW) {
    this.#now = now;
    this.#most = most;
    this.#few = few;
  }

  /** Whether there were more than are kept. */
  get isFull(): boolean {
    return this.#isFull;
  }

  add(found: FoundEvent, raw = isActivity(found.raw) ? found.raw : undefined): void {
    const { clientId, principalIdentifier } = found.event;
    const key = JSON.stringify([clientId, identityKey(principalOf(principalIdentifier))]);
    const seen = this.#pairs.get(key);
    if (seen === undefined) this.#begin(key, { ...found, raw });
    else if (seen.every((one) => byTime(one, found) !== 0))
      this.#pairs.set(key, this.#latest(seen, { ...found, raw }));
  }

  #begin(key: string, found: FoundEvent): void {
    this.#isFull ||= this.#pairs.size >= this.#most;
    if (!this.#isFull) this.#pairs.set(key, [found]);
  }

  /** Sorted now and then only: events mostly come in order. */
  #latest(seen: FoundEvent[], found: FoundEvent): FoundEvent[] {
    seen.push(found);
    return seen.length > 2 * this.#few ? seen.toSorted(byWorth(this.#now)).slice(-this.#few) : seen;
  }

  get kept(): readonly FoundEvent[] {
    return [...this.#pairs.values()].flat();
  }
}

/** The newest last, after all that is dated in the future. */
function byWorth(now: number): typeof byTime {
  const rank = ({ event }: Pick<FoundEvent, 'event'>) => (isFuture(event.timestamp, now) ? 0 : 1);
  return (one, two) => rank(one) - rank(two) || byTime(one, two);
}
