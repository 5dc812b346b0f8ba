import type { FoundEvent } from '../../src/domain/found-event.ts';
import type {
  ConnectFailedEvent,
  ConnectedEvent,
  DisconnectedEvent,
  SessionEvent,
} from '../../src/domain/presence-event.ts';

export const CLIENT = 'pump-17';

/** The principal that the incidents of these tests contain: a certificate ID, 64 hex digits. */
export const INTRUDER = '226c'.repeat(16);
/** Somebody else with a certificate. */
export const STRANGER = 'beef'.repeat(16);
/** The certificate that the response speaks as. */
export const OURS = '0e0e'.repeat(16);
export const COLLEAGUE = 'AROAEXAMPLECOLLEAGUE:bob';

/** When the sighted session began, epoch milliseconds. */
export const SIGHTED_AT = 1_702_566_391_861;

/** Now, after all of the events. */
export const LATER = 1_800_000_000_000;

const SIGHTED = {
  clientId: CLIENT,
  timestamp: SIGHTED_AT,
  sessionIdentifier: 'sighted-session',
  principalIdentifier: INTRUDER,
  versionNumber: 96,
};

/** The beginning of the sighted session. */
export function aConnectedEvent(overrides: Partial<ConnectedEvent> = {}): ConnectedEvent {
  return { ...SIGHTED, eventType: 'connected', ipAddress: '8.8.42.11', ...overrides };
}

/** The end of the sighted session, by a takeover. */
export function aDisconnectedEvent(overrides: Partial<DisconnectedEvent> = {}): DisconnectedEvent {
  return {
    ...SIGHTED,
    eventType: 'disconnected',
    clientInitiatedDisconnect: false,
    disconnectReason: 'DUPLICATE_CLIENTID',
    ...overrides,
  };
}

/** A refused attempt of the intruder. */
export function aConnectFailedEvent(overrides: Partial<ConnectFailedEvent> = {}): ConnectFailedEvent {
  return {
    clientId: CLIENT,
    timestamp: SIGHTED_AT,
    eventType: 'connect_failed',
    principalIdentifier: INTRUDER,
    sessionIdentifier: 'refused-session',
    connectFailureReason: 'AUTHORIZATION_FAILED',
    ...overrides,
  };
}

/** An event as a source yields it. */
export function found(event: SessionEvent, place: Partial<FoundEvent> = {}): FoundEvent {
  return { event, raw: event, source: 'file:events.jsonl', ...place };
}
