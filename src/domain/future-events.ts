import type { FoundEvent } from './found-event.ts';
import { isFuture } from './history-window.ts';
import type { Warning } from './plan.ts';
import { printable } from './printable.ts';

/** That some of the client's events are dated in the future, and how they count. */
export function futureEvents(events: readonly FoundEvent[], now: number): Warning | undefined {
  const [first, ...more] = events.filter(({ event }) => isFuture(event.timestamp, now));
  if (first === undefined) return undefined;
  const { source, line, event } = first;
  const others = more.length === 0 ? '' : `, and ${more.length} more are`;
  const where = `${printable(source)}${line === undefined ? '' : `, line ${line}`}`;
  return {
    code: 'future-event',
    message: `an event of "${printable(event.principalIdentifier)}" is dated in the future (${dateOf(event.timestamp)}, in ${where})${others}: whoever is behind it is named, but it decides nothing where there are others; check this machine's clock, and the source`,
  };
}

/** Of a time beyond all calendars, the number. */
function dateOf(timestamp: number): string {
  const date = new Date(timestamp);
  return Number.isNaN(date.getTime()) ? String(timestamp) : date.toISOString();
}
