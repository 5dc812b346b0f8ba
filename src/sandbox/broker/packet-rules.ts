import { type Packet, parser } from 'mqtt-packet';
import type { Inspect } from './line.ts';

const MAX_FILTERS = 8;
const MAX_PAYLOAD_BYTES = 128 * 1024;
const MAX_TOPIC_BYTES = 256;
const MAX_SLASHES = 7;

/**
 * What AWS IoT does not take, though MQTT would (LIM; Developer Guide, "MQTT": differences from the specification). Looked
 * for in the packets themselves, since the broker below works filter by filter and knows no such limits.
 *
 * @param refuse called once, with what is wrong
 */
export function packetRules(refuse: (problem: string) => void): Inspect {
  const packets = parser({ protocolVersion: 4 });
  let problem: string | undefined;
  packets.on('packet', (packet) => {
    problem ??= problemOf(packet);
  });
  packets.on('error', () => {}); // the broker's own parser meets the same bytes, and ends the connection
  return (chunk) => {
    if (problem !== undefined) return false;
    packets.parse(chunk);
    if (problem === undefined) return true;
    refuse(problem);
    return false;
  };
}

function problemOf(packet: Packet): string | undefined {
  if (packet.cmd === 'publish') {
    if (packet.qos === 2) return 'QoS 2 is not supported';
    if (Buffer.byteLength(packet.payload) > MAX_PAYLOAD_BYTES) return 'a payload has at most 128 KB';
    return topicProblem(packet.topic);
  }
  if (packet.cmd === 'subscribe') {
    if (packet.subscriptions.length > MAX_FILTERS) return `a SUBSCRIBE has at most ${MAX_FILTERS} filters`;
    if (packet.subscriptions.some(({ qos }) => qos === 2)) return 'QoS 2 is not supported';
    return packet.subscriptions.map(({ topic }) => topicProblem(topic)).find((one) => one !== undefined);
  }
  if (packet.cmd === 'connect' && packet.will !== undefined) {
    return packet.will.qos === 2 ? 'QoS 2 is not supported' : topicProblem(packet.will.topic);
  }
  return undefined;
}

function topicProblem(topic: string): string | undefined {
  if (Buffer.byteLength(topic) > MAX_TOPIC_BYTES) return `a topic has at most ${MAX_TOPIC_BYTES} bytes`;
  return topic.split('/').length - 1 > MAX_SLASHES ? `a topic has at most ${MAX_SLASHES} slashes` : undefined;
}
