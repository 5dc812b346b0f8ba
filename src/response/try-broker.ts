import { UNCONNECTED } from '../domain/check-broker.ts';
import type { BrokerReadings } from '../domain/check-broker.ts';
import type { Trial } from '../domain/checkup.ts';
import type { BrokerPorts, Checkup } from '../domain/checkup-ports.ts';
import { isBrokersNo } from '../domain/errors.ts';
import { strangerId } from '../domain/nothing.ts';
import type { PresenceWatch, TakeoverOrder } from '../domain/broker-ports.ts';
import type { CallerReading } from '../domain/cloud-ports.ts';
import { NO_CREDENTIALS, skipped, tried } from './trial.ts';

const NAME_DIGITS = 16;

/** Connects, subscribes and listens as a response does, but under random IDs that no client has. */
export async function tryBroker(checkup: Checkup, caller: Trial<CallerReading>): Promise<BrokerReadings> {
  const { broker } = checkup.ports;
  if (broker.kind === 'failed') return { ...untried(UNCONNECTED), identity: broker };
  if (broker.kind === 'skipped') return untried(broker.why);
  if (checkup.request.responding === 'respond-by-websocket' && caller.kind !== 'done')
    return untried(NO_CREDENTIALS);
  const { identity, ...reach } = broker.value;
  return { ...(await connect(checkup, reach)), identity: { kind: 'done', value: identity } };
}

type Reach = Omit<BrokerPorts, 'identity'>;
type Connections = Omit<BrokerReadings, 'identity'>;

/** Where a watch is refused, one that subscribes to nothing shows whether it was the CONNECT or the SUBSCRIBE. */
async function connect(checkup: Checkup, { presence, takeover }: Reach): Promise<Connections> {
  const clientId = strangerId(checkup.ports.random.hex(NAME_DIGITS));
  const open = (clientIds: readonly string[]) =>
    tried(checkup, (limit) => presence.open({ clientIds, onEvent: ignore, onGap: ignore }, limit));
  const opened = await open([clientId]);
  const refused = opened.kind === 'failed' && isBrokersNo(opened.error);
  const bare: Trial<PresenceWatch> = refused ? await open([]) : skipped(UNCONNECTED);
  const connected = opened.kind === 'done' ? opened : bare;
  if (connected.kind !== 'done') return { ...untried(UNCONNECTED), watch: opened, bare };
  await using watch = connected.value;
  const order = { clientId, mqttVersion: watch.mqttVersion, keepSession: false, onLost: ignore };
  const [canary, taken] = await Promise.all([
    opened.kind === 'done' ? tried(checkup, (limit) => watch.prove(limit)) : skipped('needs a subscription'),
    tried(checkup, (limit) => connectOnce(takeover, order, limit)),
  ]);
  return { watch: opened, bare, canary, takeover: taken };
}

async function connectOnce(
  takeover: BrokerPorts['takeover'],
  order: TakeoverOrder,
  limit: AbortSignal,
): Promise<void> {
  await using _held = await takeover.connect(order, limit);
}

/** What happens to these connections later is of no interest: each question is asked by an attempt of its own. */
function ignore(): void {}

function untried(why: string): BrokerReadings {
  const none = skipped(why);
  return { identity: none, watch: none, bare: none, takeover: none, canary: none };
}
