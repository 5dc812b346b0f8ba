import { type SecureContext, createSecureContext } from 'node:tls';
import type { Door } from './door.ts';
import type { MqttIdentity } from './identity.ts';
import { webSocketDoor } from './web-socket.ts';

/** Where the broker is, and who we are there: by certificate, or by a URL that is signed anew for each connection. */
export type Broker = CertificateBroker | SignedBroker;

export type CertificateBroker = { readonly url: string; readonly identity: MqttIdentity };

export type SignedBroker = {
  /** The URL with its signature is a secret; the other is fit to be shown. Throws `EvictError`s of source `cloud`. */
  readonly sign: (signal: AbortSignal) => Promise<{ readonly url: string; readonly signedUrl: string }>;
  /** Trusted instead of the system's authorities. */
  readonly ca?: string | undefined;
};

/** AWS IoT tells MQTT by certificate from HTTPS on port 443 by this protocol name. */
const ALPN_ON_443 = 'x-amzn-mqtt-ca';

/** Finds the door for one connection. */
export async function doorTo(broker: Broker, signal: AbortSignal): Promise<Door> {
  if ('identity' in broker) return certificateDoor(broker);
  return webSocketDoor({ ...(await broker.sign(signal)), ca: broker.ca });
}

function certificateDoor({ url, identity }: CertificateBroker): Door {
  const protocol = new URL(url).port === '443' ? { ALPNProtocols: [ALPN_ON_443] } : {};
  const tls = { secureContext: contextOf(identity), ...protocol };
  return {
    url,
    options: tls,
    refusal: () => undefined,
    hint: 'check that the certificate is active in this account and region, and that its policy allows iot:Connect',
  };
}

const contexts = new WeakMap<MqttIdentity, SecureContext>();

/** Made once for all connections: what reads certificate and key each time is late by that, beside the intruder. */
function contextOf(identity: MqttIdentity): SecureContext {
  const { cert, key, ca } = identity;
  const known = contexts.get(identity);
  const context = known ?? createSecureContext({ cert, key, ...(ca === undefined ? {} : { ca }) });
  contexts.set(identity, context);
  return context;
}
