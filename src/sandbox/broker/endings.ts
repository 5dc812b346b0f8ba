import type { Aedes, Client } from 'aedes';
import type { DisconnectReason } from '../faults/fault.ts';

/** Why each client ends. The first reason noted stands: what follows is its consequence. */
export type Endings = {
  note(client: Client, reason: DisconnectReason): void;
  /** Ends a client from this side; the reason is noted unless the client was on its way out by itself. */
  cut(client: Client, reason: DisconnectReason): void;
  /** The Last Will of this client is not to be published, whatever the reason. */
  withholdWill(client: Client): void;
  reasonOf(client: Client): DisconnectReason;
  /** Whether the broker is to publish the Last Will: after every end but a graceful one (LE). */
  publishesWill(client: Client): boolean;
};

/** Notes what aedes lets be seen of its clients' ends, and leaves the rest to whoever brings an end about. */
export function watchEndings(aedes: Aedes): Endings {
  const reasons = new WeakMap<Client, DisconnectReason>();
  const withoutWill = new WeakSet<Client>();
  const note = (client: Client, reason: DisconnectReason) => {
    if (!reasons.has(client)) reasons.set(client, reason);
  };
  const reasonOf = (client: Client) => reasons.get(client) ?? reasonSeenBy(client);
  aedes.on('keepaliveTimeout', (client) => note(client, 'MQTT_KEEP_ALIVE_TIMEOUT'));
  aedes.on('clientError', (client, error) => {
    // Errors of the socket carry a code (ECONNRESET …), those of the protocol do not; who reads nothing is as good as gone.
    const isLost = 'code' in error || error.message === 'drain timeout';
    note(client, isLost ? 'CONNECTION_LOST' : 'CLIENT_ERROR');
  });
  return {
    note,
    cut(client, reason) {
      if (!client.conn.destroyed) note(client, reason);
      client.close();
    },
    withholdWill: (client) => void withoutWill.add(client),
    reasonOf,
    publishesWill: (client) => reasonOf(client) !== 'CLIENT_INITIATED_DISCONNECT' && !withoutWill.has(client),
  };
}

/** aedes decides by this flag of its own whether the Last Will is published; so reason and will cannot disagree. */
function reasonSeenBy(client: Client): DisconnectReason {
  return Reflect.get(client, '_disconnected') === true ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST';
}
