import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { EvictionDocument } from '../../src/domain/document.ts';
import { aDevice, anIdentity, type Device } from '../sandbox/a-device.ts';
import { aPolicyDirectory, readPolicy } from '../sandbox/a-policy-directory.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aSmallDisk } from './a-small-disk.ts';
import { aConnectedClient, connectedAs } from './a-scene.ts';
import { aHome, evictionOf, type Home } from './run.ts';
import { schemaErrors } from './a-schema.ts';

let sandbox: TestSandbox;
let home: Home;
let publisher: Device;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
  publisher = aDevice(sandbox, { identity: await anIdentity(sandbox), clientId: 'publisher' });
  await publisher.outcome;
});
afterAll(async () => {
  await publisher[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** A connected client with a persistent session, in which messages wait: it acknowledges nothing. */
async function aHoarder(clientId: string, at = sandbox, comesBackAfterMs = 0) {
  const mqtt = { clean: false };
  const client = await aConnectedClient(at, { clientId, mqtt, comesBackAfterMs });
  const came: string[] = [];
  client.device.client.handleMessage = ({ payload }, acknowledge) => {
    came.push(String(payload));
    acknowledge(new Error('never'));
  };
  await client.device.client.subscribeAsync(`cmd/${clientId}`, { qos: 1 });
  return { ...client, came };
}

async function publish(clientId: string, payloads: readonly (string | Buffer)[], by = publisher) {
  for (const payload of payloads) await by.client.publishAsync(`cmd/${clientId}`, payload, { qos: 1 });
}

type Hoarder = Awaited<ReturnType<typeof aHoarder>>;

/** One in which these messages wait, unacknowledged. */
async function aHoarderOf(clientId: string, payloads: readonly (string | Buffer)[]): Promise<Hoarder> {
  const client = await aHoarder(clientId);
  await publish(clientId, payloads);
  await eventually(() => (client.came.length === payloads.length ? true : undefined));
  return client;
}

type Scene = Pick<Hoarder, 'clientId' | 'events'>;

const options = ['--yes', '--json', '--keep-session'];
const words = ({ clientId, events }: Scene, { config }: TestSandbox, stateDir: string) =>
  [clientId, '--config', config, '--events', events, '--state-dir', stateDir].concat(options);
const stateOf = ({ clientId }: Scene) => join(home.directory, clientId);
const evict = async (client: Scene, { at = sandbox, stateDir = stateOf(client), hold = '500ms' } = {}) =>
  evictionOf(await home.run([...words(client, at, stateDir), '--hold', hold]));

const kept = z.object({ payload: z.string() });
const linesOf = async (file: string) =>
  (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
const payloadsIn = async ({ evidence }: EvictionDocument) =>
  (await linesOf(evidence?.messages?.file ?? '')).map((line) => {
    expect(schemaErrors('kept-message', JSON.parse(line))).toEqual([]);
    return Buffer.from(kept.parse(JSON.parse(line)).payload, 'base64').toString();
  });
const codes = ({ warnings }: EvictionDocument) => warnings.map(({ code }) => code);

/** What the session still holds for its client: all that comes before a message that is published now. */
async function leftFor(clientId: string): Promise<string[]> {
  const left: string[] = [];
  await using heir = aDevice(sandbox, { identity: await anIdentity(sandbox), clientId, clean: false });
  heir.client.on('message', (_, payload) => left.push(String(payload)));
  await heir.outcome;
  await publish(clientId, ['the last']);
  await eventually(() => (left.at(-1) === 'the last' ? true : undefined));
  return left.slice(0, -1);
}

describe('a takeover with --keep-session', () => {
  it('keeps what waits in the session as evidence, and takes it from nobody else', async () => {
    const hostile = '\u001B[2J{"prev":"x"}\n\u009B';
    await using client = await aHoarderOf('queued', ['one', hostile, 'three']);
    const document = await evict(client);
    expect(document).toMatchObject({
      verdict: 'evicted',
      evidence: {
        subscriptions: [{ topicFilter: 'cmd/queued', qos: 1 }],
        messages: { count: 3, dropped: 0, sessionPresent: true },
      },
    });
    expect(codes(document)).toContain('consumes-messages');
    expect(codes(document)).not.toContain('ends-session');
    const { file = '', sha256 } = document.evidence?.messages ?? {};
    expect(file).toBe(join(stateOf(client), 'incidents', document.incident ?? '', 'messages.jsonl'));
    expect(await payloadsIn(document)).toEqual(['one', hostile, 'three']);
    const [first = ''] = await linesOf(file);
    expect(JSON.parse(first)).toMatchObject({ topic: 'cmd/queued', qos: 1, retain: false });
    expect(
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ).toBe(sha256);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
    const { persistentSessions } = (await sandbox.snapshot()).broker;
    expect(persistentSessions).toContainEqual({ clientId: 'queued', filters: ['cmd/queued'] });
    expect(await leftFor('queued')).toEqual([]);

    const place = ['--config', sandbox.config, '--state-dir', stateOf(client)];
    expect(await home.run(['show', document.incident ?? '', '--verify', ...place])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`"count":3,"file":"${file}"`),
    });
    expect((await home.run(['incidents', ...place])).stdout.trim().split('\n')).toHaveLength(1);
  });

  it('of a client without a session says so, and makes no file', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'sessionless' });
    const document = await evict(client);
    expect(document).toMatchObject({
      verdict: 'evicted',
      evidence: { messages: { count: 0, dropped: 0, sessionPresent: false } },
    });
    expect(await readdir(join(stateOf(client), 'incidents'))).toEqual([`${document.incident}.jsonl`]);
  });

  it('keeps no more than the bound, counts the rest, and leaves it in the session', async () => {
    const large = Array.from({ length: 100 }, (_, index) => Buffer.alloc(128_000, String(index % 10)));
    await using client = await aHoarderOf('flooded', large);
    const document = await evict(client, { hold: '4s' }); // until all have come
    const { file = '', count = 0, dropped = 0 } = document.evidence?.messages ?? {};
    expect(document.verdict).toBe('evicted');
    expect((await stat(file)).size).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(dropped).toBeGreaterThan(0);
    expect(count + dropped).toBe(large.length);
    expect(await leftFor('flooded')).toHaveLength(dropped);
  });

  it('goes on with the same file each time that the ID is retaken', async () => {
    await using client = await aHoarder('stubborn', sandbox, 200);
    await publish('stubborn', ['one']);
    const { id } = sandbox.faults.add({ fault: 'deactivation-delay', ms: 1_500, client: 'stubborn' });
    const running = home.start([...words(client, sandbox, stateOf(client)), '--hold', '1s']);
    await running.said('✗ lost');
    await publish('stubborn', ['two']);
    const document = evictionOf(await running.ended);
    sandbox.faults.remove(id);
    expect(document).toMatchObject({ verdict: 'evicted', hold: { completed: true } });
    expect(document.steps.filter(({ id: step }) => step === 'takeover').length).toBeGreaterThan(1);
    expect(new Set(await payloadsIn(document))).toEqual(new Set(['one', 'two']));
  });

  it('is said in the dry run, which receives nothing', async () => {
    await using client = await aHoarderOf('previewed', ['one']);
    const ended = await home.run([...words(client, sandbox, stateOf(client)), '--dry-run']);
    expect(codes(evictionOf(ended))).toEqual(
      expect.arrayContaining(['publishes-last-will', 'consumes-messages', 'shows-online']),
    );
    expect(connectedAs(sandbox, 'previewed')).toHaveLength(1);
  });
});

