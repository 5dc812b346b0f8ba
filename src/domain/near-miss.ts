import type { Collection } from './collection.ts';
import { latest } from './history.ts';
import { credible } from './history-window.ts';
import type { FoundEvent } from './found-event.ts';
import { coreOf } from './siblings.ts';

const MOST_SHOWN = 5;
const MOST_KEPT = 1_000;

/** Known client IDs that an operator may have meant: other case first, then one edit away. At most five. */
export function nearMisses(clientId: string, known: ReadonlySet<string>): string[] {
  const folded = clientId.toLowerCase();
  const sameLetters = [...known].filter((other) => other.toLowerCase() === folded);
  const oneOff = [...known].filter(
    (other) => !sameLetters.includes(other) && isOneEditApart(clientId, other),
  );
  return [...sameLetters, ...oneOff].slice(0, MOST_SHOWN);
}

/** Of everybody's events, the names that an operator may have meant. */
export class NearOnes implements Collection {
  readonly kept = [];
  readonly #clientId: string;
  readonly #names = new Set<string>();

  constructor(clientId: string) {
    this.#clientId = clientId;
  }

  add({ event: { clientId } }: FoundEvent): void {
    const near = nearMisses(this.#clientId, new Set([clientId]));
    for (const name of near) if (this.#names.size < MOST_KEPT) this.#names.add(name);
  }

  get names(): string[] {
    return nearMisses(this.#clientId, this.#names);
  }
}

/** The Greengrass core whose further connection the client seems to be, with the principal that was last seen on it. */
export function coreSeen(
  clientId: string,
  events: readonly FoundEvent[],
  now: number,
): { readonly clientId: string; readonly principal: string } | undefined {
  const core = coreOf(clientId);
  const ofCore = core === clientId ? [] : events.filter(({ event }) => event.clientId === core);
  const newest = latest(credible(ofCore, now));
  return newest && { clientId: core, principal: newest.event.principalIdentifier };
}

/** Whether one character was added, left out, replaced, or swapped with its neighbour. */
export function isOneEditApart(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1 || short === long) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  const rest = (text: string, skipped: number) => text.slice(start + skipped);
  if (short.length < long.length) return rest(short, 0) === rest(long, 1);
  const swapped = short[start] === long[start + 1] && short[start + 1] === long[start];
  return rest(short, 1) === rest(long, 1) || (swapped && rest(short, 2) === rest(long, 2));
}
