import { Readable } from 'node:stream';

/**
 * What is typed while one question stands, and no longer. Readline and inquirer read from it rather than from stdin, since
 * they pass on stdin's errors to where nobody can listen: a terminal that is taken away (EIO) would be a crash.
 */
export class Keyboard extends Readable {
  readonly isTTY = true;
  readonly #onData = (typed: Buffer) => {
    if (!this.push(typed)) process.stdin.pause();
  };
  readonly #onEnd = () => void this.push(null);

  constructor() {
    super();
    process.stdin.on('data', this.#onData).once('end', this.#onEnd);
    if (process.stdin.readableEnded || process.stdin.destroyed) this.#onEnd();
  }

  setRawMode(raw: boolean): this {
    process.stdin.setRawMode(raw);
    return this;
  }

  override _read(): void {
    process.stdin.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    process.stdin.off('data', this.#onData).off('end', this.#onEnd).pause();
    done(error);
  }
}
