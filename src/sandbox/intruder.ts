import { connect, type MqttClient } from 'mqtt';
import { setTimeout as delay } from 'node:timers/promises';
import type { Credential } from './identity/certificate-authority.ts';

const RECONNECT_MS = 500;
const TELEMETRY_MS = 1000;
const FIRST_CONNECT_MS = 10_000;

/** What the intruder publishes, and what the broker says for it when it is cut off. */
const TELEMETRY_TOPIC = 'fleet/telemetry';
const WILL_TOPIC = 'fleet/status';

type IntruderOptions = {
  readonly clientId: string;
  readonly url: string;
  readonly credential: Credential;
  readonly ca: string;
};

/** A stubborn device with a stolen certificate: it publishes, and comes back whenever it is dropped, until it is stopped. */
export async function startIntruder(options: IntruderOptions): Promise<AsyncDisposable> {
  const client = connectForEver(options);
  client.on('error', () => {}); // refusals are its daily bread
  const telemetry = setInterval(() => publishTelemetry(client), TELEMETRY_MS);
  const stop = async () => {
    clearInterval(telemetry);
    await client.endAsync(true);
  };
  try {
    await firstConnect(client, options.clientId);
  } catch (error) {
    await stop();
    throw error;
  }
  return { [Symbol.asyncDispose]: stop };
}

function connectForEver({ clientId, url, credential, ca }: IntruderOptions): MqttClient {
  return connect(url, {
    clientId,
    protocolVersion: 4,
    ca,
    cert: credential.certificatePem,
    key: credential.privateKeyPem,
    will: { topic: WILL_TOPIC, payload: Buffer.from('{"status":"lost"}'), qos: 0, retain: false },
    connectTimeout: FIRST_CONNECT_MS,
    reconnectPeriod: RECONNECT_MS,
    reconnectOnConnackError: true,
    queueQoSZero: false,
  });
}

function publishTelemetry(client: MqttClient): void {
  if (!client.connected) return;
  client.publish(TELEMETRY_TOPIC, JSON.stringify({ pressure: 3.1, at: Date.now() }), { qos: 0 }, () => {});
}

async function firstConnect(client: MqttClient, clientId: string): Promise<void> {
  const settled = new AbortController();
  const connected = new Promise<true>((resolve) => client.once('connect', () => resolve(true)));
  const late = delay(FIRST_CONNECT_MS, false, { signal: settled.signal }).catch(() => false);
  const inTime = await Promise.race([connected, late]);
  settled.abort();
  if (!inTime)
    throw new Error(`the intruder ${JSON.stringify(clientId)} could not connect to its own sandbox`);
}
