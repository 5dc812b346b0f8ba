import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { z } from 'zod';
import { anEvent, aPresenceBroker, type PresenceBroker } from '../a-presence-broker.ts';
import { anIdentity } from '../sandbox/a-device.ts';
import {
  actionsOf,
  aPolicyDirectory,
  readPolicy,
  type ReadablePolicy,
  without,
} from '../sandbox/a-policy-directory.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient } from './a-scene.ts';
import { schemaErrors, schemaOf } from './a-schema.ts';
import { aSignedConfig } from './a-signed-config.ts';
import { aSmallDisk } from './a-small-disk.ts';
import { aHome, type Ended, evictionOf, type Home, type Running } from './run.ts';

const LISTENING = 'the canary was heard';
const LONG = { timeoutMs: 60_000 };

let home: Home;
beforeEach(async () => {
  home = await aHome();
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
});

const state = () => join(home.directory, 'state');
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, count) => from + count);

async function listening(running: Running): Promise<Running> {
  await running.said(LISTENING);
  return running;
}

/** The client IDs in the journal, in the order of their arrival. */
function recorded(directory = state()): string[] {
  return everythingIn(directory).filter((client) => !client.startsWith('evict-'));
}

function everythingIn(directory: string): string[] {
  const database = new Database(join(directory, 'journal.db'), { timeout: 5_000 });
  const rows = database.prepare('SELECT client FROM events ORDER BY id').raw().all();
  database.close();
  return rows.flat().map(String);
}

const ending = z.looseObject({ kind: z.literal('watch'), stored: z.number() });

/** The last line of stdout; all lines are documents of their schemas. */
function summaryOf({ stdout, stderr }: Ended) {
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => z.looseObject({ kind: z.string() }).parse(JSON.parse(line)));
  for (const line of lines) expect([schemaErrors(schemaOf(line), line), stderr]).toEqual([[], stderr]);
  const [last, ...events] = lines.toReversed();
  expect(events.map(({ kind }) => kind)).toEqual(events.map(() => 'presence'));
  return { ...ending.parse(last), lines: events.length };
}

describe('evict watch', () => {
  let sandbox: TestSandbox;
  beforeEach(async () => {
    sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
  });
  afterEach(async () => {
    await sandbox[Symbol.asyncDispose]();
  });
  const watch = (...more: string[]) =>
    home.start(['watch', '--config', sandbox.config, '--state-dir', state(), '--json', ...more], LONG);

  it('records what happens until Ctrl-C, and a look-up in the journal finds the principal', async () => {
    const running = await listening(watch());
    const identity = await anIdentity(sandbox);
    await using _client = await aConnectedClient(sandbox, { clientId: 'pump-17', identity });
    await running.said('"pump-17"', 'stdout');
    const words = ['pump-17', '--config', sandbox.config, '--state-dir', state(), '--events', 'journal'];
    const plan = evictionOf(await home.run([...words, '--dry-run', '--json']));
    expect(plan).toMatchObject({
      verdict: 'planned',
      sighting: { source: 'journal', principal: { identifier: identity.certificateId } },
    });
    running.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.code).toBe(0);
    const summary = summaryOf(ended);
    expect(summary).toMatchObject({ kind: 'watch', gapCount: 0, outgrown: false, stored: summary.lines });
  });

  it('loses nothing when it is killed: what it did not acknowledge, and what came meanwhile, comes again', async () => {
    const running = await listening(watch());
    const identity = await anIdentity(sandbox);
    const connect = (count: number) => aConnectedClient(sandbox, { clientId: `pump-${count}`, identity });
    await using first = await connect(0);
    await running.said(`"${first.clientId}"`, 'stdout');
    for (const count of numbers(1, 20)) {
      if (count === 10) running.kill('SIGKILL');
      await using _client = await connect(count);
    }
    await running.ended;
    const again = await listening(watch());
    await eventually(() => (recorded().includes('pump-19') ? true : undefined));
    again.kill('SIGTERM');
    const ended = await again.ended;
    expect({ code: ended.code, ...summaryOf(ended) }).toMatchObject({ code: 0, gapCount: 0 });
    const happened = (await sandbox.events()).filter(({ clientId }) => clientId.startsWith('pump-'));
    const kept = recorded().toSorted();
    expect(kept.length).toBeGreaterThanOrEqual(39);
    expect(new Set(kept)).toEqual(new Set(happened.map(({ clientId }) => clientId)));
  });

  it('is refused beside another one on the same state directory', async () => {
    const running = await listening(watch());
    const second = await watch().ended;
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('another evict watch records') });
    running.kill('SIGINT');
    expect((await running.ended).code).toBe(0);
  });
});

