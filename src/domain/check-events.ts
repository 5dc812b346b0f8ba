import { findingOf } from './checkup.ts';
import type { Check, Trial } from './checkup.ts';
import type { EventSource } from './source-ports.ts';
import { printable } from './printable.ts';
import { roughly } from './roughly.ts';

/** What a source of presence events holds. */
export type EventsReading = {
  readonly events: number;
  readonly notPresence: number;
  readonly malformed: number;
  /** Epoch milliseconds of the newest event. */
  readonly newest: number | undefined;
  /** Other sources that it tells of. */
  readonly leads: readonly EventSource[];
};

const DAY_MS = 24 * 3_600_000;
/** A connection by certificate lives for up to about two weeks: who connected before that is gone, or was seen since. */
const OF_USE_DAYS = 15;

/** One source of presence events, and what came of reading it. */
export type SourceTried = {
  readonly name: string;
  readonly byDefault?: boolean | undefined;
  readonly trial: Trial<EventsReading | 'waits' | 'of-one-client'>;
};

/**
 * Whether each source can be read, and whether what it holds is new enough to find anybody in. Where sources are named and
 * none of them could tell of anybody, no response comes to anything.
 */
export function eventsChecks(sources: readonly SourceTried[], now: number): readonly Check[] {
  const mayFind = sources.some(({ byDefault, trial }) => byDefault || mayTell(trial));
  return sources.map((source) => {
    const check = eventsCheck(source, now);
    return mayFind || check.status !== 'warn' ? check : { ...check, status: 'fail' };
  });
}

function mayTell(trial: SourceTried['trial']): boolean {
  if (trial.kind !== 'done') return false;
  const { value } = trial;
  return typeof value === 'string' || value.newest !== undefined || value.leads.length > 0;
}

function eventsCheck({ name, byDefault = false, trial }: SourceTried, now: number): Check {
  const finding = findingOf(trial, {
    done: (reading) => (typeof reading === 'string' ? UNREAD[reading] : judgeEvents(reading, now)),
    // Where nobody has named it, a run would go on without it.
    failed: ({ code }) => ({ status: FAILED[code] ?? (byDefault ? 'warn' : 'fail') }),
  });
  return {
    id: `events:${name}`,
    group: 'events',
    ...finding,
    neededFor: ['dry-run', 'respond-by-websocket', 'respond-by-certificate', 'kick-by-api', 'detach'],
  };
}

/** What has nothing to be read through. */
const UNREAD = {
  waits: { status: 'ok', message: 'waits for the next connection; whether it hears any, the canary shows' },
  'of-one-client': { status: 'ok', message: 'is asked when there is a client, and names candidates only' },
} as const;

/** That there is no such history, or that it is long, does not mean that it cannot be read. */
const FAILED: Readonly<Record<string, 'unknown' | 'warn'>> = { 'timed-out': 'unknown', 'no-history': 'warn' };

function judgeEvents({ events, notPresence, malformed, newest, leads }: EventsReading, now: number) {
  if (leads.length > 0)
    return {
      status: 'ok' as const,
      message: `lead to ${leads.map(({ name }) => printable(name)).join(', ')}`,
    };
  const passedOver = notPresence + malformed;
  const rest = passedOver === 0 ? '' : `; ${passedOver} lines or documents are none and are passed over`;
  if (newest === undefined)
    return {
      status: 'warn' as const,
      message: `holds no presence events${rest}`,
      hint: 'keep the events with an AWS IoT rule (docs/aws-setup.md), and give the file that they go to',
    };
  const days = (now - newest) / DAY_MS;
  const message = `holds ${events} events, the newest ${roughly(now - newest)} old${rest}`;
  return days > OF_USE_DAYS
    ? {
        status: 'warn' as const,
        message: `${message}: of little use, since connections live for up to two weeks`,
        hint: 'export the events anew',
      }
    : { status: 'ok' as const, message };
}

/** Whether a record could be kept. */
export function stateCheck(trial: Trial<string>): Check {
  const finding = findingOf(trial, {
    done: (directory) => ({ status: 'ok', message: `records can be kept in ${directory}` }),
    failed: ({ code }) => ({ status: code === 'timed-out' ? 'unknown' : 'fail' }),
  });
  return {
    id: 'state-directory',
    group: 'state',
    ...finding,
    neededFor: ['respond-by-websocket', 'respond-by-certificate', 'kick-by-api', 'detach'],
  };
}
