import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aDevice, anIdentity, type Device, type IssuedIdentity } from '../sandbox/a-device.ts';
import {
  actionsOf,
  aPolicyDirectory,
  type ReadablePolicy,
  readPolicy,
  without,
} from '../sandbox/a-policy-directory.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, connectedAs, statusOf } from './a-scene.ts';
import { aSignedConfig } from './a-signed-config.ts';
import { aHome, evictionOf, type Home, onlyDocument, type Running } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
let identity: IssuedIdentity;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
  identity = await anIdentity(sandbox);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const WAITING = 'waiting for the client to connect';

async function aDeviceConnects(clientId: string, as: IssuedIdentity = identity): Promise<Device> {
  const device = aDevice(sandbox, { identity: as, clientId });
  device.client.on('error', () => {});
  expect(await device.outcome).toBe('connected');
  return device;
}

const start = async (clientId: string, ...more: string[]) =>
  home.start([clientId, '--config', await aSignedConfig(sandbox, { events: ['live'] }), '--json', ...more]);

/** Neither a watch nor a canary of ours is left. */
const untilNobodyListens = () =>
  eventually(() =>
    sandbox.truth().connections.some(({ clientId }) => clientId.startsWith('evict-')) ? undefined : true,
  );

describe('--events live', () => {
  it('waits for the client to connect, and then evicts it', async () => {
    const own = await anIdentity(sandbox);
    const running = await start('late', '--yes', '--hold', '300ms');
    await running.said(WAITING);
    await using device = await aDeviceConnects('late', own);
    const ended = await running.ended;
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 0,
      verdict: 'evicted',
      sighting: {
        source: 'live',
        event: { clientId: 'late', eventType: 'connected' },
        principal: { identifier: own.certificateId },
      },
      proof: { by: 'sessionIdentifier' },
    });
    expect(device.client.connected).toBe(false);
    expect(await statusOf(sandbox, own.certificateId)).toBe('INACTIVE');
  });

  it('does the same by certificate', async () => {
    const own = await anIdentity(sandbox);
    const words = ['--events', 'live', '--yes', '--json', '--hold', '0'];
    const running = home.start(['late-by-certificate', '--config', sandbox.config, ...words]);
    await running.said(WAITING);
    await using device = await aDeviceConnects('late-by-certificate', own);
    const ended = await running.ended;
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 0,
      verdict: 'evicted',
      sighting: { source: 'live' },
    });
    expect(device.client.connected).toBe(false);
  });

  it('plans for it in a dry run, which changes nothing', async () => {
    const running = await start('rehearsed', '--dry-run');
    await running.said(WAITING);
    await using device = await aDeviceConnects('rehearsed');
    const ended = await running.ended;
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 0,
      verdict: 'planned',
      sighting: { source: 'live' },
      target: { endpoint: sandbox.wssUrl },
    });
    expect(device.client.connected).toBe(true);
    expect(await statusOf(sandbox, identity.certificateId)).toBe('ACTIVE');
    await untilNobodyListens();
  });

  it.each(['--yes', '--dry-run'])('finds nobody where nobody connects in time: %s', async (how) => {
    const started = Date.now();
    const running = await start('nobody', how, '--lookup-timeout', '5s');
    await running.said(WAITING);
    await using stranger = await aDeviceConnects('somebody-else');
    const ended = await running.ended;
    expect(stranger.client.connected).toBe(true);
    expect(Date.now() - started).toBeLessThan(15_000);
    const { verdict, cause } = evictionOf(ended);
    expect({ code: ended.code, verdict }).toEqual({ code: 3, verdict: 'not-found' });
    expect(cause?.message).toMatch(/live \(nobody connected in \d s\)/u);
    expect(cause?.hint).toContain('--lookup-timeout');
    await untilNobodyListens();
  });

  it('goes on with what a file had, once the time for waiting is over', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'in-a-file' });
    const words = ['--events', 'live', '--events', client.events, '--yes', '--hold', '0'];
    const running = await start('in-a-file', ...words, '--lookup-timeout', '5s');
    await running.said(WAITING);
    const ended = await running.ended;
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 0,
      verdict: 'evicted',
      sighting: { source: `file:${client.events}` },
    });
    expect(await client.status()).toBe('INACTIVE');
  });

  it.each(['a#b', 'a/+'])('says at once that of "%s" nothing is ever heard', async (clientId) => {
    const running = await start(clientId, '--yes');
    const ended = await running.ended;
    expect(ended.code).toBe(2);
    expect(onlyDocument(ended)).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('--events live would wait in vain'),
    });
  });

  it('says at once that a file beside it cannot be read, goes on waiting, and ends with that', async () => {
    const running = await start(
      'pump-17',
      '--events',
      'live',
      '--events',
      '/no/such/file',
      '--lookup-timeout',
      '8s',
      '--yes',
    );
    await running.said('/no/such/file could not be read');
    const ended = await running.ended;
    expect(ended.code).toBe(2);
    expect(onlyDocument(ended)).toMatchObject({ kind: 'error', code: 'file-unreadable' });
    await untilNobodyListens();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with %s, and leaves nothing behind', async (signal) => {
    const running = await start('interrupted', '--yes');
    await running.said(WAITING);
    running.kill(signal);
    const ended = await running.ended;
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 130,
      verdict: 'interrupted',
      contained: 'no',
    });
    await untilNobodyListens();
    expect(connectedAs(sandbox, 'interrupted')).toEqual([]);
  });

  it('needs a broker that it can connect to, in a dry run, too', async () => {
    const config = await aSignedConfig(sandbox, { events: ['live'], 'mqtt-url': sandbox.mqttsUrl });
    const ended = await home.run(['pump-17', '--config', config, '--dry-run', '--json']);
    expect(ended.code).toBe(2);
    expect(onlyDocument(ended)).toMatchObject({ message: expect.stringContaining('needs --cert and --key') });
  });

  it('that may not listen is denied, and does not wait', async () => {
    const config = await aSignedConfig(sandbox, { events: ['live'], profile: 'auditor' });
    const ended = await home.run(['pump-17', '--config', config, '--dry-run', '--json']);
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({ code: 4, verdict: 'denied' });
  });
});

