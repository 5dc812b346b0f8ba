import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';
import { connectAsync } from 'mqtt';
import { parse } from 'yaml';
import * as z from 'zod';
import { printRatio } from './measure.ts';

/**
 * How long the sandbox's broker takes to deliver eight tenths of so many events at QoS 1, in a persistent session, to a bare MQTT.js subscriber, and until
 * `evict watch` has them on disk; in turns. Each turn has a broker of its own, which keeps nothing for those who have left.
 */
const EVENTS = 40_000;
const RUNS = 5;
const LOOK_MS = 25;
/** A rate is of the time in between: how it begins, and when the last batch is on disk, is another matter. */
const [FROM, TO] = [EVENTS * 0.1, EVENTS * 0.9];

const directory = await mkdtemp(join(tmpdir(), 'evict-bench-'));
const times: Record<'bare' | 'watch', number[]> = { bare: [], watch: [] };
for (let run = 0; run < RUNS; run += 1) {
  times.bare.push(await besideAFleet(toBare));
  times.watch.push(await besideAFleet(toJournal));
}
printRatio('a bare MQTT.js subscriber, beside evict watch', times.bare, times.watch);
await rm(directory, { recursive: true });

type Measured = (config: string, flood: () => void) => Promise<number>;

async function besideAFleet(measured: Measured): Promise<number> {
  const fleet = spawn(process.execPath, ['--import', 'tsx', 'bench/a-fleet.ts', directory, String(EVENTS)]);
  fleet.stderr.pipe(process.stderr);
  const config = await firstLine(fleet.stdout);
  const took = await measured(config, () => void fleet.stdin.write(`${times.watch.length}\n`));
  fleet.stdin.end();
  fleet.kill();
  await once(fleet, 'exit');
  return took;
}

async function toBare(config: string, flood: () => void): Promise<number> {
  const settings = z.looseObject({ 'mqtt-url': z.string() }).parse(parse(await readFile(config, 'utf8')));
  const file = (name: string) => readFile(join(dirname(config), name));
  const [ca, cert, key] = await Promise.all([
    file('ca.pem'),
    file('responder/cert.pem'),
    file('responder/key.pem'),
  ]);
  const client = await connectAsync(settings['mqtt-url'], {
    ca,
    cert,
    key,
    clientId: 'evict-bare',
    protocolVersion: 4,
    clean: false,
  });
  await client.subscribeAsync('$aws/events/presence/#', { qos: 1 });
  let count = 0;
  client.on('message', () => void (count += 1));
  flood();
  const took = await between(() => count);
  await client.endAsync();
  return took;
}

async function toJournal(config: string, flood: () => void): Promise<number> {
  const watch = spawn(process.execPath, ['bin/evict.js', 'watch', '--config', config]);
  await heard(watch, 'the canary was heard');
  const database = new Database(join(dirname(config), 'state', 'journal.db'), { timeout: 5_000 });
  const newest = database.prepare('SELECT max(id) FROM events').raw();
  const before = Number(newest.get());
  flood();
  const took = await between(() => Number(newest.get()) - before);
  watch.kill('SIGINT');
  await once(watch, 'exit');
  database.close();
  return took;
}

async function between(count: () => number): Promise<number> {
  while (count() < FROM) await pause(LOOK_MS);
  const [startedAt, already] = [performance.now(), count()];
  while (count() < TO) await pause(LOOK_MS);
  const took = ((performance.now() - startedAt) / (count() - already)) * (TO - FROM);
  while (count() < EVENTS) await pause(LOOK_MS); // the broker must not be left with them
  return took;
}

async function firstLine(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) return line;
  throw new Error('the fleet ended');
}

async function heard(watch: ChildProcessWithoutNullStreams, text: string): Promise<void> {
  const said = createInterface(watch.stderr);
  await new Promise<void>((resolve, reject) => {
    said.on('line', (line) => {
      if (line.includes(text)) resolve();
    });
    said.once('close', () => reject(new Error(`evict watch ended without "${text}"`)));
  });
}
