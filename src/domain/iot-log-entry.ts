import * as z from 'zod';
import { wherePossible } from './exported-fields.ts';
import type { SessionEvent } from './presence-event.ts';

/** What AWS IoT's log (V2) writes in UTC, without saying so: `2023-12-14 15:06:31.861`. */
const TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,9})?$/u;

/**
 * An entry of the message broker, as far as it names a client and its principal. It has neither a session identifier nor a
 * version number. (AWS IoT Developer Guide, "CloudWatch Logs AWS IoT log entries")
 */
const brokerEntry = z.looseObject({
  /** Epoch milliseconds. The 99th of a month is no time, and refused. */
  timestamp: z
    .string()
    .regex(TIME)
    .transform((text) => Date.parse(`${text.replace(' ', 'T')}Z`))
    .pipe(z.number().nonnegative()),
  eventType: z.string(),
  status: z.string(),
  clientId: z.string().min(1),
  /** As the log has it, odd forms such as `USER` included: who decides on a principal judges it. */
  principalId: z.string().min(1),
  protocol: wherePossible(z.string()),
  sourceIp: wherePossible(z.string()),
  disconnectReason: wherePossible(z.string()),
  reason: wherePossible(z.string()),
});

type BrokerEntry = z.infer<typeof brokerEntry>;

/** What only a connected client does: proof that its principal was connected then, though not since when. */
export const ACTIVITY = ['Ping', 'Publish-In', 'Subscribe', 'Unsubscribe'] as const;

const OF_THE_CONNECTED: ReadonlySet<string> = new Set(['Connect', ...ACTIVITY]);

/** Whether it is an entry of what a connected client did, which stands for no beginning. */
export function isActivity(raw: unknown): boolean {
  const type: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, 'eventType') : undefined;
  return ACTIVITY.some((activity) => activity === type);
}

/** The session event that a log entry stands for; `undefined` where it tells of no connection. */
export function eventOfLogEntry(value: unknown): SessionEvent | undefined {
  const parsed = brokerEntry.safeParse(value);
  // A publication over HTTP is one without a connection.
  if (!parsed.success || parsed.data.protocol === 'HTTP') return undefined;
  const entry = parsed.data;
  if (entry.eventType === 'Disconnect') return disconnectedIn(entry);
  if (entry.status !== 'Success' || !OF_THE_CONNECTED.has(entry.eventType)) return undefined;
  const { sourceIp } = entry;
  return {
    eventType: 'connected',
    ...seenIn(entry),
    ...(sourceIp === undefined ? {} : { ipAddress: sourceIp }),
  };
}

/** Log and events spell a takeover in two ways, and the log has it as the reason of the failure. */
function disconnectedIn(entry: BrokerEntry): SessionEvent {
  const reason = entry.reason === 'DUPLICATE_CLIENT_ID' ? 'DUPLICATE_CLIENTID' : entry.disconnectReason;
  return {
    eventType: 'disconnected',
    ...seenIn(entry),
    ...(reason === undefined ? {} : { disconnectReason: reason }),
  };
}

function seenIn({ clientId, principalId, timestamp }: BrokerEntry) {
  return { clientId, principalIdentifier: principalId, timestamp };
}
