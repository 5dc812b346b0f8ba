import { DescribeCertificateCommand, ListAttachedPoliciesCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord } from './a-record.ts';
import { aConnectedClient, connectedAs, setStatus } from './a-scene.ts';
import { aHome, type Ended, evictionOf, type Home, onlyDocument } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const KILL_AFTER = fileURLToPath(new URL('kill-after.js', import.meta.url));
/** An undisturbed run has one or two entries fewer. */
const ENTRIES = 20;
const PATIENT = { timeoutMs: 60_000 };

type Scene = { readonly clientId: string; readonly words: readonly string[]; readonly stateDir: string };

/** The options of every command about one client, with a state directory of its own. */
function aScene(clientId: string, events: string): Scene {
  const stateDir = join(home.directory, clientId);
  return {
    clientId,
    stateDir,
    words: ['--config', sandbox.config, '--profile', 'default', '--events', events, '--state-dir', stateDir],
  };
}

const evicting = ['--yes', '--json', '--hold', '300ms', '--timeout', '20s'];

/** Runs the eviction until its record has so many entries, and then no further. */
function killedAfter(
  { clientId, words }: Scene,
  entries: number,
  { torn = false, more = [] }: { readonly torn?: boolean; readonly more?: readonly string[] } = {},
): Promise<Ended> {
  return home.run([clientId, ...words, ...evicting, ...more], {
    env: { NODE_OPTIONS: `--import=${KILL_AFTER}`, KILL_AFTER: String(entries), KILL_TORN: String(torn) },
    ...PATIENT,
  });
}

async function recordOf({ stateDir }: Scene): Promise<string> {
  const [name = ''] = await readdir(join(stateDir, 'incidents'));
  return join(stateDir, 'incidents', name);
}

const resume = async (scene: Scene, ...more: string[]) =>
  home.run(['resume', await recordOf(scene), ...scene.words, '--yes', '--json', ...more], PATIENT);
const undo = async (scene: Scene) =>
  home.run([
    'undo',
    await recordOf(scene),
    '--config',
    sandbox.config,
    '--profile',
    'default',
    '--state-dir',
    scene.stateDir,
    '--yes',
    '--json',
  ]);

describe('kill -9 after each entry of the record, and half of the next one', () => {
  // Several at a time: each waits until the killed run's claim on the client is stale.
  const AT_ONCE = 10;
  const places = Array.from({ length: ENTRIES }, (_, index) => index + 1);
  const batches = Array.from({ length: Math.ceil(places.length / AT_ONCE) }, (_, index) =>
    places.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );

  it.each(batches)(
    'resume carries it through, and undo takes all of it back (after %d and the entries that follow)',
    async (...batch) => {
      await Promise.all(batch.map((entries) => killAndResume(entries)));
    },
    120_000,
  );

  async function killAndResume(entries: number): Promise<void> {
    const clientId = `killed-${entries}`;
    await using client = await aConnectedClient(sandbox, { clientId });
    const scene = aScene(clientId, client.events);
    const actions = entries % 2 === 0 ? ['--action', 'deactivate', '--action', 'detach'] : [];
    const killed = await killedAfter(scene, entries, { torn: entries % 2 === 1, more: actions });
    if (killed.signal !== 'SIGKILL') {
      expect(evictionOf(killed).verdict).toBe('evicted'); // it ended with fewer entries
      return;
    }
    const resumed = await resume(scene);
    const document = evictionOf(resumed);
    expect({ entries, code: resumed.code, ...document }).toMatchObject({ code: 0, contained: 'yes' });
    expect(['evicted', 'not-connected']).toContain(document.verdict);
    expect(await client.status()).toBe('INACTIVE');
    expect(connectedAs(sandbox, clientId)).toEqual([]);
    const lines = await aCheckedRecord(await recordOf(scene));
    expect(lines.at(-1)).toMatchObject({ kind: 'ended', verdict: document.verdict });

    const undone = await undo(scene);
    expect({ entries, code: undone.code, verdict: evictionOf(undone).verdict }).toEqual({
      entries,
      code: 0,
      verdict: 'restored',
    });
    expect(await client.status()).toBe('ACTIVE');
    expect(await policiesOn(client.identity.certificateId)).toHaveLength(1);
  }

  async function policiesOn(certificateId: string): Promise<unknown[]> {
    const { certificateDescription } = await sandbox.iot.send(
      new DescribeCertificateCommand({ certificateId }),
    );
    const target = certificateDescription?.certificateArn ?? '';
    return (await sandbox.iot.send(new ListAttachedPoliciesCommand({ target }))).policies ?? [];
  }
});

