import { connect } from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import { EvictError } from '../../domain/errors.ts';
import type { MqttIdentity } from './identity.ts';

/** Where the broker is and who we are there. */
export type Broker = { readonly url: string; readonly identity: MqttIdentity };

export type ConnectionOrder = {
  readonly clientId: string;
  readonly mqttVersion: 4 | 5;
  /** Resume the session of that ID instead of ending it. [MQTT-3.1.2-4] */
  readonly keepSession?: boolean;
  /** An acknowledged connection ended without our doing. */
  readonly onLost: (reason: string) => void;
};

/** An acknowledged connection; disposing of it sends DISCONNECT and waits, shortly, until that is done. */
export type Connection = AsyncDisposable & { readonly client: MqttClient };

/** AWS IoT tells MQTT by certificate from HTTPS on port 443 by this protocol name. */
const ALPN_ON_443 = 'x-amzn-mqtt-ca';
/** The shortest that AWS IoT takes: a silently dead watch is noticed soonest. (AWS IoT Core quotas, "Keep-alive interval") */
const KEEP_ALIVE_S = 30;
const CLOSING_MS = 1_000;

/** "Unacceptable protocol version" of 3.1.1 and "Unsupported Protocol Version" of 5. [MQTT-3.1.2-2] */
const VERSION_REFUSED = new Set([1, 132]);
/** "Server unavailable" of 3.1.1 and "Quota exceeded" of 5; which of them AWS gives is not documented. */
const TOO_SOON = new Set([3, 0x97]);

/**
 * Connects once, without ever reconnecting: two clients that both reconnect under one ID fight for ever. Resolves at
 * CONNACK, with `version-refused` where the broker does not speak the version. Throws `broker-unreachable`,
 * `broker-refused` or `timed-out`. `connectAsync` of the library is of no use here: it never settles when a broker drops
 * the connection without a CONNACK.
 */
export function openConnection(
  broker: Broker,
  order: ConnectionOrder,
  signal: AbortSignal,
): Promise<Connection | 'version-refused'> {
  if (signal.aborted) return Promise.reject(tooSlow(broker, order));
  return new Promise((resolve, reject) => {
    const client = connect(broker.url, optionsFor(broker, order));
    let failure: Error | undefined;
    // Only our own listeners are ever taken off: the library's are what clears its timers.
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', onAbort);
      client.off('close', onClose).off('connect', onConnect);
      act();
    };
    const giveUp = (tell: () => void) => settle(() => void client.end(true, tell));
    const onAbort = () => giveUp(() => reject(tooSlow(broker, order)));
    const onClose = () => giveUp(() => reject(refusal(broker, order, failure)));
    const onConnect = () => settle(() => resolve(established(client, order)));
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('close', onClose).on('connect', onConnect);
    client.on('error', (error) => {
      failure = error;
      if (isVersionRefusal(error)) giveUp(() => resolve('version-refused'));
    });
  });
}

function optionsFor(
  { url, identity }: Broker,
  { clientId, mqttVersion, keepSession = false }: ConnectionOrder,
): IClientOptions {
  const { cert, key, ca } = identity;
  return {
    clientId,
    protocolVersion: mqttVersion,
    clean: !keepSession,
    reconnectPeriod: 0,
    keepalive: KEEP_ALIVE_S,
    resubscribe: false,
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    ...(new URL(url).port === '443' ? { ALPNProtocols: [ALPN_ON_443] } : {}),
  };
}

function established(client: MqttClient, { onLost }: ConnectionOrder): Connection {
  let reason = 'the connection was closed';
  let closing = false;
  client.on('error', (error) => {
    reason = error.message;
  });
  client.on('disconnect', ({ reasonCode }) => {
    reason = `the broker sent DISCONNECT 0x${(reasonCode ?? 0).toString(16)}`;
  });
  client.on('close', () => {
    if (closing) return;
    closing = true;
    client.end(true);
    onLost(reason);
  });
  return {
    client,
    [Symbol.asyncDispose]: () => {
      closing = true;
      return endGracefully(client);
    },
  };
}

/** DISCONNECT, and the socket's end; a peer that does not react is cut off. */
function endGracefully(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    if (!client.connected) return void client.end(true, () => resolve());
    // Once it is ending gracefully, the library does not listen to end(true) any more: the socket itself is cut.
    const patience = setTimeout(() => {
      client.stream.destroy();
      resolve();
    }, CLOSING_MS);
    client.end(false, () => {
      clearTimeout(patience);
      resolve();
    });
  });
}

function isVersionRefusal(error: Error): boolean {
  return 'code' in error && typeof error.code === 'number' && VERSION_REFUSED.has(error.code);
}

function refusal({ url }: Broker, { clientId }: ConnectionOrder, failure: Error | undefined): EvictError {
  if (failure === undefined)
    return new EvictError(
      'broker-refused',
      `${url} closed the connection of "${clientId}" before acknowledging it`,
      {
        hint: 'check that the certificate is active in this account and region, and that its policy allows iot:Connect',
      },
    );
  const code = 'code' in failure ? failure.code : undefined;
  if (typeof code === 'number')
    return new EvictError('broker-refused', `${url} refused "${clientId}": ${failure.message}`, {
      hint: TOO_SOON.has(code)
        ? 'try again: the broker takes one CONNECT a second for each client ID, and somebody else may use it up'
        : 'check that the policy allows iot:Connect for this client ID',
      cause: failure,
    });
  return new EvictError('broker-unreachable', `${url}: ${failure.message}`, {
    hint: 'check --mqtt-url, --ca and the network',
    cause: failure,
  });
}

function tooSlow({ url }: Broker, { clientId }: ConnectionOrder): EvictError {
  return new EvictError('timed-out', `${url} did not acknowledge "${clientId}" in time`, {
    hint: 'check --mqtt-url and the network, or raise --timeout',
  });
}
