import { WINDOW_MS } from './history-window.ts';
import type { SpanRow } from './journal-rows.ts';
import { roughly } from './roughly.ts';

/** An event is on disk within seconds; a watcher that was not heard of for longer does not run. */
const STALE_MS = 120_000;

/** Since when a journal has recorded (epoch milliseconds), and in words when it has not: silence about a gap is no answer. */
export type Coverage = { readonly since: number; readonly gaps?: string };

/** `undefined`: nobody ever listened. */
export function coverageOf(spans: readonly SpanRow[], now: number): Coverage | undefined {
  const sorted = spans.toSorted((one, other) => one.since - other.since);
  const [first] = sorted;
  if (first === undefined) return undefined;
  const ends = [...sorted.slice(1).map(({ since }) => since), now];
  const gaps = sorted
    .map(({ until }, index) => ({ from: until, to: ends[index] ?? now }))
    .filter(({ from, to }) => to > from && to > now - WINDOW_MS);
  const isRunning = gaps.at(-1)?.to === now && now - (gaps.at(-1)?.from ?? 0) < STALE_MS;
  const told = isRunning ? gaps.slice(0, -1) : gaps;
  const last = told.at(-1);
  return {
    since: first.since,
    ...(last === undefined ? {} : { gaps: gapWords(last, told.length - 1, now) }),
  };
}

function gapWords({ from, to }: { from: number; to: number }, more: number, now: number): string {
  const others = more === 0 ? '' : `, nor in ${more} gaps before that`;
  if (to === now)
    return `nothing was recorded in the last ${roughly(now - from)}${others}: evict watch is not running`;
  return `nothing was recorded for ${roughly(to - from)}, until ${roughly(now - to)} ago${others}`;
}
