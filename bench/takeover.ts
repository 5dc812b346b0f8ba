import { type IClientOptions, connect, type MqttClient } from 'mqtt';
import { requestFrom, UNATTENDED } from '../src/cli/commands/client.ts';
import { readSettings } from '../src/cli/settings.ts';
import { wireActing } from '../src/cli/wire.ts';
import type { Takeover } from '../src/domain/ports.ts';
import { respond } from '../src/response/respond.ts';
import { openRing } from '../test/contest/ring.ts';
import { aHome } from '../test/e2e/run.ts';
import { printRatio } from './measure.ts';

/**
 * From CONNECT to proof, beside a bare MQTT.js client. Ours: from when a whole response, with its real adapters and its record
 * on the disk, calls for the connection until it has judged the kick as proved. Bare: from `connect()` until the victim's
 * `disconnected` event is there, on a connection that is subscribed to nothing else. Both in this process, in turns, under one
 * client ID, against one sandbox in a process of its own.
 */
const RUNS = 41;
const WARM_UP = 5;
const CLIENT = 'pump-17';

await using home = await aHome();
// Run after run under one client ID: AWS's one CONNECT a second would be all that is measured.
await using ring = await openRing(home, ['unlimited-connects']);
const responder = await ring.responderIdentity();
const watch = await connected({ ...responder, clientId: 'bare-watch' });
await watch.subscribeAsync(`$aws/events/presence/disconnected/${CLIENT}`, { qos: 1 });

const times: Record<'tool' | 'bare', number[]> = { tool: [], bare: [] };
for (let run = -WARM_UP; run < RUNS; run += 1) {
  const [tool, bare] = [await byTool(), await byBareClient()];
  if (run >= 0) {
    times.tool.push(tool);
    times.bare.push(bare);
  }
}
await watch.endAsync();
printRatio('CONNECT to proof, beside a bare MQTT.js client', times.tool, times.bare);

/** A new device each time: the one before is contained. */
async function aVictim(): Promise<MqttClient> {
  const { cert, key, ca } = await ring.device();
  return connected({ cert, key, ca, clientId: CLIENT });
}

async function byTool(): Promise<number> {
  const victim = await aVictim();
  const settings = readSettings({ config: ring.config, hold: '0' }, {});
  let proved: (at: number) => void = () => undefined;
  const proof = new Promise<number>((resolve) => (proved = resolve));
  using wired = await wireActing(settings, {
    operator: UNATTENDED,
    onEntry: (entry) => {
      if (entry.kind === 'judged' && entry.judgement === 'proved') proved(performance.now());
    },
  });
  const clock = stopwatch(wired.ports.takeover);
  const { verdict } = await respond(
    requestFrom(CLIENT, settings),
    { ...wired.ports, takeover: clock.takeover },
    new AbortController().signal,
  );
  if (verdict !== 'evicted') throw new Error(`the response ended with "${verdict}"`);
  await victim.endAsync(true);
  return (await proof) - clock.startedAt();
}

function stopwatch(takeover: Takeover) {
  let startedAt = Number.NaN;
  return {
    startedAt: () => startedAt,
    takeover: {
      connect: (...order: Parameters<Takeover['connect']>) => {
        startedAt = performance.now();
        return takeover.connect(...order);
      },
    },
  };
}

async function byBareClient(): Promise<number> {
  const victim = await aVictim();
  const heard = new Promise<number>((resolve) => watch.once('message', () => resolve(performance.now())));
  const startedAt = performance.now();
  const client = connect(ring.mqttsUrl, bare({ ...responder, clientId: CLIENT }));
  const tookMs = (await heard) - startedAt;
  await Promise.all([client.endAsync(true), victim.endAsync(true)]);
  return tookMs;
}

function connected(options: IClientOptions): Promise<MqttClient> {
  return new Promise((resolve, reject) => {
    const client = connect(ring.mqttsUrl, bare(options));
    client.once('connect', () => resolve(client)).once('error', reject);
  });
}

function bare(options: IClientOptions): IClientOptions {
  return { ...options, protocolVersion: 4, reconnectPeriod: 0 };
}
