import type { Facts } from './facts.ts';
import { readAsBack } from './api-kick.ts';
import { patienceMs } from './patience.ts';
import { isHiddenClient } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';
import { containedAt, currentHolder, isColleague, kickedAt } from './sessions.ts';

/** What is known of whether the contained principal can come back. */
export type Door = 'shut' | 'quiet' | 'open' | 'unobserved';

/** An attempt of the contained principal that was seen to be refused, by our clock, epoch milliseconds. */
export type Refusal = {
  /** By its policies at CONNECT, or by its credentials before MQTT. */
  readonly by: 'authorization' | 'authentication';
  readonly at: number;
};

/** AWS's clock is read off a header with whole seconds: what seems to be within one of them may be before it. */
const ROUNDING_MS = 1_000;

/**
 * Attempts of the contained principal that were refused since then, each once: by policies, those on this client; before MQTT
 * there is no client ID yet, and its credentials are refused under each.
 */
export function refusalsSince(facts: Facts, since: number): readonly Refusal[] {
  return [...refusedAtConnect(facts), ...refusedBefore(facts)].filter(({ at }) => at >= since);
}

function refusedAtConnect({ observed, opened, planned }: Facts): readonly Refusal[] {
  const contained = planned?.plan.principal;
  if (contained === undefined) return [];
  const attempts = new Map<string, Refusal>(); // events come more than once
  for (const { event, receivedAt: at } of observed) {
    if (event.eventType !== 'connect_failed' || event.clientId !== opened?.request.clientId) continue;
    if (!samePrincipal(principalOf(event.principalIdentifier), contained)) continue;
    const attempt = `${event.sessionIdentifier ?? ''} ${event.timestamp}`;
    if (!attempts.has(attempt)) attempts.set(attempt, { by: 'authorization', at });
  }
  return [...attempts.values()];
}

/** The log is dated by AWS's clock: without knowing how far that is from ours, none of it can be placed after the kick. */
function refusedBefore({ refused, identified }: Facts): readonly Refusal[] {
  const skewMs = identified?.clockSkewMs;
  if (skewMs === undefined) return [];
  return refused.map((at) => ({ by: 'authentication', at: at - skewMs - ROUNDING_MS }));
}

/**
 * Whether the door was seen to be shut, open, or neither. `shut` is said only where refusals were seen and nobody has the
 * client ID; silence is no more than `quiet`, and only where it would have been heard.
 * @param since since when the quiet lasts
 */
export function doorOf(facts: Facts, since: number): Door {
  const holder = currentHolder(facts);
  if ((holder !== undefined && !isColleague(holder.principal, facts)) || isReadAsIn(facts)) return 'open';
  if (!hearsAll(facts)) return 'unobserved';
  if (refusalsSince(facts, since).length > 0) return 'shut';
  return (facts.planned?.plan.holdMs ?? 0) > 0 && facts.held?.completed ? 'quiet' : 'unobserved';
}

/** GetConnection says so: of one who came back, or whom nobody has kicked. */
function isReadAsIn(facts: Facts): boolean {
  const isNobodyKicked = facts.planned?.plan.method === 'none';
  return readAsBack(facts) || (isNobodyKicked && facts.connectionAfter?.reading?.connected === true);
}

/** Whether a return could not have gone unheard. */
function hearsAll({ opened, canary, gaps }: Facts): boolean {
  return canary !== undefined && gaps.length === 0 && !isHiddenClient(opened?.request.clientId ?? '');
}

/** So many refusals, spread over so long, are no chance: one can be a broker that heard of it before all others. */
const ENOUGH_REFUSALS = 3;
const LONG_ENOUGH_MS = 30_000;
/** Policies take six to eight minutes until every part of the broker goes by them. (AWS IoT Core policies) */
const POLICIES_SETTLE_MS = 8 * 60_000;

/**
 * Whether the door is proved shut, so that the hold need not wait for the rest of its quiet: the containment was read back
 * and somebody was kicked, and since the last return, several attempts over half a minute were all refused and none let in.
 * What is heard within the patience after a return may be older than it, and does not count. A refusal by policies counts
 * only once they have settled: until then another part of the broker may still let in what this one refuses.
 */
export function isProvedShut(facts: Facts, since: number): boolean {
  const contained = containedAt(facts);
  if (contained === undefined || kickedAt(facts) === undefined) return false;
  if (!hearsAll(facts) || currentHolder(facts) !== undefined || readAsBack(facts)) return false;
  const times = refusalsSince(facts, Math.max(since, contained) + patienceMs(facts))
    .filter(({ by, at }) => by === 'authentication' || at >= contained + POLICIES_SETTLE_MS)
    .map(({ at }) => at);
  return times.length >= ENOUGH_REFUSALS && Math.max(...times) - Math.min(...times) >= LONG_ENOUGH_MS;
}
