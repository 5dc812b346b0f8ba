import { styleText } from 'node:util';
import { codeOf, messageOf } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';

/** Where everything is printed, and the only place: results to stdout, everything else to stderr. */
export interface Console {
  /** A result. */
  readonly result: (text: string) => void;
  /** Progress, a warning, a next step; silent under `--quiet`. */
  readonly say: (text: string) => void;
  /** What went wrong: said even under `--quiet`. */
  readonly complain: (text: string) => void;
  /** What a person is asked about: shown even under `--quiet`. */
  readonly show: (text: string) => void;
  readonly paint: (colour: Colour, text: string) => string;
}

export type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** The console of this process. A reader that went away must not end a run: the record goes on. */
export function processConsole({
  quiet,
  color,
}: {
  readonly quiet: boolean;
  readonly color: boolean;
}): Console {
  const colours = color && wantsColour(process.env);
  survive();
  return {
    result: (text) => void process.stdout.write(`${text}\n`),
    say: (text) => void (quiet || process.stderr.write(`${text}\n`)),
    complain: (text) => void process.stderr.write(`${text}\n`),
    show: (text) => void process.stderr.write(`${text}\n`),
    // By itself, Node would look at stdout, and that may be piped while the terminal is on stderr.
    paint: (colour, text) => (colours ? styleText(colour, text, { validateStream: false }) : text),
  };
}

/** Text from outside as one harmless line for a person. */
export function shown(text: string): string {
  return printable(text);
}

/** A source as a person would type it from here. */
export function shownSource(source: string, line?: number): string {
  const here = `file:${process.cwd()}/`;
  const near = source.startsWith(here) ? `file:${source.slice(here.length)}` : source;
  return shown(line === undefined ? near : `${near}:${line}`);
}

/** Judged by stderr, where the colours go. (no-color.org; `FORCE_COLOR` wins) */
function wantsColour(env: NodeJS.ProcessEnv): boolean {
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true;
  if (env['NO_COLOR'] || env['TERM'] === 'dumb') return false;
  return process.stderr.isTTY;
}

/**
 * Output that cannot be written must not end a run: the record goes on. A reader that left (EPIPE) wanted no more; a
 * result that found no room is a failure, told on stderr and by the exit code.
 */
export function survive(): void {
  if (process.stdout.listenerCount('error') > 0) return;
  process.stderr.on('error', () => undefined); // there is no place left where this could be told
  process.stdout.on('error', (error) => {
    if (codeOf(error) === 'EPIPE') return;
    process.stderr.write(`evict: the result could not be written: ${messageOf(error)}\n`);
    process.once('exit', () => {
      process.exitCode ||= 1;
    });
  });
}
