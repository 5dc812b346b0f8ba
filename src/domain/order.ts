import { CLOCK_ERROR } from './history.ts';
import type { SessionEvent } from './presence-event.ts';

/**
 * Later by version number, which grows with each session of a client; by time where one has none. A version that fell although
 * more than five minutes have passed begins a new epoch: AWS starts again at 0 after about an hour offline.
 */
export function isLater(one: SessionEvent, than: SessionEvent): boolean {
  const passed = one.timestamp - than.timestamp;
  if (!bothNumbered(one, than)) return passed > 0;
  return hasRisen(one, than) ? passed >= -CLOCK_ERROR : passed > CLOCK_ERROR;
}

/**
 * Whether it may be later: where a version is missing, times decide, which are approximate. Rather one return too many than one
 * that is overlooked.
 */
export function mayBeLater(one: SessionEvent, than: SessionEvent): boolean {
  return bothNumbered(one, than) ? isLater(one, than) : one.timestamp - than.timestamp > -CLOCK_ERROR;
}

/** Whether it is known to be later, and not just by times, which are approximate. */
export function isSurelyLater(one: SessionEvent, than: SessionEvent): boolean {
  return bothNumbered(one, than) && isLater(one, than);
}

function bothNumbered(one: SessionEvent, other: SessionEvent): boolean {
  return one.versionNumber !== undefined && other.versionNumber !== undefined;
}

function hasRisen(one: SessionEvent, than: SessionEvent): boolean {
  return (one.versionNumber ?? 0) > (than.versionNumber ?? 0);
}
