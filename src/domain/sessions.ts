import { kicks, newestChanges, succeeded } from './acts.ts';
import type { Facts } from './facts.ts';
import type { LiveSession, Seen } from './live-session.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf, roleOf, samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';

/** Sessions of anyone but the responder. */
export function foreignSessions(facts: Facts): readonly LiveSession[] {
  const own = ownPrincipals(facts);
  return facts.sessions.filter(({ principal }) => !isOneOf(own, principal));
}

/** Foreign sessions that began after our newest takeover, as far as is known: who has the client ID now. */
function sessionsAfterOurs(facts: Facts): readonly LiveSession[] {
  return foreignAfter(ourSessions(facts).at(-1), facts);
}

/** The newest foreign session that has the client ID now, as far as is known. An older one that seems open was displaced. */
export function currentHolder(facts: Facts): LiveSession | undefined {
  const open = sessionsAfterOurs(facts).filter(({ disconnected }) => disconnected === undefined);
  return open.toSorted(byBeginning).at(-1);
}

/** Foreign sessions that began after our first takeover: each is a return. */
export function returnedSessions(facts: Facts): readonly LiveSession[] {
  return foreignAfter(ourSessions(facts)[0], facts);
}

/** The `connected` events of our takeovers, oldest first. */
export function ourSessions(facts: Facts): readonly Seen[] {
  const own = ownPrincipals(facts);
  return facts.sessions
    .filter(({ principal }) => isOneOf(own, principal))
    .flatMap(({ connected }) => (connected !== undefined && isAfterKick(connected, facts) ? [connected] : []))
    .toSorted((one, two) => (isLater(one.event, two.event) ? 1 : -1));
}

/** Without an event of our own to compare with, what arrived after the kick counts as later: rather one return too many. */
function foreignAfter(ours: Seen | undefined, facts: Facts): readonly LiveSession[] {
  return foreignSessions(facts).filter(
    ({ connected }) =>
      connected !== undefined &&
      (ours === undefined ? isAfterKick(connected, facts) : isLater(connected.event, ours.event)),
  );
}

/** The principals that this run speaks as. */
function ownPrincipals(facts: Facts): readonly Principal[] {
  return [
    facts.opened?.mqttIdentity,
    facts.identified?.responder.principal,
    facts.canary?.principalIdentifier,
  ]
    .filter((identifier) => identifier !== undefined)
    .map(principalOf);
}

/** Whether this run itself speaks as the principal. */
export function isOurs(principal: Principal, facts: Facts): boolean {
  return isOneOf(ownPrincipals(facts), principal);
}

function isOneOf(principals: readonly Principal[], principal: Principal): boolean {
  return principals.some((one) => samePrincipal(one, principal));
}

/** Whether the principal is ours or a colleague's: never a reason to stop, never contained unasked. */
export function isResponders(principal: Principal, facts: Facts): boolean {
  return isOneOf(ownPrincipals(facts), principal) || isColleague(principal, facts);
}

/** Whether the principal is a colleague's: named under `responders`, or another session of the role that we run as. */
export function isColleague(principal: Principal, facts: Facts): boolean {
  const named = (facts.opened?.request.responders ?? []).map(principalOf);
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

/** Later by version number, which grows with each session of a client; by time where one has none. */
export function isLater(one: SessionEvent, than: SessionEvent): boolean {
  if (one.versionNumber !== undefined && than.versionNumber !== undefined)
    return one.versionNumber > than.versionNumber;
  return one.timestamp > than.timestamp;
}

function isAfterKick({ receivedAt }: Seen, facts: Facts): boolean {
  const from = awayFrom(facts);
  return from !== undefined && receivedAt >= from;
}
