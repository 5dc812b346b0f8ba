import { names } from './guards.ts';
import { principalOf } from './principal.ts';
import type { SourceCandidate } from './source-ports.ts';
import type { Sighting } from './sighting.ts';

/**
 * Where no event tells: the first of the principals that may be behind the client, or the one that was asked for, with the
 * others beside it. It is no sighting of anybody, and what is decided from it says so.
 */
export function candidateFor(
  candidates: readonly SourceCandidate[],
  wanted: string | undefined,
): Sighting | undefined {
  const all = candidates.map((one) => ({ ...one, principal: principalOf(one.principal) }));
  const first = all.find(({ principal }) => wanted === undefined || names(wanted, principal));
  if (first === undefined) return undefined;
  return {
    source: first.source,
    thingName: first.thingName,
    principal: first.principal,
    ended: false,
    confirmed: 'unknown',
    others: [],
    candidates: all.filter((one) => one !== first).map(({ principal }) => principal),
  };
}
