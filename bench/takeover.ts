import { type IClientOptions, connect, type MqttClient } from 'mqtt';
import { requestFrom, UNATTENDED } from '../src/cli/commands/client.ts';
import { readSettings } from '../src/cli/settings.ts';
import { wireActing } from '../src/cli/wire.ts';
import type { Takeover } from '../src/domain/broker-ports.ts';
import { respond } from '../src/response/respond.ts';
import { openRing } from '../test/contest/ring.ts';
import { aHome } from '../test/e2e/run.ts';
import { printRatio } from './measure.ts';

/**
 * From CONNECT to proof, beside a bare MQTT.js client. Ours: from when a whole response, with its real adapters and its record
 * on the disk, calls for the connection until it has judged the kick as proved. Bare: from `connect()` until its CONNACK
 * and the victim's `disconnected` event are there, the event on a connection that is subscribed to nothing else. Both in this process, in turns, each time
 * against a new device, and one sandbox in a process of its own.
 */
const RUNS = 41;
const WARM_UP = 5;

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

await using home = await aHome();
// The victim has just connected: AWS's one CONNECT a second would be all that is measured.
await using ring = await openRing(home, ['unlimited-connects']);
const responder = await ring.responderIdentity();
const watch = await connected({ ...responder, clientId: 'bare-watch' });

const times: Record<'tool' | 'bare', number[]> = { tool: [], bare: [] };
for (let run = -WARM_UP; run < RUNS; run += 1) {
  const [tool, bare] = [await byTool(`tool-${run}`), await byBareClient(`bare-${run}`)];
  if (run >= 0) {
    times.tool.push(tool);
    times.bare.push(bare);
  }
}
await watch.endAsync();
printRatio('CONNECT to proof, beside a bare MQTT.js client', times.tool, times.bare);

async function aVictim(clientId: string): Promise<MqttClient> {
  const { cert, key, ca } = await ring.device();
  return connected({ cert, key, ca, clientId });
}

async function byTool(clientId: string): Promise<number> {
  const victim = await aVictim(clientId);
  const settings = readSettings({ config: ring.config, hold: '0' }, {});
  let proved: (at: number) => void = () => undefined;
  const proof = new Promise<number>((resolve) => (proved = resolve));
  const { signal } = new AbortController();
  using wired = await wireActing(settings, {
    operator: UNATTENDED,
    attendant: { askMfaCode: () => Promise.reject(new Error('nobody is there')), signal },
    onEntry: (entry) => {
      if (entry.kind === 'judged' && entry.judgement === 'proved') proved(performance.now());
    },
  });
  const clock = stopwatch(wired.ports.takeover);
  const { verdict } = await respond(
    requestFrom(clientId, settings),
    { ...wired.ports, takeover: clock.takeover },
    signal,
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

async function byBareClient(clientId: string): Promise<number> {
  const victim = await aVictim(clientId);
  await watch.subscribeAsync(`$aws/events/presence/disconnected/${clientId}`, { qos: 1 });
  const heard = new Promise<void>((resolve) => watch.once('message', () => resolve()));
  const startedAt = performance.now();
  const [client] = await Promise.all([connected({ ...responder, clientId }), heard]);
  const tookMs = performance.now() - startedAt;
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
