import { IDENTIFY_BY_API, IDENTIFY_BY_TAKEOVER, identifyingKicks } from './acts.ts';
import type { Act, Facts } from './facts.ts';
import { protectedBy } from './guards.ts';
import type { FoundEvent } from './history.ts';
import type { LiveSession, Seen } from './live-session.ts';
import { patienceMs } from './patience.ts';
import type { Blocker } from './plan.ts';
import { isHiddenClient, isSessionEvent, parsePresenceEvent } from './presence-event.ts';
import type { SessionEvent } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';
import type { EvictionRequest } from './request.ts';
import { isLater } from './order.ts';
import { isOurs } from './sessions.ts';
import { SEEN_BY_KICK } from './sighting.ts';

// --identify-by-kick: of a client that no source knows, one kick tells the principal, by the `disconnected` event it causes.

/** Whether it takes a kick to know who is behind the client: it was asked for, and nothing else tells. */
export function takesAKick(
  { clientId, principal, identifyByKick }: EvictionRequest,
  history: readonly FoundEvent[],
): boolean {
  return (
    identifyByKick && principal === undefined && !history.some(({ event }) => event.clientId === clientId)
  );
}

/** What stands in the way of such a kick, before anything is known but the client ID. */
export function whyNotToKick({ clientId, protect }: EvictionRequest): Blocker | undefined {
  return (
    protectedBy(protect, { clientId }) ??
    (isHiddenClient(clientId)
      ? cannotIdentify('AWS publishes no presence events for client IDs with "#" or "+"')
      : undefined)
  );
}

/** Without an event that tells the principal, a kick would be for nothing. */
export function cannotIdentify(why: string): Blocker {
  return {
    code: 'cannot-identify',
    message: `${why}, so a kick would not tell who it is: nobody was kicked`,
    lift: '--principal <id|arn>',
  };
}

/** Whether the watch would hear what the kick causes. */
export function isHearing({ canary, gaps }: Facts): boolean {
  return canary !== undefined && gaps.length === 0;
}

/** Whether the connection API says that there is nobody to kick. A takeover would then only disturb a session that is kept. */
export function isKnownAway({ connection }: Facts): boolean {
  return connection !== undefined && connection.why === undefined && connection.reading?.connected !== true;
}

/** What the identifying kick has told, so far. */
export type Told =
  | { readonly kind: 'principal'; readonly seen: Seen }
  | { readonly kind: 'nobody-there' }
  /** Nothing yet; more may come by waiting alone after so many milliseconds. */
  | { readonly kind: 'silence'; readonly lookAgainMs: number };

/** Decides who was dropped by the identifying kick, or that nobody was. */
export function toldBy(facts: Facts, now: number): Told {
  const newest = identifyingKicks(facts).at(-1);
  if (newest === undefined || foundNobody(newest)) return { kind: 'nobody-there' };
  const wait = ownEventDue(newest, facts) - now;
  const seen = droppedSession(facts);
  if (seen !== undefined)
    return wait > 0 ? { kind: 'silence', lookAgainMs: wait } : { kind: 'principal', seen };
  const ours = ownArrival(newest, facts);
  const left = ours === undefined ? Infinity : ours.receivedAt + patienceMs(facts) - now;
  return left > 0 ? { kind: 'silence', lookAgainMs: left } : { kind: 'nobody-there' };
}

/** A 404: there was neither a connection nor a session. */
function foundNobody({ outcome }: Act): boolean {
  return outcome?.kind === 'done' && outcome.already;
}

/**
 * Until when the event of our own takeover is worth waiting for, where it has not come: heard later, in the watch over the
 * real kick, it would be taken for that one's.
 */
function ownEventDue(kick: Act, facts: Facts): number {
  const { intended, outcome } = kick;
  if (intended.step !== IDENTIFY_BY_TAKEOVER || outcome === undefined) return -Infinity;
  return ownArrival(kick, facts) === undefined ? outcome.endedAt + patienceMs(facts) : -Infinity;
}

function ownArrival(kick: Act, facts: Facts): Seen | undefined {
  if (kick.intended.step !== IDENTIFY_BY_TAKEOVER) return undefined;
  return facts.sessions
    .filter(({ principal }) => isOurs(principal, facts))
    .flatMap(({ connected }) => (connected === undefined ? [] : [connected]))
    .find(({ receivedAt }) => receivedAt >= sentAt(kick));
}

/** Of several, the latest session: the others may have been dropped by the next of them. */
function droppedSession(facts: Facts): Seen | undefined {
  return facts.sessions
    .filter((session) => identifyingKicks(facts).some((kick) => isDoneBy(kick, session, facts)))
    .flatMap(({ disconnected }) => (disconnected === undefined ? [] : [disconnected]))
    .toSorted((one, other) => (isLater(one.event, other.event) ? 1 : -1))
    .at(-1);
}

/** The end of a session in the words of the kick, heard after that was sent. Our own hold of the ID ends by takeover, too. */
function isDoneBy(kick: Act, { principal, disconnected }: LiveSession, facts: Facts): boolean {
  if (disconnected === undefined || !mayHaveDropped(kick) || disconnected.receivedAt < sentAt(kick))
    return false;
  const byApi = kick.intended.step === IDENTIFY_BY_API;
  const reason = byApi ? 'API_INITIATED_DISCONNECT' : 'DUPLICATE_CLIENTID';
  return reasonOf(disconnected.event) === reason && (byApi || !isOurs(principal, facts));
}

function reasonOf(event: SessionEvent): string | undefined {
  return event.eventType === 'disconnected' ? event.disconnectReason : undefined;
}

function sentAt({ intended, outcome }: Act): number {
  return (outcome?.kind === 'done' ? outcome.sentAt : undefined) ?? intended.startedAt;
}

/** The principal that the identifying kick told. */
export function principalTold(facts: Facts): Principal | undefined {
  const event = eventTold(facts);
  return event && principalOf(event.principalIdentifier);
}

/** What the identifying kick adds to the history: the end of whoever was dropped, and everybody else who was heard meanwhile, but ourselves. */
export function historyTold(facts: Facts): readonly FoundEvent[] {
  const event = eventTold(facts);
  if (event === undefined) return [];
  const known = [event.principalIdentifier, facts.told?.ours ?? ''].map(principalOf);
  const others = facts.sessions
    .filter(({ principal }) => !known.some((one) => samePrincipal(one, principal)))
    .flatMap(({ connected, disconnected }) => [connected, disconnected])
    .filter((seen) => seen !== undefined);
  return [{ event, raw: facts.told?.event }, ...others].map((seen) => ({
    event: seen.event,
    raw: seen.raw,
    source: SEEN_BY_KICK,
  }));
}

function eventTold({ told }: Facts): SessionEvent | undefined {
  const event = parsePresenceEvent(told?.event);
  return event !== undefined && isSessionEvent(event) ? event : undefined;
}

/** Whether somebody was, or may have been, dropped in order to be identified. */
export function wasDroppedToIdentify(facts: Facts): boolean {
  if (facts.told?.outcome === 'nobody-there') return false;
  return identifyingKicks({ ...facts, resumedFrom: undefined }).some(mayHaveDropped);
}

/** What was refused, or found nobody, has dropped nobody. */
function mayHaveDropped({ intended: { step }, outcome }: Act): boolean {
  if (outcome === undefined) return true;
  return outcome.kind === 'done' ? !outcome.already : step === IDENTIFY_BY_API && outcome.refused !== true;
}
