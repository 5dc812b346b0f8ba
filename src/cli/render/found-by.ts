import { SEEN_BY_KICK } from '../../domain/sighting.ts';
import { shownSource } from '../console.ts';

/** How a principal is known whom no source has seen. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([
  [SEEN_BY_KICK, 'told by the kick'],
  ['operator', 'named by --principal'],
  ['thing', 'a candidate: a principal of its thing'],
]);

/** Where a sighting was found, or what it comes from. */
export function foundBy(source: string, line: number | undefined): string {
  return OTHERWISE.get(source) ?? `found in ${shownSource(source, line)}`;
}
