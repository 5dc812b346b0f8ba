import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord } from './a-record.ts';
import { aConnectedClient, connectedAs } from './a-scene.ts';
import { aSignedConfig } from './a-signed-config.ts';
import { atTerminal, script } from './a-terminal.ts';
import { describeWith } from './describe-with.ts';
import { aHome, evictionOf, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
let config: string;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
  config = await aSignedConfig(sandbox, { events: undefined, 'mqtt-version': 4 });
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const KILL_AFTER = fileURLToPath(new URL('kill-after.js', import.meta.url));
const PATIENT = { timeoutMs: 60_000 };

type Scene = { readonly clientId: string; readonly stateDir: string; readonly words: readonly string[] };

function aScene(clientId: string): Scene {
  const stateDir = join(home.directory, clientId);
  return { clientId, stateDir, words: ['--config', config, '--state-dir', stateDir] };
}

async function recordOf({ stateDir }: Scene): Promise<string> {
  const [name = ''] = await readdir(join(stateDir, 'incidents'));
  return join(stateDir, 'incidents', name);
}

const identifying = ['--identify-by-kick', '--json', '--hold', '300ms'];
const kindsIn = async (scene: Scene) => (await aCheckedRecord(await recordOf(scene))).map(({ kind }) => kind);
const timesKicked = ({ steps }: { steps: readonly { id: string }[] }) =>
  steps.filter(({ id }) => id === 'identify-by-api').length;

it('a run killed around its identifying kick is gone on with; whom that told stands, and is not kicked for it again', async () => {
  // From "it may be kicked" to "the plan is made".
  await Promise.all([4, 7, 8, 9, 11, 13].map((entries) => killAndResume(entries)));
}, 120_000);

async function killAndResume(entries: number): Promise<void> {
  const scene = aScene(`killed-${entries}`);
  await using client = await aConnectedClient(sandbox, { clientId: scene.clientId, comesBackAfterMs: 300 });
  const killed = await home.run([scene.clientId, ...scene.words, ...identifying, '--yes'], {
    env: { NODE_OPTIONS: `--import=${KILL_AFTER}`, KILL_AFTER: String(entries) },
    ...PATIENT,
  });
  expect(killed.signal).toBe('SIGKILL');
  expect(await client.status()).toBe('ACTIVE');
  const told = (await kindsIn(scene)).includes('kick-told');
  const file = await recordOf(scene);
  const resumed = await home.run(['resume', file, ...scene.words, '--yes', '--json'], PATIENT);
  const document = evictionOf(resumed);
  expect({ entries, code: resumed.code, ...document }).toMatchObject({
    code: 0,
    contained: 'yes',
    sighting: { source: 'kick', principal: { identifier: client.identity.certificateId } },
  });
  expect(['evicted', 'not-connected']).toContain(document.verdict);
  expect({ entries, kicks: timesKicked(document) }).toEqual({
    entries,
    kicks: told || entries < 8 ? 1 : 2,
  });
  expect(connectedAs(sandbox, scene.clientId)).not.toContain(client.identity.certificateId);
  const undone = await home.run(['undo', file, ...scene.words, '--yes', '--json'], PATIENT);
  expect({ entries, code: undone.code, verdict: evictionOf(undone).verdict }).toEqual({
    entries,
    code: 0,
    verdict: 'restored',
  });
  expect(await client.status()).toBe('ACTIVE');
}

it('Ctrl-C while the kick is listened to says what was done, and undo has nothing to take back', async () => {
  const scene = aScene('interrupted');
  await using client = await aConnectedClient(sandbox, { clientId: 'interrupted' });
  const { id } = sandbox.faults.add({ fault: 'lose-events', client: 'interrupted' });
  const running = home.start(['interrupted', ...scene.words, ...identifying, '--yes']);
  await running.said('identify-by-api');
  running.kill('SIGINT');
  const ended = await running.ended;
  sandbox.faults.remove(id);
  expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
    code: 130,
    verdict: 'interrupted',
    contained: 'no',
    cause: { message: 'stopped by a signal; done so far: identify-by-api' },
  });
  const undone = await home.run(['undo', await recordOf(scene), ...scene.words, '--yes', '--json']);
  expect(evictionOf(undone).cause).toMatchObject({ code: 'nothing-to-undo' });
  expect(await client.status()).toBe('ACTIVE');
});

describeWith('--identify-by-kick at a terminal', [['bsdutils', script]], () => {
  const kicking = (clientId: string) => `Type the client ID "${clientId}" to kick it once:`;
  const asking = (clientId: string) =>
    atTerminal(home, ['--config', config, '--identify-by-kick', '--hold', '0', '--', clientId], {
      columns: 150,
    });

  it('asks before the kick, then shows the plan and asks again', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'asked-twice', comesBackAfterMs: 50 });
    await using terminal = asking('asked-twice');
    await terminal.until(kicking('asked-twice'));
    for (const shown of ['principal unknown', 'its Last Will suppressed', 'no access is cut before'])
      expect(terminal.text()).toContain(shown);
    const ends = (await sandbox.events()).filter(({ eventType }) => eventType === 'disconnected');
    expect(ends.map(({ clientId }) => clientId)).not.toContain('asked-twice');
    terminal.enter('asked-twice');
    await terminal.until('go ahead: type its client ID');
    expect(terminal.text()).toContain(`principal certificate ${client.identity.arn}`);
    expect(await client.status()).toBe('ACTIVE');
    await terminal.choose('go ahead: type its client ID');
    await terminal.until('Type the client ID "asked-twice" to evict it:');
    terminal.enter('asked-twice');
    await terminal.until('EVICTED: "asked-twice"');
    expect(await terminal.ended).toBe(0);
    expect(await client.status()).toBe('INACTIVE');
  });

  it('kicks nobody where that is declined', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'not-to-be' });
    await using terminal = asking('not-to-be');
    await terminal.until(kicking('not-to-be'));
    terminal.press('ctrl-d');
    await terminal.until('REFUSED: "not-to-be"');
    expect(await terminal.ended).toBe(7);
    expect(terminal.text()).toContain('declined: not agreed to');
    expect(connectedAs(sandbox, 'not-to-be')).toEqual([client.identity.certificateId]);
  });
});
