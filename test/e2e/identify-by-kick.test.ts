import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aDevice, anIdentity } from '../sandbox/a-device.ts';
import { aPolicyDirectory, readPolicy, without } from '../sandbox/a-policy-directory.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCheckedRecord } from './a-record.ts';
import { aConnectedClient, connectedAs } from './a-scene.ts';
import { aSignedConfig, type Changes } from './a-signed-config.ts';
import { aHome, evictionOf, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** Nowhere to look: no source is configured. */
const nowhere = (at = sandbox, more: Changes = {}) =>
  aSignedConfig(at, { events: undefined, 'mqtt-version': 4, ...more });

const evict = async (clientId: string, more: readonly string[] = [], config?: string) => {
  const words = ['--config', config ?? (await nowhere()), '--identify-by-kick', '--json', '--hold', '0'];
  const agreed = more.includes('--dry-run') ? [] : ['--yes'];
  const ended = await home.run([...words, ...agreed, ...more, '--', clientId]);
  return { code: ended.code, ...evictionOf(ended) };
};
const ids = ({ steps }: { steps: readonly { id: string; status: string }[] }) =>
  steps.map(({ id, status }) => `${id} ${status}`);
const codes = (said: readonly { code: string }[]) => said.map(({ code }) => code);

describe('--identify-by-kick of a client that no source knows', () => {
  it('reads the principal from the event of one kick by API, contains it, and kicks again', async () => {
    const policy = readPolicy('respond-by-api.json'); // it is enough
    await using policies = await aPolicyDirectory({ 'respond.json': policy });
    await using narrow = await aSandbox({ policies: policies.directory });
    const will = { topic: 'will/by-api', payload: Buffer.from('x'), qos: 0 as const, retain: false };
    await using client = await aConnectedClient(narrow, { clientId: 'by-api', mqtt: { will } });
    await using ear = aDevice(narrow, { identity: await anIdentity(narrow), clientId: 'ear' });
    const inbox = await ear.listen('will/#');
    const document = await evict('by-api', ['--method', 'api'], await nowhere(narrow));
    expect(document).toMatchObject({
      code: 0,
      verdict: 'not-connected',
      contained: 'yes',
      sighting: {
        source: 'kick',
        event: { eventType: 'disconnected', disconnectReason: 'API_INITIATED_DISCONNECT' },
        principal: { kind: 'certificate', identifier: client.identity.certificateId },
        confirmed: 'yes',
      },
      evidence: { connection: { connected: true, sourceIp: '127.0.0.1' } },
    });
    expect(ids(document)).toEqual(['identify-by-api done', 'deactivate done', 'delete-connection already']);
    expect(await client.status()).toBe('INACTIVE');
    expect(inbox.messages).toEqual([]);
    const kinds = (await aCheckedRecord(document.record?.file ?? '')).map(({ kind }) => kind);
    expect(kinds.indexOf('watch-proved')).toBeLessThan(kinds.indexOf('intended'));
    expect(kinds.indexOf('kick-told')).toBeLessThan(kinds.indexOf('planned'));
  });

  it.each([
    ['takeover', 'DUPLICATE_CLIENTID'],
    ['api', 'API_INITIATED_DISCONNECT'],
  ])('proves one that is back at once gone by the second kick (--method %s)', async (method, reason) => {
    const clientId = `back-at-once-${method}`;
    await using client = await aConnectedClient(sandbox, { clientId, comesBackAfterMs: 100 });
    sandbox.faults.add({ fault: 'deactivation-delay', ms: 700, client: clientId });
    const events = join(sandbox.directory, 'of-others.jsonl');
    await writeFile(events, '');
    const document = await evict(clientId, ['--method', method, '--events', events, '--hold', '500ms']);
    expect(document).toMatchObject({
      code: 0,
      verdict: 'evicted',
      proof: { by: 'displaced', event: { disconnectReason: reason } },
      hold: { completed: true },
    });
    const { event } = document.sighting ?? {};
    expect(document.proof?.event).not.toEqual(event);
    expect(ids(document)[0]).toBe('identify-by-api done');
    expect(connectedAs(sandbox, clientId)).not.toContain(client.identity.certificateId);
  });

  it('does not take the call that identified for the kick, where it ends a session that nobody came back to', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'kept', mqtt: { clean: false } });
    await client.device.listen('cmd/#', 1);
    const document = await evict('kept', ['--method', 'api']);
    expect(document).toMatchObject({ code: 0, verdict: 'not-connected' });
    expect(ids(document)).toEqual(['identify-by-api done', 'deactivate done', 'delete-connection done']);
    expect(document).not.toHaveProperty('proof');
  });

  it('kicks nobody where nobody is connected, and says so', async () => {
    const client = await aConnectedClient(sandbox, { clientId: 'gone' });
    await client.device.client.endAsync();
    for (const clientId of ['gone', 'never-seen']) {
      const document = await evict(clientId);
      expect(document).toMatchObject({
        code: 3,
        verdict: 'not-found',
        contained: 'no',
        steps: [],
        cause: { code: 'not-found', message: expect.stringContaining('GetConnection says that it is not') },
      });
    }
  });

  it('that no event tells anything of: it is said that it was kicked, and nothing else was done', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'unheard' });
    const { id } = sandbox.faults.add({ fault: 'lose-events', client: 'unheard' });
    const document = await evict('unheard', ['--timeout', '2s']);
    sandbox.faults.remove(id);
    expect(document).toMatchObject({
      code: 3,
      verdict: 'not-found',
      contained: 'no',
      cause: { code: 'not-identified', message: expect.stringContaining('it was kicked once') },
    });
    expect(ids(document)).toEqual(['identify-by-api done']);
    expect(await client.status()).toBe('ACTIVE');
  });
});

