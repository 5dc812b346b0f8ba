import { kicks, newestChanges, succeeded, takeovers } from './acts.ts';
import type { Facts } from './facts.ts';
import { CLOCK_ERROR } from './found-event.ts';
import type { LiveSession, Seen } from './live-session.ts';
import { isLater, mayBeLater } from './order.ts';
import type { SessionEvent } from './presence-event.ts';
import { identityKey, principalOf, roleOf } from './principal.ts';
import type { Principal } from './principal.ts';

/** Sessions of anyone but the responder. */
export function foreignSessions(facts: Facts): readonly LiveSession[] {
  const own = ownPrincipals(facts);
  return facts.sessions.filter(({ principal }) => !isOneOf(own, principal));
}

/**
 * Foreign sessions that began after our newest takeover, as far as is known. Those of which we heard before we sent it, it has
 * displaced, even if neither their end nor our own event was ever heard.
 */
export function sessionsAfterOurs(facts: Facts): readonly LiveSession[] {
  const dropped = droppedUntil(facts);
  return foreignAfter(ourSessions(facts).at(-1), facts).filter(
    ({ connected }) => connected !== undefined && connected.receivedAt >= dropped,
  );
}

/** The newest foreign session that has the client ID now, as far as is known. An older one that seems open was displaced. */
export function currentHolder(facts: Facts): LiveSession | undefined {
  const open = sessionsAfterOurs(facts).filter(({ disconnected }) => disconnected === undefined);
  return open.toSorted(byBeginning).at(-1);
}

/** Foreign sessions that began after our first takeover: each is a return. Without one, a session of ours is another run's. */
export function returnedSessions(facts: Facts): readonly LiveSession[] {
  const ours = takeovers(facts).length === 0 ? undefined : ourSessions(facts)[0];
  return foreignAfter(ours, facts);
}

/** The `connected` events of our takeovers, oldest first. */
export function ourSessions(facts: Facts): readonly Seen[] {
  const own = ownPrincipals(facts);
  const from = awayFrom(facts) ?? Infinity;
  return facts.sessions
    .filter(({ principal }) => isOneOf(own, principal))
    .flatMap(({ connected }) => (connected !== undefined && connected.receivedAt >= from ? [connected] : []))
    .toSorted((one, two) => (isLater(one.event, two.event) ? 1 : -1));
}

/** Our newest takeover's own event, once it came. */
export function ourNewest(facts: Facts): Seen | undefined {
  const ours = ourSessions(facts).at(-1);
  return ours !== undefined && ours.receivedAt >= (takenAt(facts) ?? Infinity) ? ours : undefined;
}

/**
 * Without an event of our own to compare with, what arrived after the kick counts as later, rather one return too many: but for
 * what was long before the sighting.
 */
function foreignAfter(ours: Seen | undefined, facts: Facts): readonly LiveSession[] {
  const from = awayFrom(facts) ?? Infinity;
  return foreignSessions(facts).filter(({ connected }) => {
    if (connected === undefined) return false;
    const isAfterKick = connected.receivedAt >= from;
    if (ours === undefined) return isAfterKick && !isOfLongAgo(connected.event, facts);
    return isLater(connected.event, ours.event) || (isAfterKick && mayBeLater(connected.event, ours.event));
  });
}

/**
 * Events may come late and again; no return is dated before the session that was sighted, clocks aside. A sighting may be dated in the
 * future, by mistake or by malice: then the beginning of the run counts.
 */
function isOfLongAgo({ timestamp }: SessionEvent, { sighting, opened, identified }: Facts): boolean {
  if (sighting?.timestamp === undefined || opened === undefined) return false;
  const begun = opened.startedAt + (identified?.clockSkewMs ?? 0);
  return timestamp < Math.min(sighting.timestamp, begun) - CLOCK_ERROR;
}

/** Whoever was heard to connect before then is known to be dropped: by a takeover, or by a call that left nobody. */
function droppedUntil(facts: Facts): number {
  return Math.max(takenAt(facts) ?? -Infinity, clearedAt(facts) ?? -Infinity);
}

/** When our newest acknowledged CONNECT was sent. */
function takenAt(facts: Facts): number | undefined {
  const newest = takeovers(facts).findLast(succeeded)?.outcome;
  return newest?.kind === 'done' ? newest.sentAt : undefined;
}

/** When the newest accepted DeleteConnection was sent, if what was read after it says that nobody is connected. */
function clearedAt(facts: Facts): number | undefined {
  const { connectionAfter: read } = facts;
  const newest = kicks(facts).findLast(succeeded)?.outcome;
  if (newest?.kind !== 'done' || newest.step !== 'delete-connection' || read === undefined) return undefined;
  const nobody = read.unheardOf || read.reading?.connected === false;
  return nobody && read.readAt >= newest.endedAt ? newest.sentAt : undefined;
}

/** The principals that this run speaks as. */
function ownPrincipals({ opened, identified, canary }: Facts): Principals {
  return principalsOf([opened?.mqttIdentity, identified?.responder.principal, canary?.principalIdentifier]);
}

/** As keys: in a storm of events, each of thousands of sessions is compared with them. */
type Principals = ReadonlySet<string>;

function principalsOf(identifiers: readonly (string | undefined)[]): Principals {
  const named = identifiers.filter((identifier) => identifier !== undefined);
  return new Set(named.map((identifier) => identityKey(principalOf(identifier))));
}

function isOneOf(principals: Principals, principal: Principal): boolean {
  return principals.has(identityKey(principal));
}

/** Whether this run itself speaks as the principal. */
export function isOurs(principal: Principal, facts: Facts): boolean {
  return isOneOf(ownPrincipals(facts), principal);
}

/** Whether the principal is ours or a colleague's: never a reason to stop, never contained unasked. */
export function isResponders(principal: Principal, facts: Facts): boolean {
  return isOneOf(ownPrincipals(facts), principal) || isColleague(principal, facts);
}

/** Whether the principal is a colleague's: named under `responders`, or another session of the role that we run as. */
export function isColleague(principal: Principal, facts: Facts): boolean {
  const named = principalsOf(facts.opened?.request.responders ?? []);
  const role = roleOf(principalOf(facts.identified?.responder.principal ?? ''));
  return isOneOf(named, principal) || (role !== undefined && roleOf(principal) === role);
}

/** When the containment was read back, epoch milliseconds; undefined while it is not, or where none was asked for. */
export function containedAt(facts: Facts): number | undefined {
  const acts = newestChanges(facts);
  if (acts.length === 0 || acts.length < (facts.planned?.plan.changes.length ?? 0) || !acts.every(succeeded))
    return undefined;
  return Math.max(...acts.map(({ outcome }) => outcome?.endedAt ?? 0));
}

/** When the first CONNECT that was acknowledged, or DeleteConnection that was accepted, had been sent. */
export function kickedAt(facts: Facts): number | undefined {
  const first = kicks(facts).find(succeeded)?.outcome;
  return first?.kind === 'done' ? first.sentAt : undefined;
}

/** From when on a foreign connection is a return: from the kick or, where none was asked for, from the containment. */
export function awayFrom(facts: Facts): number | undefined {
  return facts.planned?.plan.method === 'none' ? containedAt(facts) : kickedAt(facts);
}

function byBeginning({ connected: one }: LiveSession, { connected: other }: LiveSession): number {
  return one === undefined || (other !== undefined && isLater(other.event, one.event)) ? -1 : 1;
}
