import type { SessionEvent } from './presence-event.ts';

/** An event from a source, with the place where it was found. */
export type FoundEvent = {
  readonly event: SessionEvent;
  /** The payload as received. */
  readonly raw: unknown;
  readonly source: string;
  readonly line?: number | undefined;
  readonly sha256?: string | undefined;
};

/** A session as its events tell it. */
export type LastSession = {
  /** Its `connected` event, which carries the address; its `disconnected` one where that was not kept. */
  readonly found: FoundEvent;
  /** Whether its end was seen, too. */
  readonly ended: boolean;
  /** The event of that end, where there is one that names the session. */
  readonly end?: FoundEvent | undefined;
};

const MINUTE = 60_000;
/** A version that falls within this time is a clock's error, not a new epoch. */
export const CLOCK_ERROR = 5 * MINUTE;

/** A total order, so that shuffled histories read the same. */
export function byTime(
  { event: one }: Pick<FoundEvent, 'event'>,
  { event: two }: Pick<FoundEvent, 'event'>,
): number {
  return (
    one.timestamp - two.timestamp ||
    (one.versionNumber ?? -1) - (two.versionNumber ?? -1) ||
    compare(one.eventType, two.eventType) ||
    compare(one.sessionIdentifier ?? '', two.sessionIdentifier ?? '') ||
    compare(one.principalIdentifier, two.principalIdentifier)
  );
}

function compare(one: string, two: string): number {
  return one < two ? -1 : one > two ? 1 : 0;
}
