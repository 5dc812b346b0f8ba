import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord } from './a-record.ts';
import { aConnectedClient, type ConnectedClient, connectedAs } from './a-scene.ts';
import { aHome, evictionOf, type Home, onlyDocument, type Running } from './run.ts';
import { aStallingProxy, type Stalling } from './slow-network.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const start = (client: ConnectedClient, ...more: string[]) => look(client, '--yes', ...more);
const look = (client: ConnectedClient, ...more: string[]) =>
  home.start([client.clientId, '--config', sandbox.config, '--events', client.events, '--json', ...more]);
const incidents = () => readdir(join(sandbox.directory, 'state', 'incidents')).catch(() => []);

/** The record of the run that began after `before` was listed. */
async function newRecord(before: readonly string[]): Promise<string> {
  const file = await eventually(async () => (await incidents()).find((name) => !before.includes(name)));
  return join(sandbox.directory, 'state', 'incidents', file);
}

async function expectInterrupted(running: Running, contained: string) {
  const ended = await running.ended;
  expect({ code: ended.code, signal: ended.signal }).toEqual({ code: 130, signal: null });
  const document = evictionOf(ended);
  expect(document).toMatchObject({ verdict: 'interrupted', contained, cause: { code: 'interrupted' } });
  expect(document.cause?.message).toMatch(/^[^\n]+$/u);
  expect(ended.stderr).not.toMatch(/\n\s+at .+[:(]/u);
  // Nothing of ours is left: no connection under the client's ID, no watch, no canary.
  await eventually(() =>
    sandbox.truth().connections.some(({ clientId }) => clientId.startsWith('evict-')) ? undefined : true,
  );
  if (document.record === undefined) return document;
  const lines = await aCheckedRecord(document.record.file);
  expect(lines.at(-1)).toMatchObject({
    kind: 'ended',
    verdict: 'interrupted',
    contained,
    hash: document.record.hash,
  });
  return document;
}

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  const id = (step: string) => `${step}-${signal}`;

  it('in the look-up changes nothing and leaves nothing half-recorded', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('look-up') });
    const before = await incidents();
    const words = [
      client.clientId,
      '--config',
      sandbox.config,
      '--events',
      '-',
      '--yes',
      '--json',
      '--verbose',
    ];
    const running = home.start(words, { stdin: 'open' });
    await running.said('"kind":"identified"'); // stdin is all that it waits for by now
    running.kill(signal);
    const { record } = await expectInterrupted(running, 'no');
    expect((await incidents()).length - before.length).toBe(record === undefined ? 0 : 1);
    expect(await client.status()).toBe('ACTIVE');
  });

  it('while it plans changes nothing', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('plan') });
    await using control = await aStallingProxy(sandbox.controlUrl);
    control.stallWhen(({ text }) => text.startsWith('GET /certificates/'));
    const running = start(client, '--endpoint-url', `http://127.0.0.1:${control.port}`);
    await running.said('✓ look up');
    await control.stalled;
    running.kill(signal);
    await expectInterrupted(running, 'no');
    expect(await client.status()).toBe('ACTIVE');
  });

  it('while the watch is set up changes nothing', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('watch') });
    await using broker = await aStallingProxy(sandbox.mqttsUrl);
    broker.stallWhen(() => true);
    const running = start(client, '--mqtt-url', `mqtts://localhost:${broker.port}`);
    await running.said('✓ plan');
    await broker.stalled;
    running.kill(signal);
    const { record } = await expectInterrupted(running, 'no');
    expect(record).toBeDefined();
    expect(await client.status()).toBe('ACTIVE');
  });

  it('while access is cut finishes that act, and says that it is cut and how to take it back', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('contain') });
    await using control: Stalling = await aStallingProxy(sandbox.controlUrl);
    control.stallWhen(({ text }) => text.startsWith('PUT /certificates/'));
    const running = start(client, '--endpoint-url', `http://127.0.0.1:${control.port}`);
    await control.stalled;
    running.kill(signal);
    await running.said('stopping');
    control.release();
    const { undo = '', steps, cause } = await expectInterrupted(running, 'yes');
    expect(undo).toMatch(/^evict undo /u);
    const place = `--endpoint-url http://127.0.0.1:${control.port} --config ${sandbox.config}`;
    expect(cause?.hint).toContain(`to take it back: ${undo} ${place}`);
    expect(steps).toMatchObject([
      { id: 'deactivate', status: 'done' },
      { id: 'takeover', status: 'skipped' },
    ]);
    expect(await client.status()).toBe('INACTIVE');
    expect(connectedAs(sandbox, client.clientId)).toEqual([client.identity.certificateId]);
  });

  it('while it takes over stops waiting', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('takeover') });
    await using broker = await aStallingProxy(sandbox.mqttsUrl);
    broker.stallWhen(({ connection }) => connection > 2); // after the watch and the canary
    const running = start(client, '--mqtt-url', `mqtts://localhost:${broker.port}`);
    await running.said('✓ deactivate');
    await broker.stalled;
    running.kill(signal);
    await expectInterrupted(running, 'yes');
    expect(await client.status()).toBe('INACTIVE');
  });

  it('while it waits for the proof lets go of the client ID', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('verify') });
    const lost = sandbox.faults.add({ fault: 'lose-events', client: client.clientId });
    const running = start(client);
    await running.said('✓ takeover');
    running.kill(signal);
    await expectInterrupted(running, 'yes');
    sandbox.faults.remove(lost.id);
    expect(connectedAs(sandbox, client.clientId)).toEqual([]);
  });

  it('in the hold keeps the proof, lets go of the client ID and says how far it got', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('hold') });
    const running = start(client, '--hold', '1m');
    await running.said('✓ verify');
    running.kill(signal);
    const { hold, proof } = await expectInterrupted(running, 'yes');
    expect(hold).toMatchObject({ requestedSeconds: 60, completed: false });
    expect(proof?.by).toBe('sessionIdentifier');
    expect(connectedAs(sandbox, client.clientId)).toEqual([]);
  });
});