describe('what was kept', () => {
  it('survives kill -9, and resume puts the rest behind it', async () => {
    await using client = await aHoarderOf('killed', ['one', 'two']);
    const running = home.start([...words(client, sandbox, stateOf(client)), '--hold', '3s']);
    const incidents = join(stateOf(client), 'incidents');
    const file = await eventually(async () => {
      const names = await readdir(incidents).catch(() => []);
      const folder = names.find((name) => !name.includes('.')) ?? '';
      const path = join(incidents, folder, 'messages.jsonl');
      return folder !== '' && (await linesOf(path).catch(() => [])).length === 2 ? path : undefined;
    });
    running.kill('SIGKILL');
    await running.ended;
    const before = await readFile(file, 'utf8');
    await writeFile(file, '{"receivedAt":', { flag: 'a' }); // as a power cut may leave it
    await publish('killed', ['three']);

    const words_ = ['--config', sandbox.config, '--state-dir', stateOf(client), '--yes', '--json'];
    const incident = dirname(file).slice(incidents.length + 1);
    const document = evictionOf(await home.run(['resume', incident, ...words_], { timeoutMs: 90_000 }));
    expect(document.evidence?.messages).toMatchObject({ file, sessionPresent: true });
    expect((await readFile(file, 'utf8')).startsWith(before)).toBe(true);
    expect((await payloadsIn(document)).slice(2)).toContain('three');
    expect(document.evidence?.messages?.count).toBe((await linesOf(file)).length);
  });
});

describe('messages that cannot be kept', () => {
  it('on a full disk are lost as evidence, which is said; the run goes on, and the client keeps them', async () => {
    await using disk = await aSmallDisk(1_024, 'a full disk for evidence');
    if (disk === undefined) return;
    await using client = await aHoarderOf('full', ['one', 'two']);
    const document = await evict(client, { stateDir: disk.path });
    expect(document).toMatchObject({
      verdict: 'evicted',
      evidence: { messages: { count: 0, dropped: 2, sessionPresent: true } },
    });
    expect(codes(document).filter((code) => code === 'evidence-lost')).toHaveLength(1);
    expect(await leftFor('full')).toEqual(['one', 'two']);
  });

  it('since iot:Receive is not allowed for their topics, do not come at all', async () => {
    const { Statement, ...policy } = readPolicy('respond-by-certificate.json');
    const presence = ['arn:aws:iot:*:*:topic/$aws/events/presence/*'];
    const narrowed = Statement.map((one) =>
      one.Action.includes('iot:Receive') ? { ...one, Resource: presence } : one,
    );
    await using policies = await aPolicyDirectory({
      'respond-by-certificate.json': { ...policy, Statement: narrowed },
    });
    await using narrow = await aSandbox({ policies: policies.directory });
    await using client = await aHoarder('unheard', narrow);
    await using other = aDevice(narrow, { identity: await anIdentity(narrow), clientId: 'other' });
    await other.outcome;
    await publish('unheard', ['one'], other);
    expect(await evict(client, { at: narrow })).toMatchObject({
      verdict: 'evicted',
      evidence: { messages: { count: 0, dropped: 0, sessionPresent: true } },
    });
  });
});
