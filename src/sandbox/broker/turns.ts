/** Lets things of one name happen one after the other, and things of different names at the same time. */
export type Turns = { take<Result>(name: string, turn: () => Promise<Result>): Promise<Result> };

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    take(name, turn) {
      const mine = (last.get(name) ?? Promise.resolve()).then(turn);
      const over = mine.then(
        () => {},
        () => {}, // the next one has its turn all the same
      );
      last.set(name, over);
      void over.then(() => {
        if (last.get(name) === over) last.delete(name);
      });
      return mine;
    },
  };
}
