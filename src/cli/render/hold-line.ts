import type { EntryOf } from '../../domain/incident.ts';
import { roughly } from '../../domain/roughly.ts';
import { shown } from '../console.ts';
import type { Console } from '../console.ts';

export type Line = (step: string, text: string) => string;

/** What the log of refused connections shows. Where nothing is logged, there is nothing to say. */
export function describeRefusals(
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

/** A hold that was over early says why. */
export function describeHeld(
  { from, until, completed, refusals }: EntryOf<'held'>,
  line: Line,
): string | undefined {
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
