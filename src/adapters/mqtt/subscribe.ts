import type { MqttClient } from 'mqtt';
import { EvictError } from '../../domain/errors.ts';
import { orAbort } from '../../domain/signals.ts';

/** AWS IoT takes eight filters in a SUBSCRIBE. (AWS IoT Core quotas, "Maximum subscriptions per subscribe request") */
const FILTERS_PER_SUBSCRIBE = 8;
/** SUBACK 0x80 and above: refused. [MQTT-3.9.3-2] */
const REFUSED = 0x80;

/** Subscribes at QoS 1, in batches, until every filter is acknowledged. Throws `broker-refused` or `timed-out`. */
export async function subscribe(
  client: MqttClient,
  filters: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (let start = 0; start < filters.length; start += FILTERS_PER_SUBSCRIBE) {
    const batch = filters.slice(start, start + FILTERS_PER_SUBSCRIBE);
    const granted = await orUnheard(client.subscribeAsync(batch, { qos: 1 }), signal).catch(
      (error: unknown) => {
        throw error instanceof EvictError ? error : notSubscribed(batch, error);
      },
    );
    if (granted.some(({ qos }) => qos >= REFUSED)) throw notSubscribed(batch, undefined);
  }
}

/** Waits for what the broker is to send, until the signal aborts. Throws `timed-out`. */
export function orUnheard<T>(waited: Promise<T>, signal: AbortSignal): Promise<T> {
  return orAbort(waited, signal, () => unheard('nothing was heard in time'));
}

/** Nothing came, where something had to come. */
export function unheard(message: string): EvictError {
  return new EvictError('timed-out', message, {
    hint: 'check that the policy allows iot:Subscribe and iot:Receive on $aws/events/presence/*',
  });
}

function notSubscribed(filters: readonly string[], cause: unknown): EvictError {
  return new EvictError('broker-refused', `the subscription to ${filters[0] ?? ''} was refused`, {
    hint: 'check that the policy allows iot:Subscribe on topicfilter/$aws/events/presence/*',
    cause,
  });
}
