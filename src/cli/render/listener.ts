import type { IncidentEntry } from '../../domain/incident.ts';
import { printableJson } from '../../domain/printable.ts';
import type { Console } from '../console.ts';
import type { Output } from '../settings.ts';
import { progressLine } from './progress.ts';

/** Shows each entry of the record as it happens: a line of progress, or under `--verbose` the entry itself. */
export function listener(console: Console, output: Output): (entry: IncidentEntry) => void {
  return (entry) => {
    const line = output.verbose ? console.paint('dim', printableJson(entry)) : progressLine(entry, console);
    if (line !== undefined) console.say(line);
  };
}
