import { kicks, newestDrop } from './acts.ts';
import { retakeFrom, yieldTo } from './contest.ts';
import { isProvedShut, refusalsSince } from './door.ts';
import type { Facts } from './facts.ts';
import type { Principal } from './principal.ts';
import { identityKey } from './principal.ts';
import { awayFrom, returnedSessions } from './sessions.ts';
import { judge } from './verification.ts';

/** AWS IoT accepts one CONNECT per second and client ID, which the intruder shares. (AWS IoT Core quotas) */
const PACE_MS = 1_050;

/** What to do next while the client ID is held. */
export type HoldMove =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'retake' }
  /** A colleague took the ID over: no fight at one connect per second. */
  | { readonly kind: 'yield'; readonly principal: Principal }
  | { readonly kind: 'quiet' };

/** The returns of one principal during the hold. */
export type Returns = { readonly principal: Principal; readonly count: number; readonly last: number };

/**
 * Decides the next move of the hold: unbroken quiet of `plan.holdMs` since the last return and the last retake, or less of
 * it where the door is proved shut.
 */
export function nextMove(facts: Facts, now: number): HoldMove {
  const rival = yieldTo(facts, now);
  if (rival !== undefined) return { kind: 'yield', principal: rival };
  const from = retakeFrom(facts);
  if (from !== undefined) {
    const wait = Math.max(from, earliestRetake(facts)) - now;
    return wait > 0 ? { kind: 'wait', ms: wait } : { kind: 'retake' };
  }
  const since = quietSince(facts) ?? now;
  const left = since + (facts.planned?.plan.holdMs ?? 0) - now;
  return left > 0 && !mayEndEarly(facts, since, now) ? { kind: 'wait', ms: left } : { kind: 'quiet' };
}

/** Only with the proof at hand: where it is still missing, the rest of the hold is the time in which it may come. */
function mayEndEarly(facts: Facts, since: number, now: number): boolean {
  return isProvedShut(facts, since) && ['proved', 'nobody-there'].includes(judge(facts, now).kind);
}

/** Whether the newest kick was refused for good, as for want of permission: the same answer would come again. */
export function isForbidden(facts: Facts): boolean {
  const last = newestDrop(facts)?.outcome;
  return last?.kind === 'failed' && FOR_GOOD.has(last.code);
}

const FOR_GOOD: ReadonlySet<string> = new Set([
  'access-denied',
  'broker-denied',
  'credentials-missing',
  'not-addressable',
]);

/** When the next CONNECT under the client ID may be sent, epoch milliseconds. */
export function earliestRetake(facts: Facts): number {
  return (newestDrop(facts)?.intended.startedAt ?? -Infinity) + PACE_MS;
}

/** Since when nobody but the responder was seen to connect; undefined before the first kick. */
export function quietSince(facts: Facts): number | undefined {
  const ends = kicks(facts).flatMap(({ outcome }) => (outcome?.kind === 'done' ? [outcome.endedAt] : []));
  const from = ends.length === 0 ? awayFrom(facts) : Math.max(...ends);
  if (from === undefined) return undefined;
  const returns = returnedSessions(facts).flatMap(({ connected }) =>
    connected === undefined ? [] : [connected.receivedAt],
  );
  return Math.max(from, ...returns);
}

/** Who came back, how often, and when last, the most frequent first. */
export function returnsOf(facts: Facts): readonly Returns[] {
  const byPrincipal = new Map<string, Returns>();
  for (const { principal, connected } of returnedSessions(facts)) {
    const key = identityKey(principal);
    const known = byPrincipal.get(key);
    const last = Math.max(known?.last ?? 0, connected?.receivedAt ?? 0);
    byPrincipal.set(key, { principal, count: (known?.count ?? 0) + 1, last });
  }
  return [...byPrincipal.values()].toSorted((one, two) => two.count - one.count);
}

/** Attempts of the contained principal that were seen to be refused; undefined: none was, or they cannot be observed. */
export function bounced(facts: Facts): number | undefined {
  const since = quietSince(facts);
  const refused = since === undefined ? [] : refusalsSince(facts, since);
  return refused.length === 0 ? undefined : refused.length;
}
