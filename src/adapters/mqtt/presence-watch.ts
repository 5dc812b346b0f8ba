import { EvictError } from '../../domain/errors.ts';
import type { CanarySeen, PresenceChannel, PresenceWatch, WatchOrder } from '../../domain/broker-ports.ts';
import type { Clock, Randomness } from '../../domain/ports.ts';
import { parsePresenceEvent } from '../../domain/presence-event.ts';
import { connectedFilter, presenceFilters } from '../../domain/presence-topic.ts';
import { Canary } from './canary.ts';
import { openConnection } from './connection.ts';
import type { Broker } from './broker.ts';
import type { Connection } from './connection.ts';
import { parsedJson } from './parsed-json.ts';
import { subscribe } from './subscribe.ts';

type Tools = { readonly clock: Clock; readonly random: Randomness; readonly mqttVersion: 4 | 5 };

/** Watches presence events over MQTT, under random client IDs that nobody else has. */
export function presenceOn(broker: Broker, tools: Tools): PresenceChannel {
  return {
    async open(order: WatchOrder, signal: AbortSignal): Promise<PresenceWatch> {
      let listening = false;
      // What is lost before it listened is no watch that was cut: whoever opens it is told.
      const onGap = (reason: string) => (listening ? order.onGap(reason) : undefined);
      const settled = await connectWatcher(broker, { ...order, onGap }, tools, signal);
      const { connection } = settled;
      const watch = new Watch(broker, { order, tools, ...settled });
      try {
        await subscribe(connection.client, order.clientIds.flatMap(presenceFilters), signal);
        listening = true;
        if (!connection.client.connected) throw lostAtOnce();
      } catch (error) {
        await connection[Symbol.asyncDispose]();
        throw error;
      }
      return watch;
    },
  };
}

function lostAtOnce(): EvictError {
  return new EvictError('connection-lost', 'the broker acknowledged the subscription, and hung up', {
    hint: 'run again',
  });
}

type Settled = { readonly connection: Connection; readonly watcherId: string; readonly mqttVersion: 4 | 5 };

/** Settles the protocol version, too: where 5 is refused, 3.1.1 is tried, under another ID because of the CONNECT rate. */
async function connectWatcher(
  broker: Broker,
  order: WatchOrder,
  tools: Tools,
  signal: AbortSignal,
): Promise<Settled> {
  const { mqttVersion } = tools;
  const watcherId = `evict-watch-${tools.random.hex(16)}`;
  const connection = await openConnection(
    broker,
    { clientId: watcherId, mqttVersion, onLost: order.onGap },
    signal,
  );
  if (connection !== 'version-refused') return { connection, watcherId, mqttVersion };
  if (mqttVersion === 5) return connectWatcher(broker, order, { ...tools, mqttVersion: 4 }, signal);
  throw new EvictError('broker-refused', 'the broker does not speak MQTT 3.1.1, either', {
    hint: 'check --mqtt-url and --mqtt-version',
  });
}

type Parts = {
  readonly order: WatchOrder;
  readonly tools: Tools;
  readonly connection: Connection;
  readonly watcherId: string;
  readonly mqttVersion: 4 | 5;
};

class Watch implements PresenceWatch {
  readonly #broker: Broker;
  readonly #parts: Parts;
  readonly #closing: PromiseLike<void>[] = [];
  #canary: Canary | undefined;

  constructor(broker: Broker, parts: Parts) {
    this.#broker = broker;
    this.#parts = parts;
    parts.connection.client.on('message', (_topic, payload) => this.#receive(payload));
  }

  get watcherId(): string {
    return this.#parts.watcherId;
  }

  get mqttVersion(): 4 | 5 {
    return this.#parts.mqttVersion;
  }

  async prove(signal: AbortSignal): Promise<CanarySeen> {
    const { connection, tools, mqttVersion } = this.#parts;
    const canary = new Canary(tools.random);
    this.#canary = canary;
    await subscribe(connection.client, [connectedFilter(canary.clientId)], signal);
    try {
      return await canary.fly(this.#broker, { ...tools, mqttVersion }, signal);
    } finally {
      this.#closing.push(canary[Symbol.asyncDispose]());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#closing, this.#parts.connection[Symbol.asyncDispose]()]);
  }

  /** Matched by the event's own client ID: a filter may catch more, and topics are not to be parsed. */
  #receive(payload: Buffer): void {
    const receivedAt = this.#parts.tools.clock.now();
    const raw = parsedJson(payload);
    const event = parsePresenceEvent(raw);
    if (event === undefined) return;
    const { order } = this.#parts;
    this.#canary?.notice(event, receivedAt);
    if (order.clientIds.includes(event.clientId)) order.onEvent({ event, raw, receivedAt });
  }
}
