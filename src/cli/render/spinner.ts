import ora from 'ora';
import { NOTHING_KNOWN, learn } from '../../domain/facts.ts';
import type { Facts } from '../../domain/facts.ts';
import type { IncidentEntry } from '../../domain/incident.ts';
import { systemClock } from '../system.ts';
import { clock, countdown } from './countdown.ts';
import { HOLD, phaseAfter } from './phase.ts';
import type { Phase } from './phase.ts';
import { fitted } from './width.ts';

const TICK_MS = 200;
/** The spinner's own sign, the space after it, and the last column, in which some terminals wrap. */
const MARGIN = 4;

/** The last line of a terminal while a run is busy: with what, and for how long; in the hold, how long it still has to be. */
export class Spinner implements Disposable {
  // The terminal stays as it is: raw, it would swallow Ctrl-\ and Ctrl-Z, and every second Ctrl-C of a quick pair.
  readonly #ora = ora({ stream: process.stderr, isEnabled: true, color: false, discardStdin: false });
  readonly #timer = setInterval(() => this.#draw(), TICK_MS);
  #facts: Facts = NOTHING_KNOWN;
  #phase: Phase | undefined;
  #since = 0;
  #told = '';

  /** Goes on to the phase that the entry leads to. */
  observe(entry: IncidentEntry): void {
    this.#facts = learn(this.#facts, entry);
    this.show(phaseAfter(this.#phase, entry, this.#facts));
  }

  /** Shows that a phase is going on; `undefined`: nothing is. */
  show(phase: Phase | undefined): void {
    if (phase !== this.#phase) {
      this.#since = systemClock.now();
      this.#told = '';
    }
    this.#phase = phase;
    this.#draw();
    if (phase === undefined || process.stderr.columns === 0) this.#ora.stop();
    else this.#ora.start();
  }

  /** Tells how far the phase is that is going on. */
  tell(words: string): void {
    this.#told = ` (${words})`;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#ora.stop();
  }

  #draw(): void {
    if (this.#phase === undefined || process.stderr.columns === 0) return;
    const { step, doing } = this.#phase;
    const now = systemClock.now();
    const words =
      this.#phase === HOLD
        ? countdown(this.#facts, now)
        : `${doing}${this.#told}… ${elapsed(now - this.#since)}`;
    this.#ora.text = fitted(`${step.padEnd(9)} ${words}`, (process.stderr.columns || 80) - MARGIN);
  }
}

function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : clock(seconds * 1_000);
}
