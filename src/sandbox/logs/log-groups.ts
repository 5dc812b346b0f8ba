import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../faults/clock.ts';
import type { Faults } from '../faults/faults.ts';
import type { QueryRun } from './query-operations.ts';

export const groupName = z.string().regex(/^[.\-_/#A-Za-z0-9]{1,512}$/u);

export const NO_GROUP = 'The specified log group does not exist.';

/** The stream of each event is the sandbox's own; AWS IoT has one for each of its hosts. */
export const STREAM = 'sandbox';

/** One event of a log group. Epoch milliseconds; before it was ingested, nobody can find it. */
export type LogEvent = {
  readonly eventId: string;
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
};

/** The account's CloudWatch Logs. */
export type LogGroups = {
  /** Whether it was not there before. */
  create(group: string): boolean;
  /** Writes an entry; the first one makes the group. */
  write(group: string, entry: object): void;
  /** Writes what happened at a time of its own. */
  put(group: string, event: Pick<LogEvent, 'timestamp' | 'message'>): void;
  /** What can be found in a group by now, oldest first; `undefined`: there is no such group. */
  events(group: string): readonly LogEvent[] | undefined;
  /** The queries that were started, by their IDs. */
  readonly queries: Map<string, QueryRun>;
};

/** A storm of refusals must not fill the memory: then the older half goes. */
const MOST_EVENTS = 100_000;

/** @param law whose clock stamps the events, and whose `log-delay` says how much later they can be found */
export function createLogGroups({ clock, faults }: { clock: Clock; faults: Faults }): LogGroups {
  const groups = new Map<string, LogEvent[]>();
  const put: LogGroups['put'] = (group, { timestamp, message }) => {
    const ingestionTime = clock.now() + faults.delayMs('log-delay', {});
    const events = groups.get(group) ?? [];
    events.push({ eventId: randomUUID(), timestamp, ingestionTime, message });
    if (events.length > MOST_EVENTS) events.splice(0, MOST_EVENTS / 2);
    groups.set(group, events);
  };
  return {
    create(group) {
      if (groups.has(group)) return false;
      groups.set(group, []);
      return true;
    },
    write: (group, entry) => put(group, { timestamp: clock.now(), message: JSON.stringify(entry) }),
    put,
    events: (group) =>
      groups
        .get(group)
        ?.filter(({ ingestionTime }) => ingestionTime <= clock.now())
        .toSorted((one, two) => one.timestamp - two.timestamp),
    queries: new Map(),
  };
}
