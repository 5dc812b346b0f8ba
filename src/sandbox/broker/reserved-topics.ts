import type { Aedes, Client } from 'aedes';

/** Topics of the service itself. */
const RESERVED = '$';
const AWS = '$aws/';

/**
 * Keeps `$…` topics apart: closed to publishers, and delivered only to who names `$aws/` in a filter (SEED). aedes keeps a
 * live `#` from them, but not a persistent session that comes back, so each delivery is checked against the filters.
 */
export function reserveTopics(broker: Aedes): void {
  const filters = new WeakMap<Client, Set<string>>();
  broker.authorizeSubscribe = (client, subscription, done) => {
    // Also called for the subscriptions that a persistent session brings back.
    filters.set(client, (filters.get(client) ?? new Set()).add(subscription.topic));
    done(null, subscription);
  };
  broker.on('unsubscribe', (topics, client) => {
    for (const topic of topics) filters.get(client)?.delete(topic);
  });
  broker.authorizeForward = (client, packet) =>
    isReserved(packet.topic) && !namesTopic(filters.get(client), packet.topic) ? null : packet;
}

export function isReserved(topic: string): boolean {
  return topic.startsWith(RESERVED);
}

function namesTopic(filters: Set<string> | undefined, topic: string): boolean {
  return [...(filters ?? [])].some(
    (filter) => filter.startsWith(AWS) && matches(filter.split('/'), topic.split('/')),
  );
}

/** [MQTT-4.7.1-2], [MQTT-4.7.1-3]: `#` is the rest, the level above included, and `+` is one level. */
function matches(filter: readonly string[], topic: readonly string[]): boolean {
  const end = filter.indexOf('#');
  if (end === -1 && filter.length !== topic.length) return false;
  const levels = end === -1 ? filter : filter.slice(0, end);
  return (
    levels.length <= topic.length && levels.every((level, index) => level === '+' || level === topic[index])
  );
}
