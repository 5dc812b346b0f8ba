import type { MqttClient } from 'mqtt';
import type { ReceivedMessage } from '../../domain/kept-message.ts';

/**
 * MQTT 5 ends a session with its connection unless told otherwise, and ours takes the place of the client's. The longest that
 * AWS IoT keeps one, so that none is kept for shorter than its client asked for. (MQTT 5, 3.1.2.11.2; AWS IoT Core quotas)
 */
export const SESSION_EXPIRY_S = 7 * 86_400;

const NOT_KEPT = new Error('it was not kept');

/** Acknowledges each message once it is kept, one after the other: what is not kept stays in the session. */
export function acknowledgeWhatIsKept(
  client: MqttClient,
  keep: (message: ReceivedMessage) => Promise<boolean> = () => Promise.resolve(false),
): void {
  client.handleMessage = ({ topic, payload, qos, retain, dup }, acknowledge) => {
    void keep({ topic, payload: Buffer.from(payload), qos, retain, dup }).then((kept) =>
      acknowledge(kept ? undefined : NOT_KEPT),
    );
  };
}
