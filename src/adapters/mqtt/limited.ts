import type { MqttClient } from 'mqtt';
import { reasonOf } from './refusal.ts';

/** AWS IoT has no packet a fifth as long; the library would gather 256 MB of one before it looks at it. */
const LONGEST_PACKET = 1_048_576;

/** What the library lets a peer do, and what ends the connection all the same. */
export function limited(client: MqttClient): MqttClient {
  let gathered = 0;
  client.on('packetreceive', () => {
    gathered = 0;
  });
  client.stream.on('data', (piece: Buffer) => {
    gathered += piece.length;
    if (gathered > LONGEST_PACKET) client.emit('error', new Error('it sent a packet of more than 1 MiB'));
  });
  // The receiver closes, if the sender does not; 0x8E is how MQTT 5 tells of a takeover. [MQTT-3.14.4-1]
  client.on('disconnect', ({ reasonCode = 0 }) => {
    client.emit('error', new Error(`the broker sent ${reasonOf('DISCONNECT', reasonCode)}`));
  });
  return client;
}
