import type { Aedes, Client } from 'aedes';
import type { DisconnectReason } from '../faults/fault.ts';
import type { OpenSession, Sessions } from './sessions.ts';

/** What a client that was let in does, as far as AWS IoT can log it. */
export type Activity = {
  readonly eventType: 'Connect' | 'Disconnect' | 'Ping' | 'Publish-In' | 'Subscribe' | 'Unsubscribe';
  readonly session: OpenSession;
  readonly reason?: DisconnectReason;
};

type Followed = { readonly sessions: Sessions; readonly onActivity: (activity: Activity) => void };

/** Tells what the clients do. */
export function followActivity(aedes: Aedes, { sessions, onActivity }: Followed): void {
  const tell = (eventType: Activity['eventType'], client: Client | null) => {
    const session = client === null ? undefined : sessions.find(client.id);
    if (session?.client === client) onActivity({ eventType, session });
  };
  sessions.onOpen((session) => onActivity({ eventType: 'Connect', session }));
  sessions.onEnd(({ reason, ...session }) => onActivity({ eventType: 'Disconnect', session, reason }));
  aedes.on('ping', (_packet, client) => tell('Ping', client));
  aedes.on('publish', (_packet, client) => tell('Publish-In', client));
  aedes.on('subscribe', (_subscriptions, client) => tell('Subscribe', client));
  // aedes says so of every client that leaves, too.
  aedes.on('unsubscribe', (_topics, client) => void (client.closed || tell('Unsubscribe', client)));
}
