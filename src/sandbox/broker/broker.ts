import { Aedes } from 'aedes';
import type { Duplex } from 'node:stream';
import { admitInTurn } from './admission.ts';
import { type Endings, watchEndings } from './endings.ts';
import type { DisconnectReason, Identity } from '../presence/presence.ts';
import { isReserved, reserveTopics } from './reserved-topics.ts';
import type { Sessions } from './sessions.ts';

/** How long a client may take to send its CONNECT, or to read what it was sent. */
const PATIENCE_MS = 10_000;

/** The MQTT side of the sandbox, behind whatever let a connection in. */
export type Broker = AsyncDisposable & {
  admit(connection: Duplex, identity: Identity): Admitted;
};

/** A connection that has been handed to the broker. */
type Admitted = {
  /** Says why it is about to end, where the broker cannot see it. */
  ends(reason: DisconnectReason): void;
};

export function createAedes(): Promise<Aedes> {
  return Aedes.createBroker({ connectTimeout: PATIENCE_MS, drainTimeout: PATIENCE_MS });
}

/** Makes a bare aedes obey AWS's rules for connections and topics. */
export function governBroker(aedes: Aedes, sessions: Sessions): Broker {
  const endings = watchEndings(aedes);
  const identities = new WeakMap<Duplex, Identity>();
  reserveTopics(aedes);
  limitPublishers(aedes, endings);
  admitInTurn(aedes, { sessions, endings });
  followSessions(aedes, { sessions, endings, identities });
  return {
    admit(connection, identity) {
      identities.set(connection, identity);
      const client = aedes.handle(connection);
      return { ends: (reason) => endings.note(client, reason) };
    },
    [Symbol.asyncDispose]: async () => {
      for (const { client } of sessions.list()) endings.cut(client, 'SERVER_INITIATED_DISCONNECT');
      await new Promise<void>((resolve) => {
        aedes.close(resolve);
      });
    },
  };
}

/**
 * Publishing to a reserved topic ends the connection. A Last Will comes this way too, when its client is closed: it is
 * withheld after a graceful end, of which a WebSocket's close frame is one that aedes does not know (LE).
 */
function limitPublishers(aedes: Aedes, endings: Endings): void {
  aedes.authorizePublish = (client, packet, done) => {
    const isWill = client?.closed === true;
    if (isReserved(packet.topic)) done(new Error(`${packet.topic} is closed to publishers`));
    else if (isWill && endings.reasonOf(client) === 'CLIENT_INITIATED_DISCONNECT') {
      done(new Error('a graceful end has no Last Will'));
    } else done(null);
  };
}

type Followed = { sessions: Sessions; endings: Endings; identities: WeakMap<Duplex, Identity> };

function followSessions(aedes: Aedes, { sessions, endings, identities }: Followed): void {
  aedes.on('client', (client) => {
    const identity = identities.get(client.conn);
    // aedes registers a client even when its socket has died since it was let in; nothing would ever end it.
    if (identity !== undefined && !client.closed) sessions.open(client, identity);
  });
  aedes.on('clientDisconnect', (client) => sessions.end(client, endings.reasonOf(client)));
}
