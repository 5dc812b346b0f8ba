import type { IncidentEntry } from '../../domain/incident.ts';
import { printableJson } from '../../domain/printable.ts';
import type { Console } from '../console.ts';
import type { Flags } from '../settings.ts';
import { progressLine } from './progress.ts';

/** Shows each entry of the record as it happens: a line of progress, or under `--verbose` the entry itself. */
export function listener(console: Console, flags: Flags): (entry: IncidentEntry) => void {
  return (entry) => {
    const line =
      flags['verbose'] === true ? console.paint('dim', printableJson(entry)) : progressLine(entry, console);
    if (line !== undefined) console.say(line);
  };
}
