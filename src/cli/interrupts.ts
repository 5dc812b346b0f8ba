import type { Console } from './console.ts';

const INTERRUPTED = 130;

/** Turns the signals of the system into one `AbortSignal`. The second Ctrl-C ends the process at once: the record is on disk. */
export class Interrupts implements Disposable {
  readonly #stop = new AbortController();
  readonly #console: Console;
  #acted = false;
  readonly #onStop = () => {
    if (this.#stop.signal.aborted) process.exit(INTERRUPTED);
    this.#console.complain(
      'stopping; the step in flight is finished first (press Ctrl-C again to end at once)',
    );
    this.#stop.abort(new Error('interrupted'));
  };
  // A closed terminal must not leave a device half evicted: once something was changed, the run goes on.
  readonly #onHangUp = () => {
    if (!this.#acted) this.#stop.abort(new Error('hung up'));
  };

  constructor(console: Console) {
    this.#console = console;
    process.on('SIGINT', this.#onStop).on('SIGTERM', this.#onStop).on('SIGHUP', this.#onHangUp);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** As Ctrl-C does: at a prompt, the terminal makes no signal of it. */
  stop(): void {
    this.#stop.abort(new Error('interrupted'));
  }

  /** From here on something may have been changed. */
  acted(): void {
    this.#acted = true;
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onStop).off('SIGTERM', this.#onStop).off('SIGHUP', this.#onHangUp);
  }
}
