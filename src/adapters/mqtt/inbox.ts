import type { MqttClient } from 'mqtt';
import type { Arrival } from '../../domain/broker-ports.ts';
import type { Clock } from '../../domain/ports.ts';
import { parsePresenceEvent } from '../../domain/presence-event.ts';
import type { PresenceEvent } from '../../domain/presence-event.ts';
import type { FeedOrder } from '../../domain/recording-ports.ts';
import { parsedJson } from './parsed-json.ts';

/** What comes within this time is kept together: a disk takes thousands of events in the time that it takes for one. */
const TOGETHER_MS = 200;
/** What waits to be kept is held in memory. */
const MOST_WAITING = 5_000;

const NOT_YET = new Error('it is acknowledged once it is kept');

type Tools = {
  readonly clock: Clock;
  /** Told of each event at once, before it is kept. */
  readonly notice: (event: PresenceEvent, receivedAt: number) => void;
};

/** Gathers what comes, has it kept in batches, and acknowledges each message once it is. [MQTT-4.4.0-1] */
export class Inbox {
  readonly #order: FeedOrder;
  readonly #tools: Tools;
  #client: MqttClient | undefined;
  #arrivals: Arrival[] = [];
  #acknowledgements: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #passedOver = 0;
  /** When anything at all came last. */
  heardAt = 0;

  constructor(order: FeedOrder, tools: Tools) {
    this.#order = order;
    this.#tools = tools;
  }

  /** From the very first message on: a session's may come with the CONNACK. */
  attach(client: MqttClient): void {
    this.#client = client;
    client.on('packetreceive', () => {
      this.heardAt = this.#tools.clock.now();
    });
    // The library acknowledges one message after the other, and waits for each: that it must not, and that we do, in batches.
    client.handleMessage = ({ payload, messageId }, done) => {
      this.#receive(payload, messageId);
      done(NOT_YET);
    };
  }

  /** Has kept what waits. */
  empty(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [arrivals, acknowledgements] = [this.#arrivals, this.#acknowledgements];
    const passedOver = this.#passedOver;
    [this.#arrivals, this.#acknowledgements, this.#passedOver] = [[], [], 0];
    if (arrivals.length + passedOver === 0 || !this.#order.keep({ arrivals, passedOver })) return;
    if (this.#client?.connected === true) this.#client.stream.write(Buffer.concat(acknowledgements));
  }

  #receive(payload: string | Buffer, messageId: number | undefined): void {
    const receivedAt = this.#tools.clock.now();
    const raw = parsedJson(payload);
    const event = parsePresenceEvent(raw);
    if (event === undefined) this.#passedOver += 1;
    else {
      this.#tools.notice(event, receivedAt);
      this.#arrivals.push({ event, raw, receivedAt });
    }
    if (messageId !== undefined) this.#acknowledgements.push(puback(messageId));
    if (this.#arrivals.length + this.#passedOver >= MOST_WAITING) this.empty();
    else this.#timer ??= setTimeout(() => this.empty(), TOGETHER_MS);
  }
}

/** The same in both versions: without a reason it is one of success. [MQTT-3.4.2, MQTT 5 3.4.2.1] */
function puback(messageId: number): Buffer {
  return Buffer.from([0x40, 2, Math.floor(messageId / 256), messageId % 256]);
}
