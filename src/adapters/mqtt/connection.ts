import { connect } from 'mqtt';
import type { IClientOptions, IConnackPacket, MqttClient } from 'mqtt';
import { EvictError, codeOf } from '../../domain/errors.ts';
import type { ReceivedMessage } from '../../domain/kept-message.ts';
import { doorTo } from './broker.ts';
import type { Broker } from './broker.ts';
import type { Door } from './door.ts';
import { SESSION_EXPIRY_S, acknowledgeWhatIsKept } from './resumed-session.ts';

export type ConnectionOrder = {
  readonly clientId: string;
  readonly mqttVersion: 4 | 5;
  /** Resume the session of that ID instead of ending it. [MQTT-3.1.2-4] */
  readonly keepSession?: boolean;
  /** Keeps what a resumed session brings; without it nothing is acknowledged. */
  readonly onMessage?: ((message: ReceivedMessage) => Promise<boolean>) | undefined;
  /** An acknowledged connection ended without our doing. */
  readonly onLost: (reason: string) => void;
};

/** An acknowledged connection; disposing of it sends DISCONNECT and waits, shortly, until that is done. */
export type Connection = AsyncDisposable & {
  readonly client: MqttClient;
  readonly sessionPresent: boolean;
};

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
export async function openConnection(
  broker: Broker,
  order: ConnectionOrder,
  signal: AbortSignal,
): Promise<Connection | 'version-refused'> {
  const door = await doorTo(broker, signal);
  if (signal.aborted) throw tooSlow(door, order);
  return new Promise((resolve, reject) => {
    const client = connect(door.url, optionsFor(door, order));
    if (order.keepSession) acknowledgeWhatIsKept(client, order.onMessage); // the first may come with the CONNACK
    let failure: Error | undefined;
    // Only our own listeners are ever taken off: the library's are what clears its timers.
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', onAbort);
      client.off('close', onClose).off('connect', onConnect);
      act();
    };
    const giveUp = (tell: () => void) => settle(() => void client.end(true, tell));
    const fail = (reason: EvictError) => giveUp(() => reject(reason)); // what ends with us is no reason
    const onAbort = () => fail(door.refusal() ?? tooSlow(door, order));
    const onClose = () => fail(refusal(door, order, failure));
    const onConnect = (connack: IConnackPacket) => settle(() => resolve(established(client, order, connack)));
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('close', onClose).on('connect', onConnect);
    client.on('error', (error) => {
      failure = error;
      if (isVersionRefusal(error)) giveUp(() => resolve('version-refused'));
    });
  });
}

function optionsFor(
  { options }: Door,
  { clientId, mqttVersion, keepSession = false }: ConnectionOrder,
): IClientOptions {
  return {
    ...options,
    clientId,
    protocolVersion: mqttVersion,
    clean: !keepSession,
    ...(keepSession && mqttVersion === 5 ? { properties: { sessionExpiryInterval: SESSION_EXPIRY_S } } : {}),
    reconnectPeriod: 0,
    keepalive: KEEP_ALIVE_S,
    resubscribe: false,
  };
}

function established(
  client: MqttClient,
  { onLost }: ConnectionOrder,
  { sessionPresent }: IConnackPacket,
): Connection {
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
    sessionPresent,
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

/** The broker's own words come first, then what was heard at the door, then the socket's. */
function refusal(door: Door, { clientId }: ConnectionOrder, failure: Error | undefined): EvictError {
  const { url } = door;
  const code = failure !== undefined && 'code' in failure ? failure.code : undefined;
  if (typeof code === 'number')
    return new EvictError('broker-refused', `${url} refused "${clientId}": ${failure?.message ?? ''}`, {
      hint: TOO_SOON.has(code)
        ? 'try again: the broker takes one CONNECT a second for each client ID, and somebody else may use it up'
        : 'check that the policy allows iot:Connect for this client ID',
      cause: failure,
    });
  const heard = door.refusal();
  if (heard !== undefined) return heard;
  if (failure === undefined) return silence(door, clientId);
  return new EvictError('broker-unreachable', `${url}: ${failure.message || codeOf(failure)}`, {
    hint: 'check --mqtt-url, --ca and the network',
    cause: failure,
  });
}

function silence({ url, hint }: Door, clientId: string): EvictError {
  const message = `${url} closed the connection of "${clientId}" before acknowledging it`;
  return new EvictError('broker-refused', message, { hint });
}

function tooSlow({ url }: Door, { clientId }: ConnectionOrder): EvictError {
  return new EvictError('timed-out', `${url} did not acknowledge "${clientId}" in time`, {
    hint: 'check --mqtt-url and the network, or raise --timeout',
  });
}