describe('evict resume', () => {
  it('of a run that is over prints how it ended, and does nothing', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'over' });
    const scene = aScene('over', client.events);
    const ended = await home.run(['over', ...scene.words, ...evicting]);
    const before = await readFile(await recordOf(scene), 'utf8');
    const again = await resume(scene);
    expect({ code: again.code, ...evictionOf(again) }).toMatchObject({
      code: 0,
      verdict: 'evicted',
      proof: evictionOf(ended).proof,
    });
    expect(await readFile(await recordOf(scene), 'utf8')).toBe(before);
  });

  it('of an incident that was undone refuses', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'undone' });
    const scene = aScene('undone', client.events);
    await home.run(['undone', ...scene.words, ...evicting]);
    await undo(scene);
    const again = await resume(scene);
    expect(again.code).toBe(2);
    expect(onlyDocument(again)).toMatchObject({ kind: 'error', code: 'not-resumable' });
    expect(await client.status()).toBe('ACTIVE');
  });

  it('contains again what somebody has given back meanwhile', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'given-back' });
    const scene = aScene('given-back', client.events);
    const running = home.start(['given-back', ...scene.words, ...evicting, '--hold', '4s']);
    await running.said('✓ verify');
    running.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    await setStatus(sandbox, client.identity.certificateId, 'ACTIVE');
    const document = evictionOf(await resume(scene));
    expect(document.contained).toBe('yes');
    expect(await client.status()).toBe('INACTIVE');
  });

  it('in another region is refused, and changes nothing', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'elsewhere' });
    const scene = aScene('elsewhere', client.events);
    await killedAfter(scene, 9);
    const status = await client.status();
    const resumed = await resume(scene, '--region', 'eu-west-1');
    expect(evictionOf(resumed).cause).toMatchObject({ code: 'other-region' });
    const again = await resume(scene, '--region', 'eu-west-1'); // the first try has not moved the incident there
    expect(evictionOf(again).cause).toMatchObject({ code: 'other-region' });
    expect(await client.status()).toBe(status);
  });

  it('of a run that is alive is refused, and leaves it alone', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'alive' });
    const scene = aScene('alive', client.events);
    const running = home.start(['alive', ...scene.words, ...evicting, '--hold', '12s'], PATIENT);
    await running.said('✓ verify');
    const resumed = await resume(scene);
    expect({ code: resumed.code, ...evictionOf(resumed) }).toMatchObject({
      code: 7,
      verdict: 'refused',
      cause: { code: 'run-in-progress' },
    });
    expect(evictionOf(await running.ended).verdict).toBe('evicted');
  });

  it('changes nothing in a dry run, wherever that was asked for', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'only-looking' });
    const scene = aScene('only-looking', client.events);
    await killedAfter(scene, 9);
    const before = await readFile(await recordOf(scene), 'utf8');
    const file = await recordOf(scene);
    const ended = await home.run(['resume', file, ...scene.words, '--json'], {
      env: { EVICT_DRY_RUN: 'true' },
    });
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 0,
      verdict: 'planned',
      dryRun: true,
    });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('heeds what was put under protect since', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'protected-since' });
    const scene = aScene('protected-since', client.events);
    await killedAfter(scene, 9);
    const config = join(sandbox.directory, 'protecting.yaml');
    await writeFile(config, `${await readFile(sandbox.config, 'utf8')}protect: [protected-since]\n`);
    const ended = await home.run(
      ['resume', await recordOf(scene), ...scene.words, '--config', config, '--yes', '--json'],
      PATIENT,
    );
    expect(evictionOf(ended).cause).toMatchObject({ code: 'protected' });
    expect(await client.status()).toBe('ACTIVE');
  });

  it('without --yes says that it needs it where there is nobody to ask', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'unasked' });
    const scene = aScene('unasked', client.events);
    await killedAfter(scene, 9);
    const resumed = await home.run(['resume', await recordOf(scene), ...scene.words, '--json']);
    expect(resumed.code).toBe(2);
    expect(onlyDocument(resumed)).toMatchObject({ kind: 'error', code: 'needs-yes' });
  });
});
