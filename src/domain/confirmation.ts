import type { ConnectionReading } from './connection-reading.ts';
import type { PlanReadings } from './readings.ts';
import { SEEN_BY_KICK } from './sighting.ts';

/** Event and connection API may name the same moment this far apart: an event's time is "approximate". */
const AGREE_MS = 2 * 60_000;

/** How the sighting compares with what the connection API says. */
export type Comparison = 'same' | 'newer' | 'older' | 'none' | 'unread';

/** What is compared. */
type Compared = Pick<PlanReadings, 'sighting' | 'connection'>;

/** Whether GetConnection shows the sighted connection, a newer or an older one, or none. */
export function comparison({ sighting, connection }: Compared): Comparison {
  if (!connection.known) return 'unread';
  const { reading } = connection.value;
  if (reading?.connected !== true) return 'none';
  // An identifying kick ended the connection of which it told: that one began before, and any other after it.
  if (sighting.source === SEEN_BY_KICK && sighting.ended)
    return (reading.connectedSince ?? Infinity) <= (sighting.timestamp ?? 0) ? 'same' : 'newer';
  return sighting.timestamp === undefined || reading.connectedSince === undefined
    ? 'unread'
    : byTime(sighting.timestamp, reading);
}

function byTime(sightedAt: number, { connectedSince = sightedAt }: ConnectionReading): Comparison {
  const newer = connectedSince - sightedAt;
  if (Math.abs(newer) <= AGREE_MS) return 'same';
  return newer > 0 ? 'newer' : 'older';
}

/** The word of the document: `yes`, `no`, or `unknown` where the API cannot tell. */
export function confirmation(readings: Compared): 'yes' | 'no' | 'unknown' {
  const result = comparison(readings);
  if (result === 'same') return addressesDiffer(readings) ? 'unknown' : 'yes';
  return result === 'older' ? 'no' : 'unknown';
}

/** The time agrees and the address does not: somebody else may have taken the ID over in that moment. */
export function addressesDiffer({ sighting, connection }: Compared): boolean {
  const sourceIp = connection.known ? connection.value.reading?.sourceIp : undefined;
  return sourceIp !== undefined && sighting.ipAddress !== undefined && sourceIp !== sighting.ipAddress;
}