it('a second Ctrl-C ends it at once, and the record still verifies', async () => {
  await using client = await aConnectedClient(sandbox, { clientId: 'impatient' });
  await using control = await aStallingProxy(sandbox.controlUrl);
  control.stallWhen(({ text }) => text.startsWith('PUT /certificates/'));
  const before = await incidents();
  const running = start(client, '--endpoint-url', `http://127.0.0.1:${control.port}`);
  await control.stalled;
  running.kill('SIGINT');
  await running.said('stopping');
  running.kill('SIGINT');
  expect((await running.ended).code).toBe(130);
  const lines = await aCheckedRecord(await newRecord(before));
  expect(lines.at(-1)).toMatchObject({ kind: 'intended', step: 'deactivate' });
});

it('Ctrl-C in a dry run ends it as interrupted', async () => {
  await using control = await aStallingProxy(sandbox.controlUrl);
  await using client = await aConnectedClient(sandbox, { clientId: 'dry' });
  control.stallWhen(({ text }) => text.startsWith('GET /certificates/'));
  const running = look(client, '--dry-run', '--endpoint-url', `http://127.0.0.1:${control.port}`);
  await control.stalled;
  running.kill('SIGINT');
  await expectInterrupted(running, 'no');
});

describe('what does not stop a run after the first act', () => {
  it('a hang-up', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'hang-up' });
    const running = start(client, '--hold', '1s');
    await running.said('✓ deactivate');
    running.kill('SIGHUP');
    const ended = await running.ended;
    expect(ended.code).toBe(0);
    const { verdict, record } = evictionOf(ended);
    expect(verdict).toBe('evicted');
    expect((await aCheckedRecord(record?.file ?? '')).at(-1)).toMatchObject({ verdict: 'evicted' });
  });

  it.each(['stdout', 'stderr'] as const)('a reader of %s that went away', async (stream) => {
    await using client = await aConnectedClient(sandbox, { clientId: `closed-${stream}` });
    const before = await incidents();
    const running = start(client, '--hold', '500ms', '--verbose');
    running.child[stream].destroy();
    expect((await running.ended).code).toBe(0);
    const lines = await aCheckedRecord(await newRecord(before));
    expect(lines.at(-1)).toMatchObject({ kind: 'ended', verdict: 'evicted' });
  });

  it.each([
    ['stdout', '>/dev/full'],
    ['stderr', '2>/dev/full'],
  ])('%s on a full disk', async (_, redirection) => {
    await using client = await aConnectedClient(sandbox, { clientId: `full-${_}` });
    const before = await incidents();
    const words = [client.clientId, '--config', sandbox.config, '--events', client.events];
    const { stderr } = await home.run([...words, '--yes', '--json', '--hold', '500ms'], {
      through: ['/bin/sh', '-c', `exec "$@" ${redirection}`, 'sh'],
    });
    const lines = await aCheckedRecord(await newRecord(before));
    expect(lines.at(-1)).toMatchObject({ kind: 'ended', verdict: 'evicted' });
    expect(stderr).not.toMatch(/\n\s+at .+[:(]/u);
  });
});

describe('kill -9 in the hold', () => {
  it('leaves a record that is unfinished, verifies, and can be taken back', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'killed' });
    const before = await incidents();
    const running = start(client, '--hold', '1m');
    await running.said('✓ verify');
    running.kill('SIGKILL');
    expect((await running.ended).signal).toBe('SIGKILL');
    const file = await newRecord(before);
    // What a power cut may leave of an entry that was being written.
    await writeFile(file, '{"seq":99,"at":"20', { flag: 'a' });

    const shown = await home.run(['show', file, '--config', sandbox.config]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('unfinished');
    const verified = await home.run(['show', file, '--verify', '--json', '--config', sandbox.config]);
    expect(onlyDocument(verified)).toMatchObject({ verified: true, finished: false });
    const listed = await home.run(['incidents', '--config', sandbox.config]);
    expect(listed.stdout).toMatch(/unfinished.*killed/u);

    const undone = await home.run(['undo', file, '--yes', '--json', '--config', sandbox.config]);
    expect({ code: undone.code, verdict: evictionOf(undone).verdict }).toEqual({
      code: 0,
      verdict: 'restored',
    });
    expect(await client.status()).toBe('ACTIVE');
    expect((await aCheckedRecord(file)).at(-1)).toMatchObject({ kind: 'ended', verdict: 'restored' });
    expect(await readFile(file, 'utf8')).not.toContain('"seq":99');
  });

  it('in the very act of cutting access can be taken back, too', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'killed-in-the-act' });
    await using control = await aStallingProxy(sandbox.controlUrl);
    control.stallWhen(({ text }) => text.startsWith('PUT /certificates/'));
    const before = await incidents();
    const running = start(client, '--endpoint-url', `http://127.0.0.1:${control.port}`);
    await control.stalled;
    control.release(); // it arrives, and nobody hears of it
    await eventually(async () => ((await client.status()) === 'INACTIVE' ? true : undefined));
    running.kill('SIGKILL');
    await running.ended;
    const undone = await home.run([
      'undo',
      await newRecord(before),
      '--yes',
      '--json',
      '--config',
      sandbox.config,
    ]);
    expect({ code: undone.code, verdict: evictionOf(undone).verdict }).toEqual({
      code: 0,
      verdict: 'restored',
    });
    expect(await client.status()).toBe('ACTIVE');
  });
});
