import type { CanarySeen } from '../../domain/broker-ports.ts';
import type { Clock, Randomness } from '../../domain/ports.ts';
import type { PresenceEvent } from '../../domain/presence-event.ts';
import type { Broker } from './broker.ts';
import { openConnection } from './connection.ts';
import { orUnheard, unheard } from './subscribe.ts';

type Tools = { readonly clock: Clock; readonly mqttVersion: 4 | 5 };

/**
 * A short connection whose `connected` event must be heard. Each has an ID of its own: AWS takes one CONNECT a second for
 * each, and a late duplicate of an earlier one proves nothing of now.
 */
export class Canary implements AsyncDisposable {
  readonly clientId: string;
  #hear: (heard: { principalIdentifier: string; receivedAt: number }) => void = () => undefined;
  readonly #heard = new Promise<{ principalIdentifier: string; receivedAt: number }>((resolve) => {
    this.#hear = resolve;
  });
  #closing: PromiseLike<void> | undefined;

  constructor(random: Randomness) {
    this.clientId = `evict-canary-${random.hex(16)}`;
  }

  /** To be told of every event that is heard. */
  notice({ clientId, eventType, principalIdentifier }: PresenceEvent, receivedAt: number): void {
    if (clientId === this.clientId && eventType === 'connected')
      this.#hear({ principalIdentifier, receivedAt });
  }

  /** Connects, and waits for its event. The delay is from its CONNACK to the event, which may come first. */
  async fly(broker: Broker, { clock, mqttVersion }: Tools, signal: AbortSignal): Promise<CanarySeen> {
    const order = { clientId: this.clientId, mqttVersion, onLost: () => undefined };
    const connection = await openConnection(broker, order, signal);
    if (connection === 'version-refused') throw unheard('the broker refused the canary');
    const acknowledgedAt = clock.now();
    try {
      const { principalIdentifier, receivedAt } = await orUnheard(this.#heard, signal);
      return { principalIdentifier, delayMs: Math.max(0, receivedAt - acknowledgedAt) };
    } finally {
      this.#closing = connection[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing;
  }
}
