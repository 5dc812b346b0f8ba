import { comparison, confirmation } from '../../domain/confirmation.ts';
import type { ConnectionReading } from '../../domain/connection-reading.ts';
import { CLOCK_ERROR } from '../../domain/found-event.ts';
import { WINDOW_MS } from '../../domain/history-window.ts';
import type { EntryOf } from '../../domain/incident.ts';
import { roughly, roughlyAgo } from '../../domain/roughly.ts';
import type { Sighting } from '../../domain/sighting.ts';
import { shown, shownSource } from '../console.ts';
import type { Line } from './hold-line.ts';

/** How a line begins: as one of what went well, or of what is to be looked at. */
type Lines = { readonly good: Line; readonly odd: Line };

/** Who was sighted. */
export function sightingLine(sighting: Sighting, { good, odd }: Lines): string {
  return (isDoubtful(sighting) ? odd : good)('look up', describeSighting(sighting));
}

/** What GetConnection says, beside the sighting that it is to confirm. */
export function connectionLine(
  entry: EntryOf<'connection-read'>,
  sighting: Sighting | undefined,
  { good, odd }: Lines,
): string | undefined {
  if (entry.reading === undefined) return undefined;
  return (disagrees(entry, sighting) ? odd : good)('connection', describeConnection(entry.reading));
}

/** No connection lives for so long, and no event is of the future. */
function isDoubtful({ timestamp, ended }: Sighting): boolean {
  const age = Date.now() - (timestamp ?? Date.now());
  return age < -CLOCK_ERROR || (!ended && age > WINDOW_MS);
}

/** Whether the reading that goes into the plan shows another connection than the sighted one, or none. */
function disagrees({ when, reading }: EntryOf<'connection-read'>, sighting: Sighting | undefined): boolean {
  if (sighting === undefined || when === 'after') return false;
  if (sighting.ended && reading?.connected === false) return false;
  const compared = { sighting, connection: { known: true, value: { reading } } } as const;
  return comparison(compared) !== 'unread' && confirmation(compared) !== 'yes';
}

function describeSighting({ principal, timestamp, ipAddress, ended, source, line }: Sighting): string {
  const from = ipAddress === undefined ? '' : ` from ${shown(ipAddress)}`;
  const age =
    timestamp === undefined
      ? ''
      : `, ${ended ? 'ended' : 'connected'}, seen ${roughlyAgo(timestamp, Date.now())}`;
  return `${principal.kind} ${shown(principal.identifier)}${from}${age} (${shownSource(source, line)})`;
}

function describeConnection(reading: ConnectionReading): string {
  const { connected, connectedSince, disconnectReason, sourceIp } = reading;
  const since = connectedSince === undefined ? '' : ` for ${roughly(Date.now() - connectedSince)}`;
  const from = sourceIp === undefined ? '' : ` from ${shown(sourceIp)}`;
  return connected
    ? `GetConnection says: connected${since}${from}`
    : `GetConnection says: not connected${disconnectReason === undefined ? '' : ` (${shown(disconnectReason)})`}`;
}
