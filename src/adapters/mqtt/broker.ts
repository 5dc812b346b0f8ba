import { type SecureContext, createSecureContext } from 'node:tls';
import { UNREACHED } from './door.ts';
import type { Door, Tunnel } from './door.ts';
import type { MqttIdentity } from './identity.ts';
import { webSocketDoor } from './web-socket.ts';

/** Where the broker is, and who we are there: by certificate, or by a URL that is signed anew for each connection. */
export type Broker = CertificateBroker | SignedBroker;

export type CertificateBroker = {
  readonly url: string;
  readonly identity: MqttIdentity;
  /** The variable of a proxy that is not used: this is no HTTPS. */
  readonly passesBy?: string | undefined;
};

export type SignedBroker = {
  /** The URL with its signature is a secret; the other is fit to be shown. Throws `EvictError`s of source `cloud`. */
  readonly sign: (signal: AbortSignal) => Promise<{ readonly url: string; readonly signedUrl: string }>;
  /** Trusted instead of the system's authorities. */
  readonly ca?: string | undefined;
  /** The way through a proxy, where the URL's host is reached by one. */
  readonly tunnelTo?: ((url: string) => Tunnel | undefined) | undefined;
};

/** AWS IoT tells MQTT by certificate from HTTPS on port 443 by this protocol name. */
const ALPN_ON_443 = 'x-amzn-mqtt-ca';

/** Finds the door for one connection. */
export async function doorTo(broker: Broker, signal: AbortSignal): Promise<Door> {
  if ('identity' in broker) return certificateDoor(broker);
  const signed = await broker.sign(signal);
  return webSocketDoor({ ...signed, ca: broker.ca, tunnel: broker.tunnelTo?.(signed.url) });
}

function certificateDoor({ url, identity, passesBy }: CertificateBroker): Door {
  const protocol = new URL(url).port === '443' ? { ALPNProtocols: [ALPN_ON_443] } : {};
  const tls = { secureContext: contextOf(identity), ...protocol };
  return {
    url,
    options: tls,
    refusal: () => undefined,
    unreached:
      passesBy === undefined
        ? UNREACHED
        : `${UNREACHED}: MQTT by certificate does not go through the proxy of ${passesBy}, only a WebSocket does`,
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
