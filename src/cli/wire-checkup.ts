import type { ResponseWay, Trial } from '../domain/checkup.ts';
import type { BrokerPorts, CheckupPorts } from '../domain/checkup-ports.ts';
import { EvictError } from '../domain/errors.ts';
import type { EventSource } from '../domain/source-ports.ts';
import type { Settings } from './settings.ts';
import { systemClock, systemRandomness } from './system.ts';
import { stateProbe } from './wire-disk.ts';
import { disposing, wireAws } from './wire.ts';
import { askedSources, wireSource } from './wire-sources.ts';
import type { AskedSource, Wiring } from './wire-sources.ts';
import type { Wired } from './wire.ts';
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
    sourcesOneByOne({ settings, side: side.kind === 'done' ? side.value : {}, aws, isRecorded: false }),
  ]);
  const { cloud, connections, network: proxies } = aws;
  return {
    ports: { cloud, probe, proxies, state, broker, sources, clock: systemClock, random: systemRandomness },
    ...disposing(cloud, connections, probe, proxies),
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

function sourcesOneByOne(wiring: Wiring): Promise<CheckupPorts['sources']> {
  return Promise.all(
    askedSources(wiring.settings).map(async (asked) => ({
      name: asked.words,
      source: await oneSource(asked, wiring),
    })),
  );
}

async function oneSource(asked: AskedSource, wiring: Wiring): Promise<Trial<EventSource>> {
  if (asked.words === '-' && process.stdin.isTTY)
    return { kind: 'skipped', why: 'standard input is a terminal: nothing was read' };
  return orWhyNot(() => wireSource(asked, wiring));
}

async function orWhyNot<Value>(make: () => Promise<Value>): Promise<Trial<Value>> {
  try {
    return { kind: 'done', value: await make() };
  } catch (error) {
    if (error instanceof EvictError) return { kind: 'failed', error };
    throw error;
  }
}
