import { isHiddenClient } from './presence-event.ts';

const KINDS = ['connected', 'disconnected', 'connect_failed'] as const;

/** AWS IoT: a topic or filter has at most seven slashes, of which `$aws/events/presence/<kind>/` takes four. */
const SLASHES_LEFT = 3;

/**
 * The filters under which a client's presence events arrive. A hidden client has none: its ID would be a wildcard of the
 * attacker's choice. For an ID with many slashes the filter ends in `#` and catches more, so events are matched by their
 * `clientId`, never by their topic.
 */
export function presenceFilters(clientId: string): string[] {
  if (isHiddenClient(clientId)) return [];
  const levels = clientId.split('/');
  const tail =
    levels.length - 1 <= SLASHES_LEFT ? clientId : [...levels.slice(0, SLASHES_LEFT), '#'].join('/');
  return KINDS.map((kind) => `$aws/events/presence/${kind}/${tail}`);
}

/** The one topic that tells of a client's arrival; only for an ID that is no wildcard, such as one of our own. */
export function connectedFilter(clientId: string): string {
  return `$aws/events/presence/connected/${clientId}`;
}
