import { EvictError } from '../../domain/errors.ts';
import type { HeldId, Takeover, TakeoverOrder } from '../../domain/broker-ports.ts';
import type { Broker } from './broker.ts';
import { openConnection } from './connection.ts';

/** Takes client IDs over on one broker. [MQTT-3.1.4-2]: the server must disconnect the existing client. */
export function takeoverOn(broker: Broker): Takeover {
  return {
    async connect(order: TakeoverOrder, signal: AbortSignal): Promise<HeldId> {
      const connection = await openConnection(broker, order, signal);
      if (connection !== 'version-refused') return connection;
      throw new EvictError('broker-refused', `the broker does not speak MQTT version ${order.mqttVersion}`, {
        hint: 'give --mqtt-version',
      });
    },
  };
}
