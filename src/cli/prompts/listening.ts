import * as z from 'zod';

const key = z.object({ ctrl: z.boolean(), name: z.string() });

/**
 * Whether somebody can still answer. At the end of stdin (Ctrl-D, a closed terminal) neither inquirer nor readline settles
 * what was asked, so that the question would hang: this signal ends it.
 */
export class Listening implements Disposable {
  readonly #asked: AbortSignal;
  readonly #stop = new AbortController();
  #gone = false;
  readonly #onEnd = () => {
    this.#gone = true;
    this.#stop.abort(new Error('nobody is there to answer'));
  };
  readonly #onKeypress = (_text: unknown, pressed: unknown) => {
    const { success, data } = key.safeParse(pressed);
    if (success && data.ctrl && data.name === 'd') this.#onEnd();
  };
  readonly #onAbort = () => this.#stop.abort(this.#asked.reason);

  constructor(asked: AbortSignal) {
    this.#asked = asked;
    process.stdin.on('keypress', this.#onKeypress).on('end', this.#onEnd);
    asked.addEventListener('abort', this.#onAbort, { once: true });
    if (asked.aborted) this.#onAbort();
    if (process.stdin.readableEnded || process.stdin.destroyed) this.#onEnd();
  }

  /** Waits for the answer; `undefined`: nobody is there any more. Throws when whatever asked is to end. */
  async answer<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    try {
      if (!this.#gone) return await ask(this.#stop.signal);
    } catch (error) {
      this.#asked.throwIfAborted();
      if (!this.#gone) throw error;
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    process.stdin.off('keypress', this.#onKeypress).off('end', this.#onEnd);
    this.#asked.removeEventListener('abort', this.#onAbort);
  }
}
