import type { EntryOf } from '../../domain/incident.ts';
import { roughly } from '../../domain/roughly.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';

export type Line = (step: string, text: string) => string;

type Pens = { readonly line: Line; readonly bad: Line; readonly paint: Console['paint'] };

/** One line for what happens while the client ID is held, or none. */
export function holdLine(
  entry: EntryOf<'lost'> | EntryOf<'gap'> | EntryOf<'refusal-log'> | EntryOf<'refused'> | EntryOf<'held'>,
  { line, bad, paint }: Pens,
): string | undefined {
  switch (entry.kind) {
    case 'lost':
      return bad('lost', `the held connection ended: ${shown(entry.reason)}`);
    case 'gap':
      return bad('gap', `the watch was cut: ${shown(entry.reason)}`);
    case 'refusal-log':
    case 'refused':
      return describeRefusals(entry, paint);
    case 'held':
      return describeHeld(entry, line);
  }
}

/** Where nothing is logged, there is nothing to say. */
function describeRefusals(
  entry: EntryOf<'refusal-log'> | EntryOf<'refused'>,
  paint: Console['paint'],
): string | undefined {
  const { kind, group } = entry;
  if (group === undefined) return undefined;
  const said =
    kind === 'refused'
      ? `${entry.times.length} attempt${entry.times.length === 1 ? '' : 's'} of the certificate refused, says ${shown(group)}`
      : `refused connections are read from ${shown(group)}`;
  return paint('dim', `· log       ${said}`);
}

function describeHeld({ from, until, completed, refusals }: EntryOf<'held'>, line: Line): string | undefined {
  if (until === from) return undefined;
  if (refusals !== undefined)
    return line(
      'hold',
      `quiet for ${roughly(until - from)}, and over early: the door is shut (${refusals} attempts seen refused)`,
    );
  return completed
    ? line('hold', `quiet for ${roughly(until - from)}`)
    : `✗ hold      ended after ${roughly(until - from)}`;
}
