import { Aedes, type Client } from 'aedes';
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Opened } from '../closing.ts';
import type { Clock } from '../faults/clock.ts';
import type { DisconnectReason } from '../faults/fault.ts';
import type { Faults } from '../faults/faults.ts';
import type { Identity } from '../identity/identity.ts';
import type { PresenceEvent } from '../../domain/presence-event.ts';
import { createDelivery, type EventSink } from '../presence/delivery.ts';
import { createPresence } from '../presence/presence.ts';
import type { Registry } from '../registry/registry.ts';
import { admitInTurn } from './admission.ts';
import type { CertificateCheck } from './certificate-check.ts';
import { limitConnects } from './connect-rate.ts';
import type { Connections } from './connections.ts';
import { type Departure, keepDepartures } from './departures.ts';
import { disturbConnections } from './disturbances.ts';
import { type Endings, watchEndings } from './endings.ts';
import { type Activity, followActivity } from './follow-activity.ts';
import { followSessions } from './follow-sessions.ts';
import { sweepInactive } from './inactive-sweep.ts';
import { Line } from './line.ts';
import { packetRules } from './packet-rules.ts';
import { createPermissions } from './permissions.ts';
import { readRequests } from './requests.ts';
import { connectionsOf } from './session-lookup.ts';
import { type SessionStore, storeOf } from './session-store.ts';
import { createSessions, type OpenSession } from './sessions.ts';
import { governTraffic } from './traffic.ts';
import { createTurns } from './turns.ts';

/** How long a client may take to send its CONNECT, or to read what it was sent. */
const PATIENCE_MS = 10_000;

/** The MQTT side of the sandbox, behind whatever let a connection in. */
export type Broker = AsyncDisposable & {
  admit(connection: Duplex, identity: Identity): Admitted;
  readonly connections: Connections;
  sessions(): readonly OpenSession[];
  departures(): readonly Departure[];
  readonly store: SessionStore;
  readonly deliver: (event: PresenceEvent) => void;
};

/** A connection that has been handed to the broker. */
type Admitted = {
  /** Says why it is about to end, where the broker cannot see it. */
  ends(reason: DisconnectReason): void;
};

export type BrokerOptions = {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly certificates: CertificateCheck;
  /** Where presence events go, besides those who subscribed to them. */
  readonly sinks: readonly EventSink[];
  /** Hears what clients do. */
  readonly onActivity: (activity: Activity) => void;
  readonly sessionExpiryMs: number;
  readonly minimumKeepAliveSeconds: number;
};

/** Makes a bare aedes obey AWS's rules for connections, topics and presence. */
export async function openBroker(options: BrokerOptions, opened: Opened): Promise<Broker> {
  const { registry, clock, faults, certificates, sessionExpiryMs } = options;
  const aedes = await Aedes.createBroker({ connectTimeout: PATIENCE_MS, drainTimeout: PATIENCE_MS });
  const delivery = createDelivery([...options.sinks, publishOn(aedes)], faults);
  const { deliver } = delivery;
  const presence = createPresence({ now: clock.now, newSessionIdentifier: randomUUID });
  const sessions = createSessions({ presence, deliver, sessionExpiryMs });
  const endings = watchEndings(aedes);
  const permissions = createPermissions({ registry, clock, faults });
  const store = storeOf(aedes);
  const departures = keepDepartures(store, { sessions, now: clock.now, sessionExpiryMs });
  const turns = createTurns();
  const connections = connectionsOf(store, { sessions, departures, endings, turns, sessionExpiryMs });
  const behind = new WeakMap<Client, { identity: Identity; line: Line }>();
  const identityOf = (client: Client) => behind.get(client)?.identity;
  const requestOf = readRequests(aedes, options);
  const rate = limitConnects(faults);
  governTraffic(aedes, { permissions, endings, store });
  const asked = { identityOf, requestOf, permissions, sessions, endings, presence, deliver };
  admitInTurn(aedes, { ...asked, certificates, rate, departures, turns });
  followSessions(aedes, asked);
  followActivity(aedes, { sessions, onActivity: options.onActivity });
  const lineOf = ({ client }: OpenSession) => behind.get(client)?.line;
  const close = closingOf(aedes, { sessions: sessions.list, endings });
  opened.push(
    delivery,
    disturbConnections({ sessions, endings, faults, lineOf }),
    sweepInactive({ sessions, endings, registry, clock, faults }),
    { [Symbol.asyncDispose]: close },
  );
  return {
    admit(connection, identity) {
      const inspect = packetRules(() => endings.cut(client, 'CLIENT_ERROR'));
      const line = new Line(connection, inspect);
      const client: Client = aedes.handle(line);
      behind.set(client, { identity, line });
      return { ends: (reason) => endings.note(client, reason) };
    },
    connections,
    sessions: sessions.list,
    departures: departures.list,
    store,
    deliver,
    [Symbol.asyncDispose]: close,
  };
}

/** At QoS 1, so that each subscriber gets the quality it asked for. A topic that is too deep has no subscriber. */
function publishOn(aedes: Aedes): EventSink {
  return (event, topic) => {
    const payload = JSON.stringify(event);
    aedes.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, () => {});
  };
}

type Ending = { readonly sessions: () => readonly OpenSession[]; readonly endings: Endings };

/** Open sessions end by the server's will. May be asked for twice. */
function closingOf(aedes: Aedes, { sessions, endings }: Ending): () => Promise<void> {
  return async () => {
    for (const { client } of sessions()) endings.cut(client, 'SERVER_INITIATED_DISCONNECT');
    await new Promise<void>((resolve) => {
      aedes.close(resolve);
    });
  };
}
