import type { Principal } from '../../domain/principal.ts';
import type { RecentSighting } from '../../domain/recent-sightings.ts';
import { shown } from '../console.ts';
import { roughlyAgo } from '../../domain/roughly.ts';
import { fitted } from './width.ts';

const LONGEST_ID = 40;
const LONGEST_PRINCIPAL = 24;
const CERTIFICATE_DIGITS = 8;

/** A client as one line of a list: `pump-17  certificate 226c7bc1…  8.8.42.11  3 s ago, connected`. */
export function sightingRow(sighting: RecentSighting, now: number): string {
  const { clientId, principal, ipAddress, timestamp, ended } = sighting;
  return [
    fitted(shown(clientId), LONGEST_ID),
    `${principal.kind} ${shortly(principal)}`,
    ...(ipAddress === undefined ? [] : [shown(ipAddress)]),
    `${roughlyAgo(timestamp, now)}, ${ended ? 'ended' : 'connected'}`,
  ].join('  ');
}

function shortly({ kind, identifier }: Principal): string {
  if (kind === 'certificate') return `${identifier.slice(0, CERTIFICATE_DIGITS)}…`;
  return fitted(shown(identifier), LONGEST_PRINCIPAL);
}
