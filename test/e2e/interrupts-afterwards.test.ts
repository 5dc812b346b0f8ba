import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord } from './a-record.ts';
import { aConnectedClient, type ConnectedClient } from './a-scene.ts';
import { aHome, evictionOf, type Home, type Running } from './run.ts';
import { aStallingProxy } from './slow-network.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const BOTH = ['--action', 'deactivate', '--action', 'detach'];
const at = (port: number) => ['--endpoint-url', `http://127.0.0.1:${port}`];
const configured = () => ['--config', sandbox.config, '--profile', 'default', '--yes', '--json'];
const evict = (client: ConnectedClient, ...more: string[]) =>
  home.start([client.clientId, '--events', client.events, '--hold', '0', ...configured(), ...more]);
const follow = (command: 'undo' | 'resume', incident: string, ...more: string[]) =>
  home.start([command, incident, ...configured(), ...more]);

/** An incident of two changes that is over. */
async function anIncident(client: ConnectedClient): Promise<string> {
  const { incident = '', verdict } = evictionOf(await evict(client, ...BOTH).ended);
  if (verdict !== 'evicted') throw new Error(`${client.clientId}: ${verdict}`);
  return incident;
}

async function expectStopped(running: Running) {
  const ended = await running.ended;
  expect({ code: ended.code, signal: ended.signal }).toEqual({ code: 130, signal: null });
  const document = evictionOf(ended);
  expect(document.verdict).toBe('interrupted');
  expect(ended.stderr).not.toMatch(/\n\s+at .+[:(]/u);
  const lines = await aCheckedRecord(document.record?.file ?? '');
  expect(lines.at(-1)).toMatchObject({ kind: 'ended', verdict: 'interrupted' });
  return document;
}

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  const id = (step: string) => `${step}-${signal}`;

  it('between two changes ends with one made, and says that access is partly cut', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('between') });
    await using control = await aStallingProxy(sandbox.controlUrl);
    control.stallWhen(({ text }) => text.startsWith('PUT /certificates/'));
    const running = evict(client, ...BOTH, ...at(control.port));
    await control.stalled;
    running.kill(signal);
    await running.said('stopping');
    control.release();
    const document = await expectStopped(running);
    expect(document.contained).toBe('partly');
    expect(document.steps.map(({ id: step, status }) => `${step} ${status}`)).toEqual([
      'deactivate done',
      'detach skipped',
      'takeover skipped',
    ]);
    const resumed = evictionOf(await follow('resume', document.incident ?? '').ended);
    expect(resumed).toMatchObject({ verdict: 'evicted', contained: 'yes' });
  });

  it('while the API drops the connection finishes that act', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('api') });
    await using data = await aStallingProxy(sandbox.controlUrl);
    data.stallWhen(({ text }) => text.startsWith('DELETE /connections/'));
    const running = evict(client, '--method', 'api', '--data-endpoint-url', `http://127.0.0.1:${data.port}`);
    await data.stalled;
    running.kill(signal);
    await running.said('stopping');
    data.release();
    const document = await expectStopped(running);
    expect(document).toMatchObject({ contained: 'yes' });
    expect(document.steps).toContainEqual(
      expect.objectContaining({ id: 'delete-connection', status: 'done' }),
    );
  });

  it('in the middle of an undo finishes that act, and the same undo goes on with the rest', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('undo') });
    const before = await sandbox.snapshot();
    const incident = await anIncident(client);
    await using control = await aStallingProxy(sandbox.controlUrl);
    control.stallWhen(({ text }) => text.startsWith('PUT /target-policies/'));
    const running = follow('undo', incident, ...at(control.port));
    await control.stalled;
    running.kill(signal);
    await running.said('stopping');
    control.release();
    const stopped = await expectStopped(running);
    expect(stopped.contained).toBe('partly');
    expect(await client.status()).toBe('INACTIVE');

    const again = evictionOf(await follow('undo', incident).ended);
    expect(again.verdict).toBe('restored');
    expect((await sandbox.snapshot()).account).toEqual(before.account);
  });

  it('in a resumed run leaves it to be resumed again', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: id('resume') });
    await using control = await aStallingProxy(sandbox.controlUrl);
    control.stallWhen(({ text }) => text.startsWith('PUT /certificates/'));
    const first = evict(client, ...at(control.port));
    await control.stalled;
    first.kill(signal);
    await first.said('stopping');
    control.release();
    const { incident = '' } = await expectStopped(first);

    const second = follow('resume', incident, '--verbose');
    await second.said('"kind":"watch-proved"');
    second.kill(signal);
    await expectStopped(second);
    const third = await follow('resume', incident).ended;
    expect({ code: third.code, contained: evictionOf(third).contained }).toEqual({
      code: 0,
      contained: 'yes',
    });
  });
});

describe('a hang-up or a closed stdout after the first act does not stop', () => {
  it.each([
    ['a hang-up', (running: Running) => running.kill('SIGHUP')],
    ['a closed stdout', (running: Running) => void running.child.stdout.destroy()],
  ])('an undo: %s', async (name, disturb) => {
    await using client = await aConnectedClient(sandbox, { clientId: `undo, ${name}` });
    const incident = await anIncident(client);
    await using control = await aStallingProxy(sandbox.controlUrl);
    control.stallWhen(({ text }) => text.startsWith('PUT /target-policies/'));
    const running = follow('undo', incident, ...at(control.port));
    await control.stalled;
    disturb(running);
    control.release();
    expect((await running.ended).code).toBe(0);
    expect(await client.status()).toBe('ACTIVE');
  });

  it.each([
    ['a hang-up', (running: Running) => running.kill('SIGHUP')],
    ['a closed stdout', (running: Running) => void running.child.stdout.destroy()],
  ])('a run with several changes: %s', async (name, disturb) => {
    await using client = await aConnectedClient(sandbox, { clientId: `run, ${name}` });
    await using control = await aStallingProxy(sandbox.controlUrl);
    control.stallWhen(
      ({ text }) => text.startsWith('DELETE /target-policies/') || text.startsWith('POST /target-policies/'),
    );
    const running = evict(client, ...BOTH, '--method', 'both', ...at(control.port));
    await control.stalled;
    disturb(running);
    control.release();
    expect((await running.ended).code).toBe(0);
  });
});

it('a hang-up before the first act stops the run, and nothing was changed', async () => {
  await using client = await aConnectedClient(sandbox, { clientId: 'hung-up' });
  await using control = await aStallingProxy(sandbox.controlUrl);
  control.stallWhen(({ text }) => text.startsWith('GET /certificates/'));
  const running = evict(client, ...at(control.port));
  await control.stalled;
  running.kill('SIGHUP');
  await expectVerdictOf(running, 'interrupted');
  expect(await client.status()).toBe('ACTIVE');
});

async function expectVerdictOf(running: Running, verdict: string): Promise<void> {
  const ended = await running.ended;
  expect({ code: ended.code, verdict: evictionOf(ended).verdict }).toEqual({ code: 130, verdict });
}
