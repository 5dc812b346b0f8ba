import * as z from 'zod';
import { eventTime, wherePossible, writtenNumber } from './exported-fields.ts';

/**
 * Presence and subscription events as AWS IoT publishes them on `$aws/events/presence/…` and `$aws/events/subscriptions/…`.
 * Tolerant on purpose: payloads of 2016 lack `ipAddress`, `versionNumber` and the session, newer ones add fields, reasons
 * grow over time, exports write null and numbers as text, and every value may be chosen by an attacker. Unknown fields are
 * kept, so that evidence stays as received. Source: AWS IoT Developer Guide, "Lifecycle events".
 */
const common = {
  clientId: z.string().min(1),
  /** Epoch milliseconds; AWS calls it approximate. */
  timestamp: eventTime,
  principalIdentifier: z.string().min(1),
  /** Opaque: a UUID, 32 hex digits, or cut short, as seen in the wild. */
  sessionIdentifier: wherePossible(z.string().min(1)),
  /** Only where the thing is attached exclusively. */
  thingName: wherePossible(z.string()),
};

/** The same number on a session's `connected` and `disconnected`; it grows per client and falls back to 0 when long offline. */
const versionNumber = wherePossible(writtenNumber.pipe(z.number().int().nonnegative()));

const connected = z.looseObject({
  eventType: z.literal('connected'),
  ...common,
  versionNumber,
  ipAddress: wherePossible(z.string()),
});

const disconnected = z.looseObject({
  eventType: z.literal('disconnected'),
  ...common,
  versionNumber,
  clientInitiatedDisconnect: wherePossible(z.boolean()),
  /** Open set: new reasons appear, old payloads have none. */
  disconnectReason: wherePossible(z.string()),
});

const connectFailed = z.looseObject({
  eventType: z.literal('connect_failed'),
  ...common,
  ipAddress: wherePossible(z.string()),
  connectFailureReason: wherePossible(z.string()),
});

const subscriptionChange = z.looseObject({
  eventType: z.enum(['subscribed', 'unsubscribed']),
  ...common,
  topics: wherePossible(z.array(z.string())),
});

const presenceEvent = z.discriminatedUnion('eventType', [
  connected,
  disconnected,
  connectFailed,
  subscriptionChange,
]);

export type ConnectedEvent = z.infer<typeof connected>;
export type DisconnectedEvent = z.infer<typeof disconnected>;
export type ConnectFailedEvent = z.infer<typeof connectFailed>;
export type PresenceEvent = z.infer<typeof presenceEvent>;

/** An event that speaks of a session's beginning or end: what a sighting is made of. */
export type SessionEvent = ConnectedEvent | DisconnectedEvent;

/** Reads one payload at the door. `undefined`: valid JSON, but not a presence event. */
export function parsePresenceEvent(payload: unknown): PresenceEvent | undefined {
  const parsed = presenceEvent.safeParse(payload);
  return parsed.success ? parsed.data : undefined;
}

export function isSessionEvent(event: PresenceEvent): event is SessionEvent {
  return event.eventType === 'connected' || event.eventType === 'disconnected';
}

/**
 * AWS publishes no lifecycle events for client IDs with `#` or `+`, so such a client can be seen, but never proved gone
 * by an event. (AWS IoT Developer Guide, "Lifecycle events")
 */
export function isHiddenClient(clientId: string): boolean {
  return /[#+]/u.test(clientId);
}
