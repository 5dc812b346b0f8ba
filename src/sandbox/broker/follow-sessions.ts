import type { Aedes, Client } from 'aedes';
import type { PresenceEvent } from '../../domain/presence-event.ts';
import type { Identity } from '../identity/identity.ts';
import type { Presence } from '../presence/presence.ts';
import type { Endings } from './endings.ts';
import type { ConnectRequest, Permissions } from './permissions.ts';
import type { Sessions } from './sessions.ts';

type Followed = {
  readonly sessions: Sessions;
  readonly endings: Endings;
  readonly identityOf: (client: Client) => Identity | undefined;
  readonly requestOf: (client: Client) => ConnectRequest | undefined;
  readonly permissions: Permissions;
  readonly presence: Presence;
  readonly deliver: (event: PresenceEvent) => void;
};

/** What aedes refuses of a SUBSCRIBE is granted so. [MQTT-3.9.3-2] */
const FAILURE: number = 128;

/** Turns what aedes tells of its clients into sessions and their events. */
export function followSessions(aedes: Aedes, followed: Followed): void {
  const { sessions, endings, identityOf, requestOf, permissions } = followed;
  aedes.on('client', (client) => {
    const [identity, request] = [identityOf(client), requestOf(client)];
    // aedes registers a client even when its socket has died since it was let in; nothing would ever end it.
    if (identity === undefined || request === undefined || client.closed) return;
    const someone = permissions.someone(identity, client.id);
    sessions.open({ client, identity, someone, keepAliveSeconds: request.keepAliveSeconds });
  });
  aedes.on('clientDisconnect', (client) => sessions.end(client, endings.reasonOf(client)));
  aedes.on('subscribe', (subscriptions, client) => {
    const granted = subscriptions.filter(({ qos }) => qos !== FAILURE);
    tell(client, { eventType: 'subscribed', topics: granted.map(({ topic }) => topic) }, followed);
  });
  aedes.on('unsubscribe', (topics, client) => {
    // aedes says so of every client that leaves, too; AWS only of an UNSUBSCRIBE.
    if (!client.closed) tell(client, { eventType: 'unsubscribed', topics }, followed);
  });
}

type Change = { readonly eventType: 'subscribed' | 'unsubscribed'; readonly topics: string[] };

function tell(client: Client, change: Change, { sessions, presence, deliver }: Followed): void {
  const open = sessions.find(client.id);
  if (open?.client === client && change.topics.length > 0) {
    deliver(presence.subscription(open.session, change));
  }
}
