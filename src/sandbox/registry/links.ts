import { asOf, begin, change, type Timeline, wasEver } from './timeline.ts';

/** What is attached to what, by name, now and as it was. */
export type Links = {
  set(from: string, to: string, change: { linked: boolean; at: number }): void;
  has(from: string, to: string, moment?: number): boolean;
  /** What `from` is linked to, in the order in which it first was. */
  from(name: string, moment?: number): string[];
  /** What is linked to it. */
  to(name: string, moment?: number): string[];
  /** Whether anything was linked to it at any time since a moment. */
  wasLinkedSince(name: string, moment: number): boolean;
  /** Every link that there is now. */
  list(): [from: string, to: string][];
  /** Forgets the links of a name that is no more. Both sides may have the same names: a thing is called like a group. */
  forgetFrom(name: string): void;
  /** Forgets the links to a name that is no more. */
  forgetTo(name: string): void;
};

const NOW = Number.POSITIVE_INFINITY;

/**
 * @param firstAtOnce whether the first link that a name ever has holds for all time before, too: who is new has what it was
 * given at once, as at AWS, and everything later is a change, which is seen late
 */
export function createLinks({ firstAtOnce }: { firstAtOnce: boolean }): Links {
  const links = new Map<string, Map<string, Timeline<boolean>>>();
  const has = (from: string, to: string, moment = NOW) => {
    const timeline = links.get(from)?.get(to);
    return timeline !== undefined && asOf(timeline, moment);
  };
  const from = (name: string, moment = NOW) =>
    [...(links.get(name)?.keys() ?? [])].filter((to) => has(name, to, moment));
  return {
    set(name, to, { linked, at }) {
      const row = links.get(name) ?? new Map<string, Timeline<boolean>>();
      const timeline = row.get(to);
      if (timeline === undefined && linked && firstAtOnce && row.size === 0) row.set(to, begin(true, at));
      else if (timeline !== undefined || linked) {
        row.set(to, change(timeline ?? begin(false, at), { value: linked, at }));
      }
      links.set(name, row);
    },
    has,
    from,
    to: (name, moment) => [...links.keys()].filter((key) => has(key, name, moment)),
    wasLinkedSince: (name, moment) =>
      [...links.values()].some((row) => wasEver(row.get(name) ?? [], { value: true, since: moment })),
    list: () => [...links.keys()].flatMap((key) => from(key).map((to): [string, string] => [key, to])),
    forgetFrom: (name) => void links.delete(name),
    forgetTo: (name) => links.forEach((row) => row.delete(name)),
  };
}