describe('--identify-by-kick where DeleteConnection is refused', () => {
  it('takes the client ID over for a moment, and warns of the Last Will', async () => {
    const policy = without(readPolicy('respond.json'), 'iot:DeleteConnection');
    await using policies = await aPolicyDirectory({ 'respond.json': policy });
    const faults = [{ fault: 'unlimited-connects' }, { fault: 'deactivation-delay', ms: 700 }] as const;
    await using narrow = await aSandbox({ policies: policies.directory, faults });
    await using client = await aConnectedClient(narrow, { clientId: 'narrow', comesBackAfterMs: 100 });
    const document = await evict('narrow', [], await nowhere(narrow));
    expect(document).toMatchObject({
      code: 0,
      verdict: 'evicted',
      proof: { by: 'displaced' },
      sighting: { source: 'kick', event: { disconnectReason: 'DUPLICATE_CLIENTID' } },
    });
    expect(codes(document.warnings)).toContain('api-refused');
    expect(ids(document)).toEqual([
      'identify-by-api failed',
      'identify-by-takeover done',
      'deactivate done',
      'takeover done',
    ]);
    expect(await client.status()).toBe('INACTIVE');
  });
});

describe('before anybody is kicked to be identified', () => {
  it.each([
    ['a hidden client is refused: no event could tell', 'core#2', {}, 'cannot-identify'],
    ['what is under protect: is refused', 'precious', { protect: ['precious'] }, 'protected'],
  ])('%s, in a dry run, too', async (_, clientId, more, code) => {
    await using client = await aConnectedClient(sandbox, { clientId });
    const config = await nowhere(sandbox, more);
    for (const words of [[], ['--dry-run']]) {
      const document = await evict(clientId, words, config);
      expect(document).toMatchObject({ code: 7, verdict: 'refused', steps: [], cause: { code } });
    }
    expect(connectedAs(sandbox, clientId)).toEqual([client.identity.certificateId]);
  });

  it('a watch that hears nothing ends the run', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'deaf' });
    const { id } = sandbox.faults.add({ fault: 'lose-events' });
    const document = await evict('deaf', ['--timeout', '1s']);
    sandbox.faults.remove(id);
    expect(document).toMatchObject({ code: 7, verdict: 'refused', steps: [] });
    expect(codes(document.blockers)).toEqual(['cannot-identify']);
    expect(codes(document.warnings)).toEqual(['cannot-prove']);
    expect(connectedAs(sandbox, 'deaf')).toEqual([client.identity.certificateId]);
  });

  it('a dry run kicks nobody, and says what a real one would do', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'only-looked-at' });
    const document = await evict('only-looked-at', ['--dry-run']);
    expect(document).toMatchObject({
      code: 3,
      verdict: 'not-found',
      dryRun: true,
      cause: { message: expect.stringContaining('without --dry-run, one kick would tell its principal') },
    });
    expect(ids(document)).toEqual(['identify-by-api planned']);
    expect(document.equivalent).toContainEqual(expect.stringContaining('delete-connection'));
    expect(connectedAs(sandbox, 'only-looked-at')).toEqual([client.identity.certificateId]);
  });

  it('a sighting, or --principal, makes the kick needless, and that is said', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'known' });
    const named = ['--principal', client.identity.certificateId];
    for (const words of [['--events', client.events], named]) {
      const document = await evict('known', [...words, '--dry-run']);
      expect(document).toMatchObject({ code: 0, verdict: 'planned' });
      expect(codes(document.warnings)).toContain('identified-without-kick');
      expect(ids(document)).toEqual(['deactivate planned', 'takeover planned']);
    }
  });

  it('one that is not found is told of the way', async () => {
    const events = join(sandbox.directory, 'empty.jsonl');
    await writeFile(events, '');
    const config = await nowhere(sandbox, { events: [events] });
    for (const [clientId, told] of [['nobody', true] as const, ['no#body', false] as const]) {
      const ended = await home.run(['--config', config, '--dry-run', '--json', '--', clientId]);
      expect(evictionOf(ended).cause?.hint.includes('--identify-by-kick')).toBe(told);
    }
  });
});

describe('whoever was identified by a kick', () => {
  it('is contained only if no guard stands before it: a colleague is not', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'of-a-colleague' });
    const config = await nowhere(sandbox, { responders: [client.identity.certificateId] });
    const document = await evict('of-a-colleague', [], config);
    expect(document).toMatchObject({ code: 7, verdict: 'refused', contained: 'no' });
    expect(document.cause?.message).toContain('it was kicked once, to identify it');
    expect(codes(document.blockers)).toEqual(['own-principal']);
    expect(await client.status()).toBe('ACTIVE');
  });

  it('is kicked and not contained under --action none', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'twice', comesBackAfterMs: 100 });
    const document = await evict('twice', ['--action', 'none', '--method', 'api']);
    expect(['kicked', 'returned']).toContain(document.verdict); // it may be back before the run is over
    expect(document.contained).toBe('none');
    expect(ids(document).slice(0, 2)).toEqual(['identify-by-api done', 'delete-connection done']);
    expect(await client.status()).toBe('ACTIVE');
  });
});
