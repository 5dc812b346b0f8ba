import { connect } from 'mqtt';
import type { IClientOptions, IConnackPacket, MqttClient } from 'mqtt';
import type { EvictError } from '../../domain/errors.ts';
import type { ReceivedMessage } from '../../domain/kept-message.ts';
import { doorTo } from './broker.ts';
import type { Broker } from './broker.ts';
import type { Door } from './door.ts';
import { limited } from './limited.ts';
import { isVersionRefusal, refusal, renamed, tooSlow } from './refusal.ts';
import { SESSION_EXPIRY_S, acknowledgeWhatIsKept } from './resumed-session.ts';

export type ConnectionOrder = {
  readonly clientId: string;
  readonly mqttVersion: 4 | 5;
  /** Resume the session of that ID instead of ending it. [MQTT-3.1.2-4] */
  readonly keepSession?: boolean;
  /** Keeps what a resumed session brings; without it nothing is acknowledged. */
  readonly onMessage?: ((message: ReceivedMessage) => Promise<boolean>) | undefined;
  /** Readies the client before anything comes, and takes care of every message and its acknowledgement. */
  readonly prepare?: (client: MqttClient) => void;
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

/** Longer than anybody waits: the signal is what ends the wait for CONNACK, and the library's 30 s are not `--timeout`. */
const NEVER_MS = 2_147_483_647;
/**
 * Connects once, without ever reconnecting: two clients that both reconnect under one ID fight for ever. Resolves at
 * CONNACK, with `version-refused` where the broker does not speak the version. Throws `broker-unreachable`,
 * `broker-refused`, `broker-denied` or `timed-out`. `connectAsync` of the library is of no use here: it never settles when a broker drops
 * the connection without a CONNACK.
 */
export async function openConnection(
  broker: Broker,
  order: ConnectionOrder,
  signal: AbortSignal,
): Promise<Connection | 'version-refused'> {
  const door = await doorTo(broker, signal);
  const { clientId } = order;
  if (signal.aborted) throw tooSlow(door, clientId);
  return new Promise((resolve, reject) => {
    const client = limited(connect(door.url, optionsFor(door, order)));
    if (order.prepare !== undefined) order.prepare(client);
    else if (order.keepSession) acknowledgeWhatIsKept(client, order.onMessage); // the first may come with the CONNACK
    let failure: Error | undefined;
    // Only our own listeners are ever taken off: the library's are what clears its timers.
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', onAbort);
      client.off('close', onClose).off('connect', onConnect);
      act();
    };
    const giveUp = (tell: () => void) => settle(() => void client.end(true, tell));
    const fail = (reason: EvictError) => giveUp(() => reject(reason)); // what ends with us is no reason
    const onAbort = () => fail(door.refusal() ?? tooSlow(door, clientId));
    const onClose = () => {
      if (isVersionRefusal(failure)) giveUp(() => resolve('version-refused'));
      else fail(refusal(door, clientId, failure));
    };
    const onConnect = ({ properties, sessionPresent }: IConnackPacket) => {
      const given = properties?.assignedClientIdentifier ?? clientId;
      if (given !== clientId) return fail(renamed(door, clientId, given));
      const whyLost = () => failure?.message ?? 'the connection was closed';
      settle(() => resolve({ ...established(client, order, whyLost), sessionPresent }));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('close', onClose).on('connect', onConnect);
    // Whatever goes wrong ends it: a line on which nothing is understood any more holds no client ID, and hears nothing.
    client.on('error', (error) => {
      failure ??= error;
      client.stream.destroy();
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
    connectTimeout: NEVER_MS,
    resubscribe: false,
  };
}

function established(
  client: MqttClient,
  { onLost }: ConnectionOrder,
  whyLost: () => string,
): Omit<Connection, 'sessionPresent'> {
  let closing = false;
  client.on('close', () => {
    if (closing) return;
    closing = true;
    client.end(true);
    onLost(whyLost());
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
