import { printable } from '../../domain/printable.ts';
import { MOST_PER_SECOND } from '../../domain/rate.ts';
import type { Happening, Recording } from '../../domain/recording.ts';
import { roughly } from '../../domain/roughly.ts';
import type { Console } from '../console.ts';

/** One line for what happened to a recording, or none: events are counted, and named under `--verbose` only. */
export function happeningLine(happening: Happening, { paint }: Console): string | undefined {
  const warn = (text: string) => `${paint('yellow', '!')} ${text}`;
  switch (happening.kind) {
    case 'listening':
      return listeningLines(happening, { paint, warn });
    case 'lost':
      return warn(`not connected: ${printable(happening.reason)}; again in ${roughly(happening.retryMs)}`);
    case 'outgrown':
      return warn(
        `${happening.perSecond} events came in a second, and AWS delivers ${MOST_PER_SECOND} at most over one connection and drops what is more: this fleet outgrows evict watch. Let an IoT rule keep its history: policies/presence-history.yaml, docs/sources.md`,
      );
    case 'kept':
      return undefined;
  }
}

type Words = { readonly paint: Console['paint']; readonly warn: (text: string) => string };

function listeningLines(
  { resumed, gap, delayMs }: Extract<Happening, { kind: 'listening' }>,
  { paint, warn }: Words,
): string {
  const again = resumed ? ', and what came meanwhile was kept for us' : '';
  const line = `${paint('green', '✓')} listening: the canary was heard after ${roughly(delayMs)}${again}`;
  if (gap === undefined) return line;
  return `${line}\n${warn(`a gap of ${roughly(gap.to - gap.from)}: what happened then may be missing`)}`;
}

/** A line for each event. */
export function eventLines({ arrivals }: Extract<Happening, { kind: 'kept' }>): string {
  return arrivals
    .map(
      ({ event }) =>
        `  ${event.eventType.padEnd(12)} "${printable(event.clientId)}"  ${printable(event.principalIdentifier)}`,
    )
    .join('\n');
}

/** How it stands: `12.3 events/s in the last minute, 4512 received, 4500 of them new, 1 gap, since 3 h`, and first that it is cut off. */
export function standing(recording: Recording, now: number): string {
  const { rate, stored, gapCount, startedAt, unheardSince } = recording;
  const gaps = gapCount === 1 ? '1 gap' : `${gapCount} gaps`;
  const perSecond = rate.perSecond(now, startedAt).toFixed(1);
  const cutOff =
    unheardSince === undefined ? '' : `not connected, nothing heard for ${roughly(now - unheardSince)}; `;
  return `${cutOff}${perSecond} events/s in the last minute, ${rate.total} received, ${stored} of them new, ${gaps}, since ${roughly(now - startedAt)}`;
}
