import { containmentActs, succeeded, takeovers } from './facts.ts';
import type { Facts, Observed } from './facts.ts';
import { sameSession } from './history.ts';
import { isSessionEvent } from './presence-event.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';

/** A session on the client as the watch saw it: its beginning, its end, or both. */
export type LiveSession = {
  readonly principal: Principal;
  readonly connected?: Seen | undefined;
  readonly disconnected?: Seen | undefined;
};

/** A session event with the moment of its arrival. */
export type Seen = { readonly event: SessionEvent; readonly raw: unknown; readonly receivedAt: number };

/** The sessions on the client that the watch saw, in the order of their first event. */
function liveSessions(facts: Facts): readonly LiveSession[] {
  return sessionEvents(facts).reduce<readonly LiveSession[]>((sessions, seen) => {
    const index = sessions.findIndex((session) => belongs(seen.event, session));
    const known = sessions[index];
    if (known === undefined)
      return [...sessions, joined({ principal: principalOf(seen.event.principalIdentifier) }, seen)];
    return sessions.with(index, joined(known, seen));
  }, []);
}

/** Sessions of anyone but the responder. */
export function foreignSessions(facts: Facts): readonly LiveSession[] {
  return liveSessions(facts).filter(({ principal }) => !isOwn(principal, facts));
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
  return liveSessions(facts)
    .filter(({ principal }) => isOwn(principal, facts))
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

/** Whether the principal is the one that this run speaks as. */
function isOwn(principal: Principal, facts: Facts): boolean {
  const own = [
    facts.opened?.mqttIdentity,
    facts.identified?.responder.principal,
    facts.canary?.principalIdentifier,
  ].filter((identifier) => identifier !== undefined);
  return own.some((identifier) => samePrincipal(principalOf(identifier), principal));
}

/** Whether the principal is a colleague's. */
export function isColleague(principal: Principal, facts: Facts): boolean {
  return (facts.opened?.request.responders ?? []).some((name) => samePrincipal(principalOf(name), principal));
}

/** When the containment was read back, epoch milliseconds; undefined while it is not, or where none was asked for. */
export function containedAt(facts: Facts): number | undefined {
  const acts = containmentActs(facts);
  if (acts.length === 0 || acts.length < (facts.planned?.plan.changes.length ?? 0) || !acts.every(succeeded))
    return undefined;
  return acts.at(-1)?.outcome?.endedAt;
}

/** When the first CONNECT that was acknowledged had been sent. */
export function kickedAt(facts: Facts): number | undefined {
  const first = takeovers(facts).find(succeeded)?.outcome;
  return first?.kind === 'done' ? first.sentAt : undefined;
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

function sessionEvents(facts: Facts): readonly Seen[] {
  const clientId = facts.opened?.request.clientId;
  return facts.observed.flatMap(({ event, raw, receivedAt }: Observed) =>
    event.clientId === clientId && isSessionEvent(event) ? [{ event, raw, receivedAt }] : [],
  );
}

function belongs(event: SessionEvent, session: LiveSession): boolean {
  const known = session.connected ?? session.disconnected;
  return known !== undefined && sameSession(event, known.event);
}

/** The first arrival counts: a duplicate says nothing new. */
function joined(session: LiveSession, seen: Seen): LiveSession {
  return seen.event.eventType === 'connected'
    ? { ...session, connected: session.connected ?? seen }
    : { ...session, disconnected: session.disconnected ?? seen };
}

function isAfterKick({ receivedAt }: Seen, facts: Facts): boolean {
  const kicked = kickedAt(facts);
  return kicked !== undefined && receivedAt >= kicked;
}
