import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectAsync } from 'mqtt';
import * as z from 'zod';
import { printRatio } from './measure.ts';

/**
 * How long a broker takes until a bare MQTT.js subscriber has acknowledged so many events at QoS 1, and until `evict watch` has,
 * with each of them on disk; in turns.
 */
const EVENTS = 30_000;
const RUNS = 5;
const BARE = 'bare-subscriber';

const directory = await mkdtemp(join(tmpdir(), 'evict-bench-'));
const env = { ...process.env, AWS_EC2_METADATA_DISABLED: 'true' };
const broker = spawn('npx', ['tsx', 'bench/presence-broker.ts', directory, String(EVENTS)]);
broker.stderr.pipe(process.stderr);
const lines = createInterface(broker.stdout)[Symbol.asyncIterator]();
const words = z.array(z.string()).parse(JSON.parse(await nextLine()));
const times: Record<'bare' | 'watch', number[]> = { bare: [], watch: [] };
for (let run = 0; run < RUNS; run += 1) {
  times.bare.push(await besideBare());
  times.watch.push(await besideWatch());
}
printRatio('a bare MQTT.js subscriber, beside evict watch', times.bare, times.watch);
broker.stdin.end();
await once(broker, 'exit');
await rm(directory, { recursive: true });

async function besideBare(): Promise<number> {
  const file = (name: string) => readFile(join(directory, `${name}.pem`));
  const [ca, cert, key] = await Promise.all([file('ca'), file('cert'), file('key')]);
  const client = await connectAsync(words[1] ?? '', { ca, cert, key, clientId: BARE, protocolVersion: 4 });
  client.on('message', () => undefined);
  await client.subscribeAsync('$aws/events/presence/#', { qos: 1 });
  const took = await flood(BARE);
  await client.endAsync();
  return took;
}

async function besideWatch(): Promise<number> {
  const nowhere = ['--endpoint-url', 'http://127.0.0.1:9', '--region', 'us-east-1'];
  const state = ['--state-dir', join(directory, 'state')];
  const watch = spawn(process.execPath, ['bin/evict.js', 'watch', ...words, ...nowhere, ...state], { env });
  await heard(watch, 'the canary was heard');
  const took = await flood('evict-journal-');
  watch.kill('SIGINT');
  await once(watch, 'exit');
  return took;
}

async function heard(watch: ChildProcessWithoutNullStreams, text: string): Promise<void> {
  for await (const line of createInterface(watch.stderr)) if (line.includes(text)) return;
  throw new Error(`evict watch ended without "${text}"`);
}

async function flood(clientId: string): Promise<number> {
  broker.stdin.write(`${clientId}\n`);
  return Number(await nextLine());
}

async function nextLine(): Promise<string> {
  const { done, value } = await lines.next();
  if (done === true) throw new Error('the broker ended');
  return value;
}
