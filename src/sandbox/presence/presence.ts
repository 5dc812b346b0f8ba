import type {
  ConnectedEvent,
  ConnectFailedEvent,
  DisconnectedEvent,
  PresenceEvent,
} from '../../domain/presence-event.ts';
import type { DisconnectReason } from '../faults/fault.ts';

const HOUR_MS = 3_600_000;

/** A client that subscribed, or unsubscribed. */
type SubscriptionEvent = Extract<PresenceEvent, { eventType: 'subscribed' | 'unsubscribed' }>;

/** Whom the events of a session speak of. */
export type Someone = {
  readonly principal: string;
  readonly ipAddress: string;
  /** Only where the principal has its thing to itself (LE). */
  readonly thingName?: string | undefined;
};

/** One connection from its CONNECT to its end. */
export type Session = Someone & {
  readonly clientId: string;
  readonly sessionIdentifier: string;
  readonly versionNumber: number;
  readonly connectedAt: number;
};

/** Where time and chance come in. */
export type Nature = { readonly now: () => number; readonly newSessionIdentifier: () => string };

/** Keeps the version numbers, begins sessions and words the events. */
export type Presence = {
  begin(clientId: string, someone: Someone): Session;
  connected(session: Session): ConnectedEvent;
  /** Called once per session, when it ends: the time without a connection counts from here. */
  disconnected(session: Session, end: SessionEnd): DisconnectedEvent;
  /** A CONNECT that policies refused. It has no version number (LE). */
  connectFailed(clientId: string, someone: Someone): ConnectFailedEvent;
  subscription(session: Session, change: SubscriptionChange): SubscriptionEvent;
};

type SessionEnd = {
  readonly reason: DisconnectReason;
  /** The time to live of a persistent session; one hour for a clean one (LE). */
  readonly forgottenAfterMs?: number;
};

type SubscriptionChange = { readonly eventType: 'subscribed' | 'unsubscribed'; readonly topics: string[] };

/** The last version given to a client ID, and from when on it is forgotten. */
type Version = { readonly number: number; readonly forgottenAt: number | undefined };

export function createPresence({ now, newSessionIdentifier }: Nature): Presence {
  const versions = new Map<string, Version>();
  return {
    begin(clientId, someone) {
      const connectedAt = now();
      const versionNumber = nextVersion(versions.get(clientId), connectedAt);
      versions.set(clientId, { number: versionNumber, forgottenAt: undefined });
      return { clientId, ...someone, sessionIdentifier: newSessionIdentifier(), versionNumber, connectedAt };
    },
    connected,
    disconnected(session, { reason, forgottenAfterMs = HOUR_MS }) {
      const timestamp = now();
      versions.set(session.clientId, {
        number: session.versionNumber,
        forgottenAt: timestamp + forgottenAfterMs,
      });
      return disconnected(session, { reason, timestamp });
    },
    connectFailed: (clientId, someone) => ({
      ...naming(clientId, someone),
      timestamp: now(),
      eventType: 'connect_failed',
      connectFailureReason: 'AUTHORIZATION_FAILED',
      principalIdentifier: someone.principal,
      sessionIdentifier: newSessionIdentifier(),
      ipAddress: someone.ipAddress,
    }),
    subscription: (session, { eventType, topics }) => ({
      ...naming(session.clientId, session),
      timestamp: now(),
      eventType,
      sessionIdentifier: session.sessionIdentifier,
      principalIdentifier: session.principal,
      topics,
    }),
  };
}

/** Grows with each connection of a client ID; falls back to 0 after about one hour, or a session's lifetime, without one (LE). */
function nextVersion(last: Version | undefined, now: number): number {
  if (last === undefined) return 0;
  return last.forgottenAt !== undefined && now >= last.forgottenAt ? 0 : last.number + 1;
}

function naming(clientId: string, { thingName }: Someone) {
  return thingName === undefined ? { clientId } : { clientId, thingName };
}

/** The fields in the article's order; `thingName` where AWS's own examples have it. */
function connected(session: Session): ConnectedEvent {
  return {
    ...naming(session.clientId, session),
    timestamp: session.connectedAt,
    eventType: 'connected',
    sessionIdentifier: session.sessionIdentifier,
    principalIdentifier: session.principal,
    ipAddress: session.ipAddress,
    versionNumber: session.versionNumber,
  };
}

function disconnected(
  session: Session,
  { reason, timestamp }: { reason: DisconnectReason; timestamp: number },
): DisconnectedEvent {
  return {
    ...naming(session.clientId, session),
    timestamp,
    eventType: 'disconnected',
    clientInitiatedDisconnect: reason === 'CLIENT_INITIATED_DISCONNECT',
    sessionIdentifier: session.sessionIdentifier,
    principalIdentifier: session.principal,
    disconnectReason: reason,
    versionNumber: session.versionNumber,
  };
}
