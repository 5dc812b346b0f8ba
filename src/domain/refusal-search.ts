import type { Facts } from './facts.ts';
import { containedAt, kickedAt } from './sessions.ts';

/** Entries of hosts that are behind may be found later than newer ones of others. */
const OVERLAP_MS = 120_000;

/** From when on refusals are searched for, by AWS's clock: from the kick, or from shortly before the newest that was found. */
export function searchFrom(facts: Facts): number {
  const { opened, identified, refused } = facts;
  const kicked = kickedAt(facts) ?? containedAt(facts) ?? opened?.startedAt ?? 0;
  const newest = refused.reduce((latest, at) => Math.max(latest, at), 0);
  return Math.max(kicked + (identified?.clockSkewMs ?? 0), newest - OVERLAP_MS);
}