describe('watch.json', () => {
  const policy = readPolicy('watch.json');

  /** `evict` by somebody who may do no more than this: it listens, and cannot read anything else. */
  async function listensWith(changed: ReadablePolicy): Promise<{ own: TestSandbox; running: Running }> {
    await using policies = await aPolicyDirectory({ 'watch.json': changed });
    const own = await aSandbox({ policies: policies.directory });
    const changes = { profile: 'watcher', events: ['live'], 'mqtt-url': own.wssUrl };
    const config = await aSignedConfig(own, changes);
    return {
      own,
      running: home.start(['heard', '--config', config, '--dry-run', '--json', '--timeout', '2s'], {}),
    };
  }

  it('is enough to hear who connects, and for nothing else', async () => {
    const { own, running } = await listensWith(policy);
    await using sandboxOfItsOwn = own;
    await running.said(WAITING);
    const as = await anIdentity(sandboxOfItsOwn);
    await using device = aDevice(sandboxOfItsOwn, { identity: as, clientId: 'heard' });
    expect(await device.outcome).toBe('connected');
    expect(evictionOf(await running.ended)).toMatchObject({
      verdict: 'denied',
      sighting: { source: 'live', principal: { identifier: as.certificateId } },
      cause: { message: expect.stringContaining('DescribeCertificate') },
    });
  });

  it.each(actionsOf(policy))('has no action too many: without %s nobody is heard', async (action) => {
    const { own, running } = await listensWith(without(policy, action));
    await using sandboxOfItsOwn = own;
    const document = evictionOf(await running.ended);
    expect(document.verdict).toBe('denied');
    expect(document).not.toHaveProperty('sighting');
    expect(sandboxOfItsOwn.truth().connections).toEqual([]);
  });
});
