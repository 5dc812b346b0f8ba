import type { SourceItem } from '../../domain/source-ports.ts';

type Item = Extract<SourceItem, { kind: 'passed-over' }>;

/** Counts what is passed over for the same reason, one after the other: a hostile file may have a hundred million of it. */
export class PassedOver {
  #run: Required<Item> | undefined;

  *add(why: Item['why'], line: number): Generator<Item> {
    if (this.#run?.why === why) {
      this.#run = { ...this.#run, count: this.#run.count + 1 };
      return;
    }
    yield* this.rest();
    this.#run = { kind: 'passed-over', why, line, count: 1 };
  }

  /** What was counted last. */
  *rest(): Generator<Item> {
    if (this.#run !== undefined) yield this.#run;
    this.#run = undefined;
  }
}
