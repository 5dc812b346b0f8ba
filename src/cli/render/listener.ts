import type { IncidentEntry } from '../../domain/incident.ts';
import { printableJson } from '../../domain/printable.ts';
import type { Sighting } from '../../domain/sighting.ts';
import type { Console } from '../console.ts';
import type { Output } from '../settings.ts';
import { progressLine } from './progress.ts';

/** Shows each entry of the record as it happens: a line of progress, or under `--verbose` the entry itself. */
export function listener(console: Console, output: Output): (entry: IncidentEntry) => void {
  let sighting: Sighting | undefined; // what later lines are compared with
  return (entry) => {
    if (entry.kind === 'sighted') sighting = entry.sighting;
    const line = output.verbose
      ? console.paint('dim', printableJson(entry))
      : progressLine(entry, console, sighting);
    if (line !== undefined) console.say(line);
  };
}