describe('the permissions of evict watch', () => {
  const whole = readPolicy('watch.json');
  async function watcherWith(policy: ReadablePolicy) {
    const policies = await aPolicyDirectory({ 'watch.json': policy });
    const sandbox = await aSandbox({ policies: policies.directory });
    const config = await aSignedConfig(sandbox, { profile: 'watcher', 'mqtt-url': sandbox.wssUrl });
    const running = home.start(['watch', '--config', config, '--json', '--timeout', '2s'], LONG);
    const close = async () => {
      await sandbox[Symbol.asyncDispose]();
      await policies[Symbol.asyncDispose]();
    };
    return { running, [Symbol.asyncDispose]: close };
  }

  it('are those of policies/watch.json, over a WebSocket and whatever MQTT version the broker speaks', async () => {
    await using watcher = await watcherWith(whole);
    (await listening(watcher.running)).kill('SIGINT');
    expect((await watcher.running.ended).code).toBe(0);
  });

  it.each(actionsOf(whole))('are all needed: it does not begin without %s', async (action) => {
    await using watcher = await watcherWith(without(whole, action));
    const ended = await watcher.running.ended;
    expect({ code: ended.code, ...summaryOf(ended) }).toMatchObject({
      code: 4,
      stored: 0,
      cause: { hint: expect.stringContaining(action) },
    });
  });
});

describe('evict watch, while the broker comes and goes', () => {
  let broker: PresenceBroker;
  beforeEach(async () => {
    broker = await aPresenceBroker(home.directory);
  });
  afterEach(async () => {
    await broker[Symbol.asyncDispose]();
  });
  const watch = (...more: string[]) =>
    home.start(
      [
        'watch',
        ...broker.words,
        '--endpoint-url',
        'http://127.0.0.1:9',
        '--region',
        'us-east-1',
        '--state-dir',
        state(),
        '--json',
        ...more,
      ],
      LONG,
    );

  it('connects again after a restart of the broker, and records the gap', async () => {
    const running = await listening(watch());
    broker.publish(anEvent({ clientId: 'before' }));
    await running.said('"before"', 'stdout');
    await broker.down();
    await running.said('not connected');
    await broker.up();
    await running.said('a gap of');
    broker.publish(anEvent({ clientId: 'after' }));
    await running.said('"after"', 'stdout');
    running.kill('SIGINT');
    const ended = await running.ended;
    expect({ code: ended.code, ...summaryOf(ended) }).toMatchObject({
      code: 0,
      gapCount: 1,
      gaps: [{ from: expect.any(Number), to: expect.any(Number) }],
    });
    expect(recorded()).toEqual(['before', 'after']);
  });

  it('says that it is cut off, and ends in a gap when it is ended then', async () => {
    const running = await listening(watch());
    await broker.down();
    await running.said('not connected');
    running.kill('SIGINT');
    const ended = await running.ended;
    expect({ code: ended.code, ...summaryOf(ended) }).toMatchObject({
      code: 0,
      gapCount: 1,
      gaps: [{ from: expect.any(Number), to: expect.any(Number) }],
      unheardSince: expect.any(Number),
    });
  });

  it('has on disk whatever it has acknowledged, at any moment that it is killed', async () => {
    const running = await listening(watch());
    const sent = numbers(0, 3_000).map((count) =>
      anEvent({ clientId: `pump-${count}`, sessionIdentifier: `s-${count}` }),
    );
    for (const event of sent) broker.publish(event);
    const acknowledged = () =>
      [...broker.acknowledged].find(([id]) => id.startsWith('evict-journal-'))?.[1] ?? 0;
    await eventually(() => (acknowledged() > 500 ? true : undefined));
    running.kill('SIGKILL');
    await running.ended;
    const before = acknowledged();
    expect(recorded().length + 2).toBeGreaterThanOrEqual(before);
    const again = await listening(watch());
    await eventually(() => (recorded().length === sent.length ? true : undefined));
    expect(new Set(recorded())).toEqual(new Set(sent.map(({ clientId }) => clientId)));
    again.kill('SIGINT');
    expect(summaryOf(await again.ended)).toMatchObject({ gapCount: 0 });
  });

  it('says when more comes than one connection is sure to deliver', async () => {
    const running = await listening(watch());
    for (const count of numbers(0, 300)) broker.publish(anEvent({ clientId: `pump-${count}` }));
    await running.said('policies/presence-history.yaml');
    running.kill('SIGINT');
    expect(summaryOf(await running.ended)).toMatchObject({ outgrown: true });
  });

  it('ends with what was recorded when the disk is full, and acknowledges nothing more', async () => {
    await using disk = await aSmallDisk(512, 'a journal on a full disk');
    if (disk === undefined) return;
    const place = join(disk.path, 'state');
    const running = await listening(watch('--state-dir', place));
    for (const count of numbers(0, 4_000))
      broker.publish(anEvent({ clientId: `pump-${count}`, padding: 'x'.repeat(200) }));
    const ended = await running.ended;
    expect({ code: ended.code, ...summaryOf(ended) }).toMatchObject({
      code: 1,
      cause: { code: 'journal-unwritable' },
    });
    const copy = join(home.directory, 'copy'); // an open file would keep the disk from being unmounted
    await cp(place, copy, { recursive: true });
    expect(everythingIn(copy)).toHaveLength(summaryOf(ended).stored);
  });

  it('does not begin where the broker cannot be reached', async () => {
    await broker.down();
    const ended = await watch().ended;
    await broker.up();
    expect({ code: ended.code, ...summaryOf(ended) }).toMatchObject({
      code: 4,
      received: 0,
      cause: { code: 'broker-unreachable' },
    });
  });
});
