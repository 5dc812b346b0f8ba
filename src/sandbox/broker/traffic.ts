import type { Aedes, AedesPublishPacket, Client } from 'aedes';
import type { DisconnectReason } from '../faults/fault.ts';
import { topicArn, topicFilterArn } from '../identity/account.ts';
import type { Endings } from './endings.ts';
import { neededToPublish, type Permissions } from './permissions.ts';
import type { SessionStore } from './session-store.ts';
import { matchesFilter } from './topic-filter.ts';

/** Topics of the service itself. */
const RESERVED = '$';
const AWS = '$aws/';
const MAX_SUBSCRIPTIONS = 50;

type Law = {
  readonly permissions: Permissions;
  readonly endings: Endings;
  readonly store: SessionStore;
};

/** Lets through what policies allow, and keeps `$…` topics apart: closed to publishers, delivered only to who names `$aws/`. */
export function governTraffic(aedes: Aedes, law: Law): void {
  const filters = followFilters(aedes, law);
  limitPublishers(aedes, law);
  aedes.authorizeForward = (client, packet) => {
    const matching = [...(filters.get(client) ?? [])].filter((filter) => takesIn(filter, packet));
    const wanted = matching.length > 0;
    return wanted && law.permissions.may(client, { action: 'iot:Receive', resource: topicArn(packet.topic) })
      ? packet
      : null;
  };
}

export function isReserved(topic: string): boolean {
  return topic.startsWith(RESERVED);
}

/**
 * Publishing what is not allowed ends the connection. A Last Will comes this way too, when its client is closed: it is
 * withheld after a graceful end, of which a WebSocket's close frame is one that aedes does not know (LE).
 */
function limitPublishers(aedes: Aedes, { permissions, endings }: Law): void {
  aedes.authorizePublish = (client, packet, done) => {
    if (client === null) return done(null);
    if (client.closed && !endings.publishesWill(client)) return done(new Error('this end has no Last Will'));
    // A will's refusal is not why its client ends.
    const refuse = (reason: DisconnectReason, message: string) => {
      if (!client.closed) endings.note(client, reason);
      done(new Error(message));
    };
    if (isReserved(packet.topic)) refuse('CLIENT_ERROR', `${packet.topic} is closed to publishers`);
    else if (neededToPublish(packet).every((access) => permissions.may(client, access))) done(null);
    else refuse('AUTH_ERROR', `no policy allows ${packet.topic} to be published`);
  };
}

/**
 * The filters that each client has. A SUBSCRIBE that no policy allows ends the connection (Developer Guide,
 * "Publish/Subscribe policy examples"). What a persistent session brings back, before its CONNACK, is no SUBSCRIBE and is not
 * checked (Developer Guide, "AWS IoT Core policy actions").
 */
function followFilters(aedes: Aedes, { permissions, endings, store }: Law): WeakMap<Client, Set<string>> {
  const filters = new WeakMap<Client, Set<string>>();
  const answered = new WeakSet<Client>();
  aedes.on('connackSent', (_packet, client) => void answered.add(client));
  aedes.authorizeSubscribe = (client, subscription, done) => {
    const { topic } = subscription;
    const own = filters.get(client) ?? new Set();
    // For a persistent session aedes stores all filters of a SUBSCRIBE with the first that is granted.
    const forget = () => queueMicrotask(() => void store.removeSubscriptions(client, [topic]));
    if (!own.has(topic) && own.size >= MAX_SUBSCRIPTIONS) {
      forget();
      return done(null, null); // SUBACK 0x80
    }
    const access = { action: 'iot:Subscribe', resource: topicFilterArn(topic) };
    if (answered.has(client) && !permissions.may(client, access)) {
      forget();
      endings.note(client, 'AUTH_ERROR');
      return done(new Error(`no policy allows ${topic} to be subscribed to`));
    }
    filters.set(client, own.add(topic));
    done(null, subscription);
  };
  aedes.on('unsubscribe', (topics, client) => {
    for (const topic of topics) filters.get(client)?.delete(topic);
  });
  return filters;
}

/**
 * aedes keeps a live `#` from `$…` topics, but not a persistent session that comes back; it lets `a/#` take in `a`, and gives
 * retained messages to wildcards, which AWS does not (Developer Guide, "MQTT": differences from the specification).
 */
function takesIn(filter: string, packet: AedesPublishPacket): boolean {
  if (isReserved(packet.topic) && !filter.startsWith(AWS)) return false;
  return isFreshRetained(packet) ? filter === packet.topic : matchesFilter(filter, packet.topic);
}

/** aedes marks what it sends from its store of retained messages by taking the broker's ID off. */
function isFreshRetained(packet: AedesPublishPacket): boolean {
  return packet.retain && Reflect.get(packet, 'brokerId') === null;
}
