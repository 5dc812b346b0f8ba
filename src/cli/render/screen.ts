import type { IncidentEntry } from '../../domain/incident.ts';
import type { Console } from '../console.ts';
import type { Output } from '../settings.ts';
import type { Progress } from '../../domain/source-ports.ts';
import { listener } from './listener.ts';
import { progressWords } from './progress-words.ts';
import type { Phase } from './phase.ts';

/** What is seen of a run: a line for each thing that happened and, on a terminal, what is going on just now. */
export interface Screen extends Disposable {
  readonly happened: (entry: IncidentEntry, how: { readonly line: boolean }) => void;
  /** Something is going on that has no entries; `undefined`: nothing moves, until the next entry. */
  readonly busy: (phase: Phase | undefined) => void;
  /** How far what is going on is. */
  readonly progressed: (progress: Progress) => void;
}

/** Opens the screen. What moves on it is loaded only where there is a terminal that can show it. */
export async function openScreen(console: Console, output: Output): Promise<Screen> {
  const listen = listener(console, output);
  const show: Screen['happened'] = (entry, { line }) => {
    if (line || output.verbose) listen(entry);
  };
  if (!canMove(output))
    return {
      happened: show,
      busy: () => undefined,
      progressed: () => undefined,
      [Symbol.dispose]: () => undefined,
    };
  const { Spinner } = await import('./spinner.ts');
  const spinner = new Spinner();
  return {
    happened: (entry, how) => {
      show(entry, how);
      spinner.observe(entry);
    },
    busy: (phase) => spinner.show(phase),
    progressed: (progress) => spinner.tell(progressWords(progress)),
    [Symbol.dispose]: () => spinner[Symbol.dispose](),
  };
}

/** Under `--verbose` there is a line for every entry anyway. */
export function canMove({ quiet, verbose }: Output): boolean {
  return process.stderr.isTTY && hasWidth() && process.env['TERM'] !== 'dumb' && !quiet && !verbose;
}

/** A terminal that does not know its size says 0, over which ora would clear lines without an end. */
function hasWidth(): boolean {
  return process.stderr.columns > 0;
}
