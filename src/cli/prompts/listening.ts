import * as z from 'zod';
import { Keyboard } from './keyboard.ts';

const key = z.object({ ctrl: z.boolean(), name: z.string() });

/** How a question is asked: it reads from here, and ends with the signal. */
export type Ask<T> = (keyboard: Keyboard, signal: AbortSignal) => Promise<T>;

/**
 * Asks, and waits for the answer; `undefined`: nobody is there any more to give one. Throws when whatever asked is to end.
 * At the end of input (Ctrl-D, a terminal that is gone) neither inquirer nor readline settles what was asked: it would hang.
 */
export async function listen<T>(asked: AbortSignal, ask: Ask<T>): Promise<T | undefined> {
  using listening = new Listening(asked);
  try {
    return await ask(listening.keyboard, listening.signal);
  } catch (error) {
    asked.throwIfAborted();
    if (!listening.gone) throw error;
    return undefined;
  }
}

class Listening implements Disposable {
  readonly keyboard = new Keyboard();
  gone = false;
  readonly #asked: AbortSignal;
  readonly #stop = new AbortController();
  readonly #onAbort = () => this.#stop.abort(this.#asked.reason);

  constructor(asked: AbortSignal) {
    this.#asked = asked;
    this.keyboard
      .on('keypress', (_text: unknown, pressed: unknown) => {
        const { success, data } = key.safeParse(pressed);
        if (success && data.ctrl && data.name === 'd') this.#leave();
      })
      .once('end', () => this.#leave());
    asked.addEventListener('abort', this.#onAbort, { once: true });
    if (asked.aborted) this.#onAbort();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  #leave(): void {
    this.gone = true;
    this.#stop.abort(new Error('nobody is there to answer'));
  }

  [Symbol.dispose](): void {
    this.#asked.removeEventListener('abort', this.#onAbort);
    this.keyboard.destroy();
  }
}
