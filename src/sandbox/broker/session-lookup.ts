import * as z from 'zod';
import type { Connections, ConnectionState, Subscription } from './connections.ts';
import type { Departure, Departures } from './departures.ts';
import type { Endings } from './endings.ts';
import type { SessionStore } from './session-store.ts';
import type { OpenSession, Sessions } from './sessions.ts';
import type { Turns } from './turns.ts';

type Kept = {
  readonly sessions: Sessions;
  readonly departures: Departures;
  readonly endings: Endings;
  /** In which clients are let in: one that comes back meanwhile waits until the end of its predecessor is through. */
  readonly turns: Turns;
  readonly sessionExpiryMs: number;
};

/** Answers the data plane from the sessions that are open and from what is kept of those that are not. */
export function connectionsOf(store: SessionStore, kept: Kept): Connections {
  const { sessions, departures } = kept;
  return {
    find(clientId) {
      const open = sessions.find(clientId);
      if (open !== undefined) return { ...common(open, kept), ...whileConnected(open) };
      const departure = departures.find(clientId);
      return departure && { ...common(departure, kept), ...sinceGone(departure) };
    },
    async subscriptions(clientId) {
      const open = sessions.find(clientId);
      if (open !== undefined) return liveSubscriptions(open);
      if (departures.find(clientId)?.hasSession !== true) return undefined;
      const stored = await store.subscriptionsByClient({ id: clientId });
      return stored.map(({ topic, qos }) => ({ topicFilter: topic, qos }));
    },
    end: (clientId, how) => kept.turns.take(clientId, () => endConnection(clientId, { ...how, kept })),
  };
}

type End = { readonly cleanSession: boolean; readonly preventWillMessage: boolean; readonly kept: Kept };

async function endConnection(
  clientId: string,
  { cleanSession, preventWillMessage, kept }: End,
): Promise<boolean> {
  const { sessions, departures, endings } = kept;
  const open = sessions.find(clientId);
  const hadSession = departures.find(clientId)?.hasSession === true;
  if (open === undefined && !hadSession) return false;
  if (open !== undefined) {
    if (preventWillMessage) endings.withholdWill(open.client);
    endings.cut(open.client, 'API_INITIATED_DISCONNECT');
    await sessions.untilEnded(open.client);
  }
  if (cleanSession) await departures.wipe(clientId);
  return true;
}

function common({ client, session, keepAliveSeconds }: OpenSession, { sessionExpiryMs }: Kept) {
  return {
    clientId: session.clientId,
    thingName: session.thingName,
    cleanSession: client.clean,
    keepAliveSeconds,
    sessionExpirySeconds: client.clean ? 0 : sessionExpiryMs / 1000,
  };
}

function whileConnected({ session, identity }: OpenSession) {
  return { connected: true, connectedSince: session.connectedAt, socket: identity.peer };
}

function sinceGone({ isRecent, endedAt, reason }: Departure): Pick<ConnectionState, 'connected'> {
  return {
    connected: false,
    ...(isRecent ? { disconnectedSince: endedAt, disconnectReason: reason } : {}),
  };
}

const liveFilters = z.record(z.string(), z.object({ qos: z.number() }));

/** aedes keeps them in an object without a prototype, by filter. */
function liveSubscriptions({ client }: OpenSession): Subscription[] {
  const byFilter = liveFilters.parse(Reflect.get(client, 'subscriptions'));
  return Object.entries(byFilter).map(([topicFilter, { qos }]) => ({ topicFilter, qos }));
}
