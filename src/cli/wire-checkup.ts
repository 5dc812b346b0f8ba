import type { ResponseWay, Trial } from '../domain/checkup.ts';
import type { BrokerPorts, CheckupPorts } from '../domain/checkup-ports.ts';
import { EvictError } from '../domain/errors.ts';
import type { EventSource } from '../domain/ports.ts';
import type { Settings } from './settings.ts';
import { systemClock, systemRandomness } from './system.ts';
import { disposing, eventSources, wireAws } from './wire.ts';
import { stateProbe } from './wire-disk.ts';
import type { AwsSide, Wired } from './wire.ts';
import { wireBroker, wirePresence, wireTakeover } from './wire-broker.ts';
import type { BrokerSide } from './wire-broker.ts';
import type { Attendant } from './wire-identity.ts';

/** What a checkup gets. What it could not even begin with is an outcome of its own, and hides nothing else. */
export async function wireCheckup(settings: Settings, attendant: Attendant): Promise<Wired<CheckupPorts>> {
  const { permissionProbe, ...aws } = await wireAws(settings, attendant);
  const side = await orWhyNot(() => wireBroker(settings, aws));
  const [probe, state, broker, sources] = await Promise.all([
    permissionProbe(),
    stateProbe(settings),
    side.kind === 'done' ? orWhyNot(() => brokerPorts(settings, side.value)) : side,
    sourcesOneByOne(settings, { side: side.kind === 'done' ? side.value : {}, aws }),
  ]);
  const { cloud, connections, network: proxies } = aws;
  return {
    ports: { cloud, probe, proxies, state, broker, sources, clock: systemClock, random: systemRandomness },
    ...disposing(cloud, connections, probe),
  };
}

/** How the broker is reached, even where the options do not fit one another. */
export function responseWay({ 'mqtt-url': url, cert, key }: Settings): ResponseWay {
  const signed = url === undefined ? cert === undefined && key === undefined : url.startsWith('wss:');
  return signed ? 'respond-by-websocket' : 'respond-by-certificate';
}

/** What a checkup does on the broker. */
async function brokerPorts(settings: Settings, side: BrokerSide): Promise<BrokerPorts> {
  const [presence, takeover] = await Promise.all([wirePresence(side, settings), wireTakeover(side)]);
  const { mqttIdentity } = side;
  const identity = mqttIdentity === undefined ? 'the AWS credentials' : `certificate ${mqttIdentity}`;
  return { presence, takeover, identity };
}

type Sides = {
  readonly side: BrokerSide;
  readonly aws: AwsSide;
};

function sourcesOneByOne(settings: Settings, sides: Sides): Promise<CheckupPorts['sources']> {
  const asked = settings.events.length === 0 ? [undefined] : settings.events;
  return Promise.all(
    asked.map(async (name) => ({ name: name ?? 'none', source: await oneSource(settings, sides, name) })),
  );
}

async function oneSource(
  settings: Settings,
  { side, aws }: Sides,
  name: string | undefined,
): Promise<Trial<EventSource>> {
  if (name === '-' && process.stdin.isTTY)
    return { kind: 'skipped', why: 'standard input is a terminal: nothing was read' };
  const events = name === undefined ? [] : [name];
  return orWhyNot(async () => {
    const [made] = await eventSources({ ...settings, events }, side, aws);
    if (made === undefined) throw new Error('a source that was named was not made');
    return made;
  });
}

async function orWhyNot<Value>(make: () => Promise<Value>): Promise<Trial<Value>> {
  try {
    return { kind: 'done', value: await make() };
  } catch (error) {
    if (error instanceof EvictError) return { kind: 'failed', error };
    throw error;
  }
}
