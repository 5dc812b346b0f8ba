import { kicks, succeeded, takeovers } from './acts.ts';
import type { Act, Facts } from './facts.ts';
import type { EntryOf } from './incident.ts';
import { patienceMs } from './patience.ts';
import type { Principal } from './principal.ts';
import { principalOf } from './principal.ts';
import { currentHolder, isColleague, ourNewest, ourSessions, sessionsAfterOurs } from './sessions.ts';

/**
 * A responder who has the client ID in our place: a colleague, or another run that speaks as we do. No fight at one connect
 * per second: this ends the contest.
 */
export function rivalOf(facts: Facts): Principal | undefined {
  const holder = currentHolder(facts)?.principal;
  return holder !== undefined && isColleague(holder, facts) ? holder : anotherAsUs(facts);
}

/**
 * The rival to yield to at this moment. As long as our own event is not there and our connection stands, it is likely to be us who
 * came last, and one of the two should stay.
 */
export function yieldTo(facts: Facts, now: number): Principal | undefined {
  return now < settledFrom(facts) ? undefined : rivalOf(facts);
}

/**
 * From when on the order of events counts. Until our own takeover's event arrives, whoever else is heard to connect may have done
 * so before us; that our connection stands says that nobody came after.
 */
export function settledFrom(facts: Facts): number {
  const last = kicks(facts).at(-1);
  const isSettled = last?.intended.step !== 'takeover' || !isHeld(last) || ourNewest(facts) !== undefined;
  return isSettled ? -Infinity : endOf(last) + patienceMs(facts);
}

/**
 * From when on the client ID is to be taken anew; undefined: we have it, as far as is known. Our lost connection alone does not
 * say who came: an event does, mostly within a blink, so it is waited for before we take the ID from whoever has it. An
 * intruder who comes back at once gains nothing by that, as he would have the ID back at once, too; a colleague whose event is
 * late would be kicked out, and kick us out, once a second. Where no event comes at all, we do retake: one displaced colleague
 * is tolerable, since his run hears of it and yields, and an intruder is likelier.
 */
export function retakeFrom(facts: Facts): number | undefined {
  const last = kicks(facts).at(-1);
  if (last === undefined) return undefined;
  if (!succeeded(last)) return -Infinity;
  if (last.lost !== undefined)
    return cameAfter(last, facts) ? -Infinity : last.lost.lostAt + patienceMs(facts);
  const holder = currentHolder(facts)?.connected;
  if (holder === undefined) return undefined;
  // Heard of before the kick was acknowledged: its end is waited for, and if that does not come, it is kicked again.
  return holder.receivedAt >= endOf(last) ? settledFrom(facts) : endOf(last) + patienceMs(facts);
}

/** Whether somebody who is no responder is known to have come since that takeover. */
function cameAfter({ intended }: Act, facts: Facts): boolean {
  return sessionsAfterOurs(facts).some(
    ({ principal, connected }) =>
      connected !== undefined && connected.receivedAt >= intended.startedAt && !isColleague(principal, facts),
  );
}

/** Our own principal, where it came under this client ID more often than this run did, and our connection is lost. */
function anotherAsUs(facts: Facts): Principal | undefined {
  const tries = takeovers(facts);
  if (tries.at(-1)?.lost === undefined) return undefined;
  const mayHaveCome = tries.filter(
    ({ outcome }) => outcome?.kind !== 'failed' || !REFUSALS.has(outcome.code),
  );
  const came = ourSessions(facts)
    .map(({ event }) => event)
    .filter(({ sessionIdentifier }) => sessionIdentifier !== undefined);
  const newest = came.at(-1);
  return newest !== undefined && came.length > mayHaveCome.length
    ? principalOf(newest.principalIdentifier)
    : undefined;
}

/** After which the broker let nobody in under our name. */
const REFUSALS: ReadonlySet<string> = new Set(['broker-refused', 'broker-denied']);

function isHeld(kick: Act): boolean {
  return succeeded(kick) && kick.lost === undefined;
}

function endOf({ outcome }: Act): number {
  return outcome?.endedAt ?? 0;
}

/** What the broker said to each try since the client ID was last ours; what we cut off ourselves was not refused. */
export function refusedRetakes(facts: Facts): readonly EntryOf<'failed'>[] {
  const tries = takeovers(facts);
  return tries
    .slice(tries.findLastIndex(succeeded) + 1)
    .flatMap(({ outcome }) =>
      outcome?.kind === 'failed' && outcome.code !== 'interrupted' ? [outcome] : [],
    );
}
