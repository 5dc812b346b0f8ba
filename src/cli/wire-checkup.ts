import type { ResponseWay, Trial } from '../domain/checkup.ts';
import type { BrokerPorts, CheckupPorts } from '../domain/checkup-ports.ts';
import { EvictError } from '../domain/errors.ts';
import type { EventSource } from '../domain/ports.ts';
import type { Settings } from './settings.ts';
import { systemClock, systemRandomness } from './system.ts';
import { brokerByCertificate, controlPlane, eventSources, permissionProbe, stateProbe } from './wire.ts';
import type { Wired } from './wire.ts';

/** What a checkup gets. What it could not even begin with is an outcome of its own, and hides nothing else. */
export async function wireCheckup(settings: Settings): Promise<Wired<CheckupPorts>> {
  const [cloud, probe, state, broker, sources] = await Promise.all([
    controlPlane(settings),
    permissionProbe(settings),
    stateProbe(settings),
    brokerPorts(settings),
    sourcesOneByOne(settings),
  ]);
  return {
    ports: { cloud, probe, state, broker, sources, clock: systemClock, random: systemRandomness },
    [Symbol.dispose]: () => {
      cloud[Symbol.dispose]();
      probe[Symbol.dispose]();
    },
  };
}

/** By certificate where anything of it is set, otherwise with the AWS credentials. */
export function responseWay({ 'mqtt-url': url, cert, key }: Settings): ResponseWay {
  return url === undefined && cert === undefined && key === undefined
    ? 'respond-by-websocket'
    : 'respond-by-certificate';
}

/** The one place where a checkup learns how the broker is reached. */
async function brokerPorts(settings: Settings): Promise<Trial<BrokerPorts>> {
  return responseWay(settings) === 'respond-by-certificate'
    ? orWhyNot(() => brokerByCertificate(settings))
    : {
        kind: 'skipped',
        why: 'this version connects by certificate only: give --mqtt-url, --cert and --key',
      };
}

function sourcesOneByOne(settings: Settings): Promise<CheckupPorts['sources']> {
  const { events } = settings;
  const asked = events.length === 0 ? [undefined] : events;
  return Promise.all(asked.map((name) => oneSource(settings, name)));
}

async function oneSource(settings: Settings, name: string | undefined) {
  const source: Trial<EventSource> =
    name === '-' && process.stdin.isTTY
      ? { kind: 'skipped', why: 'standard input is a terminal: nothing was read' }
      : await orWhyNot(async () => {
          const events = name === undefined ? [] : [name];
          const [made] = await eventSources({ ...settings, events });
          if (made === undefined) throw new Error('a source that was named was not made');
          return made;
        });
  return { name: name ?? 'none', source };
}

async function orWhyNot<Value>(make: () => Promise<Value>): Promise<Trial<Value>> {
  try {
    return { kind: 'done', value: await make() };
  } catch (error) {
    if (error instanceof EvictError) return { kind: 'failed', error };
    throw error;
  }
}
