import type { Client } from 'aedes';
import type { SessionEvent } from '../../domain/presence-event.ts';
import type { DisconnectReason, Identity, Presence, Session } from '../presence/presence.ts';

/** The sessions that are open, at most one per client ID, and their beginnings and ends as presence events. */
export type Sessions = {
  open(client: Client, identity: Identity): void;
  /** Ends the session of this very client; of no other that has its ID. */
  end(client: Client, reason: DisconnectReason): void;
  /** Resolves when the client has no open session, its `disconnected` event being on its way. */
  untilEnded(client: Client): Promise<void>;
  holderOf(clientId: string): Client | undefined;
  list(): readonly OpenSession[];
};

/** A session and the client that holds it. */
export type OpenSession = { readonly client: Client; readonly session: Session };

export function createSessions(presence: Presence, deliver: (event: SessionEvent) => void): Sessions {
  const byClientId = new Map<string, OpenSession>();
  const waiting = new WeakMap<Client, () => void>();
  const holderOf = (clientId: string) => byClientId.get(clientId)?.client;
  return {
    open(client, identity) {
      const session = presence.begin(client.id, identity);
      byClientId.set(client.id, { client, session });
      deliver(presence.connected(session));
    },
    end(client, reason) {
      const open = byClientId.get(client.id);
      if (open?.client !== client) return;
      byClientId.delete(client.id);
      deliver(presence.disconnected(open.session, reason));
      waiting.get(client)?.();
    },
    untilEnded: (client) =>
      new Promise((resolve) => {
        if (holderOf(client.id) === client) waiting.set(client, resolve);
        else resolve();
      }),
    holderOf,
    list: () => [...byClientId.values()],
  };
}
