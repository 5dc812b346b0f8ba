import { createHash } from 'node:crypto';

/** Chance that can be repeated: the same seed throws the same. */
export type Dice = {
  /** From 0 to 1, 1 excluded. */
  fraction(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  chance(rate: number): boolean;
  pick<Item>(from: readonly Item[]): Item;
  shuffle<Item>(items: readonly Item[]): Item[];
};

export function diceOf(seed: string): Dice {
  let thrown = 0;
  const fraction = () => {
    const hash = createHash('sha256')
      .update(`${seed}/${(thrown += 1)}`)
      .digest();
    return hash.readUInt32BE() / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(fraction() * (most - least + 1));
  return {
    fraction,
    between,
    chance: (rate) => fraction() < rate,
    pick: (from) => {
      const picked = from[between(0, from.length - 1)];
      if (picked === undefined) throw new Error('there is nothing to pick from');
      return picked;
    },
    shuffle: (items) =>
      items
        .map((item) => ({ item, at: fraction() }))
        .toSorted((one, other) => one.at - other.at)
        .map(({ item }) => item),
  };
}
