import type { Aedes } from 'aedes';
import { randomUUID } from 'node:crypto';
import { type Broker, createAedes, governBroker } from './broker.ts';
import type { Opened } from '../closing.ts';
import { openEventFile } from '../directory.ts';
import { createDelivery } from '../presence/delivery.ts';
import { createPresence } from '../presence/presence.ts';
import { createSessions, type Sessions } from './sessions.ts';

type PresenceBrokerOptions = { readonly directory: string; readonly eventDelayMs: number };

/** Opens the broker with its presence events, which go to the event file and to whoever has subscribed. */
export async function openPresenceBroker(
  { directory, eventDelayMs }: PresenceBrokerOptions,
  opened: Opened,
): Promise<{ broker: Broker; sessions: Sessions }> {
  const file = await openEventFile(directory);
  opened.push(file);
  const aedes = await createAedes();
  const delivery = createDelivery(
    [file.append, (event, topic) => publish(aedes, { topic, payload: JSON.stringify(event) })],
    eventDelayMs,
  );
  const presence = createPresence({ now: Date.now, newSessionIdentifier: randomUUID });
  const sessions = createSessions(presence, delivery.deliver);
  const broker = governBroker(aedes, sessions);
  opened.push(delivery, broker);
  return { broker, sessions };
}

/** At QoS 1, so that each subscriber gets the quality it asked for. A topic that is too deep has no subscriber. */
function publish(aedes: Aedes, { topic, payload }: { topic: string; payload: string }): void {
  aedes.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, () => {});
}
