import type { ConnectedEvent, DisconnectedEvent } from '../../domain/presence-event.ts';

const HOUR_MS = 3_600_000;

/** The reasons that the sandbox can give; AWS has more (LE). */
export type DisconnectReason =
  | 'CLIENT_ERROR'
  | 'CLIENT_INITIATED_DISCONNECT'
  | 'CONNECTION_LOST'
  | 'DUPLICATE_CLIENTID'
  | 'MQTT_KEEP_ALIVE_TIMEOUT'
  | 'SERVER_INITIATED_DISCONNECT';

/** Who is behind a connection: found before MQTT begins, by certificate or by signature. */
export type Identity = { readonly principal: string; readonly ipAddress: string };

/** One connection from its CONNECT to its end. */
export type Session = {
  readonly clientId: string;
  readonly principal: string;
  readonly ipAddress: string;
  readonly sessionIdentifier: string;
  readonly versionNumber: number;
  readonly connectedAt: number;
};

/** Where time and chance come in. */
export type Nature = { readonly now: () => number; readonly newSessionIdentifier: () => string };

/** Keeps the version numbers, begins sessions and words the events. */
export type Presence = {
  begin(clientId: string, identity: Identity): Session;
  connected(session: Session): ConnectedEvent;
  /** Called once per session, when it ends: the hour without a connection counts from here. */
  disconnected(session: Session, reason: DisconnectReason): DisconnectedEvent;
};

/** The last version given to a client ID, and when it was last seen connected. */
type Version = { readonly number: number; readonly offlineSince: number | undefined };

export function createPresence({ now, newSessionIdentifier }: Nature): Presence {
  const versions = new Map<string, Version>();
  return {
    begin(clientId, identity) {
      const connectedAt = now();
      const versionNumber = nextVersion(versions.get(clientId), connectedAt);
      versions.set(clientId, { number: versionNumber, offlineSince: undefined });
      return { clientId, ...identity, sessionIdentifier: newSessionIdentifier(), versionNumber, connectedAt };
    },
    connected,
    disconnected(session, reason) {
      const timestamp = now();
      versions.set(session.clientId, { number: session.versionNumber, offlineSince: timestamp });
      return disconnected(session, { reason, timestamp });
    },
  };
}

/** Grows with each connection of a client ID; falls back to 0 after about one hour without one (LE). */
function nextVersion(last: Version | undefined, now: number): number {
  if (last === undefined) return 0;
  const forgotten = last.offlineSince !== undefined && now - last.offlineSince >= HOUR_MS;
  return forgotten ? 0 : last.number + 1;
}

/** The fields in the article's order. */
function connected(session: Session): ConnectedEvent {
  return {
    clientId: session.clientId,
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
    clientId: session.clientId,
    timestamp,
    eventType: 'disconnected',
    clientInitiatedDisconnect: reason === 'CLIENT_INITIATED_DISCONNECT',
    sessionIdentifier: session.sessionIdentifier,
    principalIdentifier: session.principal,
    disconnectReason: reason,
    versionNumber: session.versionNumber,
  };
}
