import type { Clock, Randomness } from '../../domain/ports.ts';
import type { FeedOrder, OpenFeed, PresenceFeed } from '../../domain/recording-ports.ts';
import { EvictError } from '../../domain/errors.ts';
import type { Broker } from './broker.ts';
import { Canary } from './canary.ts';
import { openConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { Inbox } from './inbox.ts';
import { subscribe } from './subscribe.ts';

/** All presence events of the account, of whatever kind. */
const EVERYTHING = '$aws/events/presence/#';

type Tools = { readonly clock: Clock; readonly random: Randomness; readonly mqttVersion: 4 | 5 };

/**
 * All presence events, over a session that the broker keeps while nobody is connected, and in which it keeps what was not
 * acknowledged.
 */
export function presenceFeedOn(broker: Broker, tools: Tools): PresenceFeed {
  let settled: 4 | 5 | undefined = tools.mqttVersion === 4 ? 4 : undefined;
  return {
    async open(order, signal) {
      settled ??= await settleVersion(broker, tools, signal);
      return openFeed(broker, order, { ...tools, mqttVersion: settled }, signal);
    },
  };
}

/** Under an ID that is used only once: the watcher's own may connect once a second, and one version's session is not the other's. */
async function settleVersion(broker: Broker, { random }: Tools, signal: AbortSignal): Promise<4 | 5> {
  const clientId = `evict-version-${random.hex(16)}`;
  const order = { clientId, mqttVersion: 5, onLost: () => undefined } as const;
  const connection = await openConnection(broker, order, signal);
  if (connection === 'version-refused') return 4;
  await connection[Symbol.asyncDispose]();
  return 5;
}

async function openFeed(
  broker: Broker,
  order: FeedOrder,
  tools: Tools,
  signal: AbortSignal,
): Promise<OpenFeed> {
  const canary = new Canary(tools.random);
  const inbox = new Inbox(order, { clock: tools.clock, notice: (event, at) => canary.notice(event, at) });
  const connection = await connectWatcher(broker, order, { tools, inbox }, signal);
  const close = async () => {
    inbox.empty();
    await Promise.all([canary[Symbol.asyncDispose](), connection[Symbol.asyncDispose]()]);
  };
  try {
    await subscribe(connection.client, [EVERYTHING], signal);
    const at = tools.clock.now();
    const { delayMs } = await canary.fly(broker, tools, signal);
    const { sessionPresent: resumed } = connection;
    return { at, resumed, delayMs, heardAt: () => inbox.heardAt, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connectWatcher(
  broker: Broker,
  { watcherId, onLost }: FeedOrder,
  { tools, inbox }: { readonly tools: Tools; readonly inbox: Inbox },
  signal: AbortSignal,
): Promise<Connection> {
  const connection = await openConnection(
    broker,
    {
      clientId: watcherId,
      mqttVersion: tools.mqttVersion,
      keepSession: true,
      prepare: (client) => inbox.attach(client),
      onLost,
    },
    signal,
  );
  if (connection !== 'version-refused') return connection;
  throw new EvictError('broker-refused', `the broker does not speak MQTT version ${tools.mqttVersion}`, {
    hint: 'check --mqtt-url and --mqtt-version',
  });
}
