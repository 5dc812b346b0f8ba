import type { EvictionDocument } from '../../src/domain/document.ts';
import type { Verdict } from '../../src/domain/exit-codes.ts';
import type { Intruder } from './intruder.ts';
import type { Way } from './way.ts';
import type { Weather } from './weather.ts';

/** What the API's failures are called, which strike by chance in any round. */
const API_FAILED = new Set(['service-refused', 'service-failed', 'connection-lost']);

type Fight = { readonly intruder: Intruder; readonly way: Way; readonly weather: Weather };

/**
 * How a round may end. Where nothing is lost only the proper end will do: a tool that always says `unverified` says nothing
 * false, and is of no use. In a storm less is fair, and whatever is said must be true all the same.
 */
export function fairEnds(
  { intruder, way, weather }: Fight,
  { cause }: Pick<EvictionDocument, 'cause'>,
): readonly Verdict[] {
  const inStorm: readonly Verdict[] = [
    'unverified',
    'returned',
    ...(intruder.endsInStorm ?? ['not-connected']),
    ...(way.action === 'none' ? (['failed'] as const) : []), // never contained, and never kicked
  ];
  // Who keeps his access goes on with the contest: the ID may not be had at all, or be lost before a late event says to whom.
  const keepsOn = way.action === 'none' && intruder.returns === true;
  return [
    ...intruder.ends(way),
    ...(keepsOn ? (['unverified', 'failed'] as const) : []),
    // Nobody takes the ID from one who comes back before the door is shut; and one who left may be refused.
    ...(way.method === 'none' && intruder.returns === true ? (['returned', 'not-connected'] as const) : []),
    // Nobody holds the ID, and the event of a return is later than the hold: only the reading shows it, and not whose it is.
    ...(way.method === 'api' && intruder.returns === true && cause?.code === 'still-connected'
      ? (['unverified'] as const)
      : []),
    ...(weather.lossy ? inStorm : []),
    ...(API_FAILED.has(cause?.code ?? '') ? (['failed', 'denied'] as const) : []),
  ];
}
