import { randomUUID } from 'node:crypto';
import type { Clock } from '../faults/clock.ts';
import type { Faults } from '../faults/faults.ts';

/** One event of a log group. Epoch milliseconds; before it was ingested, nobody can find it. */
type LogEvent = {
  readonly eventId: string;
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
};

/** The account's CloudWatch Logs. */
export type LogGroups = {
  /** Writes an entry; the first one makes the group. */
  write(group: string, entry: object): void;
  /** What can be found in a group by now, oldest first; `undefined`: there is no such group. */
  events(group: string): readonly LogEvent[] | undefined;
};

/** A storm of refusals must not fill the memory: then the older half goes. */
const MOST_EVENTS = 100_000;

/** @param law whose clock stamps the events, and whose `log-delay` says how much later they can be found */
export function createLogGroups({ clock, faults }: { clock: Clock; faults: Faults }): LogGroups {
  const groups = new Map<string, LogEvent[]>();
  return {
    write(group, entry) {
      const timestamp = clock.now();
      const ingestionTime = timestamp + faults.delayMs('log-delay', {});
      const events = groups.get(group) ?? [];
      events.push({ eventId: randomUUID(), timestamp, ingestionTime, message: JSON.stringify(entry) });
      if (events.length > MOST_EVENTS) events.splice(0, MOST_EVENTS / 2);
      groups.set(group, events);
    },
    events: (group) => groups.get(group)?.filter(({ ingestionTime }) => ingestionTime <= clock.now()),
  };
}
