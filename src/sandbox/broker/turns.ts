/** Lets things of one name happen one after the other, and things of different names at the same time. */
export type Turns = { take(name: string, turn: () => Promise<void>): void };

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    take(name, turn) {
      const mine = (last.get(name) ?? Promise.resolve()).then(turn);
      last.set(name, mine);
      void mine.finally(() => {
        if (last.get(name) === mine) last.delete(name);
      });
    },
  };
}
