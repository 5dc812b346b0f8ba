import type { Client } from 'aedes';
import type { PresenceEvent } from '../../domain/presence-event.ts';
import type { DisconnectReason } from '../faults/fault.ts';
import type { Identity } from '../identity/identity.ts';
import type { Presence, Session, Someone } from '../presence/presence.ts';

/** A session, the client that holds it, and who that is. */
export type OpenSession = Arrival & { readonly session: Session };

/** What is known of a connection when it has been let in. */
type Arrival = {
  readonly client: Client;
  readonly identity: Identity;
  readonly someone: Someone;
  readonly keepAliveSeconds: number;
};

/** A session that has ended, and why. */
export type EndedSession = OpenSession & { readonly reason: DisconnectReason; readonly endedAt: number };

/** The sessions that are open, at most one per client ID, and their beginnings and ends as presence events. */
export type Sessions = {
  open(arrival: Arrival): void;
  /** Ends the session of this very client; of no other that has its ID. */
  end(client: Client, reason: DisconnectReason): void;
  /** Resolves when the client has no open session, its `disconnected` event being on its way. For whoever has the turn. */
  untilEnded(client: Client): Promise<void>;
  find(clientId: string): OpenSession | undefined;
  readonly list: () => readonly OpenSession[];
  onOpen(listener: (opened: OpenSession) => void): void;
  onEnd(listener: (ended: EndedSession) => void): void;
};

type Surroundings = {
  readonly presence: Presence;
  readonly deliver: (event: PresenceEvent) => void;
  /** For how long a persistent session is kept. */
  readonly sessionExpiryMs: number;
};

export function createSessions({ presence, deliver, sessionExpiryMs }: Surroundings): Sessions {
  const byClientId = new Map<string, OpenSession>();
  const waiting = new WeakMap<Client, () => void>();
  const openListeners: ((opened: OpenSession) => void)[] = [];
  const endListeners: ((ended: EndedSession) => void)[] = [];
  return {
    open(arrival) {
      const session = presence.begin(arrival.client.id, arrival.someone);
      const opened = { ...arrival, session };
      byClientId.set(session.clientId, opened);
      deliver(presence.connected(session));
      for (const listener of openListeners) listener(opened);
    },
    end(client, reason) {
      const open = byClientId.get(client.id);
      if (open?.client !== client) return;
      byClientId.delete(client.id);
      const end = client.clean ? { reason } : { reason, forgottenAfterMs: sessionExpiryMs };
      const event = presence.disconnected(open.session, end);
      deliver(event);
      for (const listener of endListeners) listener({ ...open, reason, endedAt: event.timestamp });
      waiting.get(client)?.();
    },
    untilEnded: (client) =>
      new Promise((resolve) => {
        if (byClientId.get(client.id)?.client === client) waiting.set(client, resolve);
        else resolve();
      }),
    find: (clientId) => byClientId.get(clientId),
    list: () => [...byClientId.values()],
    onOpen: (listener) => void openListeners.push(listener),
    onEnd: (listener) => void endListeners.push(listener),
  };
}
