import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeviceIdentity, IssuedIdentity } from '../sandbox/a-device.ts';
import type { Dice } from './dice.ts';
import type { RecordedEntry } from './record-tail.ts';
import type { Ring } from './ring.ts';

const CONNECT_MS = 10_000;

/** What an intruder has to work with. */
export type Scene = {
  readonly ring: Ring;
  readonly dice: Dice;
  readonly clientId: string;
  /** The stolen identity: the one that is to be contained. */
  readonly identity: IssuedIdentity;
  readonly holdMs: number;
  /** Aborts when the round is over: whoever comes back for ever stops. */
  readonly signal: AbortSignal;
  /** Keeps what the intruder goes on doing; the round waits for its end. */
  keep(act: Promise<unknown>): void;
  /** Puts a fault on until the round is over. */
  fault(fault: object): Promise<void>;
  /** Waits until the run under attack has recorded it. */
  recorded(fits: (entry: RecordedEntry) => boolean): Promise<RecordedEntry>;
  /** Whether it has by now. */
  hasRecorded(fits: (entry: RecordedEntry) => boolean): Promise<boolean>;
};

/** One stay under the client ID, from its CONNACK to its end. */
export type Stay = { readonly client: MqttClient; readonly over: Promise<void> };

/** By certificate, or by a signed URL. */
export type WayIn =
  | { readonly identity: DeviceIdentity }
  | { readonly url: () => string; readonly ca: string };

/** Connects once, with the real library, and says whether it was let in. */
export async function enter(
  { ring, clientId, signal }: Pick<Scene, 'ring' | 'clientId' | 'signal'>,
  way: WayIn,
  options: IClientOptions = {},
): Promise<Stay | undefined> {
  signal.throwIfAborted();
  const tls = 'identity' in way ? keysOf(way.identity) : { ca: way.ca };
  const client = connect('identity' in way ? ring.mqttsUrl : way.url(), {
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MS,
    clientId,
    ...tls,
    ...options,
  });
  const leave = () => void client.end(true);
  client.on('error', leave); // to be refused is an intruder's daily bread
  signal.addEventListener('abort', leave, { once: true });
  const over = new Promise<void>((resolve) => client.once('close', resolve)).then(() => {
    signal.removeEventListener('abort', leave);
    leave();
  });
  const letIn = new Promise<true>((resolve) => client.once('connect', () => resolve(true)));
  return (await Promise.race([letIn, over])) === true ? { client, over } : undefined;
}

/** The same, where not being let in is the contest's own failure. */
export async function mustEnter(scene: Scene, way: WayIn, options: IClientOptions = {}): Promise<Stay> {
  const stay = await enter(scene, way, options);
  if (stay === undefined) throw new Error(`${scene.clientId} could not connect`);
  return stay;
}

/** Comes back for ever, so long after each end; `tries` counts the refusals since it was last let in. */
export async function comeBackForEver(
  scene: Scene,
  way: WayIn,
  { pauseMs, ...options }: IClientOptions & { pauseMs: (tries: number) => number },
): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    await delay(pauseMs(tries), undefined, { signal: scene.signal });
    const stay = await enter(scene, way, options);
    if (stay === undefined) continue;
    await stay.over;
    tries = 0;
  }
}

/** Leaves the way a device does, or the way a cut cable does. */
export async function leave({ client, over }: Stay, how: 'DISCONNECT' | 'cut'): Promise<void> {
  if (how === 'cut') client.stream.destroy();
  else client.end();
  await over;
}

export async function subscribed({ client }: Stay, filter: string): Promise<void> {
  await client.subscribeAsync(filter, { qos: 1 });
}

/** Publishes as somebody else, who leaves again. */
export async function publishAs(scene: Scene, identity: DeviceIdentity, topics: readonly string[]) {
  const publisher = await mustEnter({ ...scene, clientId: `${scene.clientId}-orders` }, { identity });
  for (const topic of topics) await publisher.client.publishAsync(topic, 'order', { qos: 1 });
  publisher.client.end();
  await publisher.over;
}

function keysOf({ ca, cert, key }: DeviceIdentity) {
  return { ca, cert, key };
}
