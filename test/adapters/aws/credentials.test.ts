import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlPlane } from '../../../src/adapters/aws/control-plane.ts';
import { identityFrom } from '../../../src/adapters/aws/credentials.ts';
import { webSocketSigner } from '../../../src/adapters/aws/web-socket-signer.ts';
import { openConnection } from '../../../src/adapters/mqtt/connection.ts';
import { aSandbox, type TestSandbox } from '../../sandbox/a-sandbox.ts';
import { aContainer } from './a-container.ts';

let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});
afterEach(() => {
  delete process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
});

const soon = () => AbortSignal.timeout(10_000);
const options = () => ({ region: 'us-east-1', endpointUrl: sandbox.controlUrl, toolVersion: 'test' });

/** Nothing of the machine that this runs on: neither its files nor its instance's. */
process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
process.env['AWS_CONFIG_FILE'] = '/no/such/file';
process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/no/such/file';
for (const name of ['AWS_PROFILE', 'AWS_REGION', 'AWS_ACCESS_KEY_ID']) delete process.env[name];

describe('credentials', () => {
  it('of a role whose sessions nobody named are one session for the API and for MQTT', async () => {
    const configFile = join(sandbox.directory, 'nameless-config');
    const config = await sandbox.file('aws/config');
    await writeFile(configFile, config.replaceAll(/^role_session_name = .*\n/gmu, ''));
    const credentialsFile = join(sandbox.directory, 'aws/credentials');
    const role = { ...options(), profile: 'responder-role', configFile, credentialsFile };
    const identity = identityFrom(role);
    using cloud = new ControlPlane({ ...role, identity });
    const { principal } = await cloud.caller(soon());
    expect(principal).toMatch(/^AROA[A-Z0-9]+:aws-sdk-js-\d+$/u);

    const sign = webSocketSigner({
      endpoint: () => Promise.resolve(sandbox.wssUrl),
      identity,
      now: () => Promise.resolve(Date.now()),
    });
    const connection = await openConnection(
      { sign, ca: await sandbox.file('ca.pem') },
      { clientId: 'of-a-role', mqttVersion: 4, onLost: () => undefined },
      soon(),
    );
    const seen = await sandbox.untilEvent(({ clientId }) => clientId === 'of-a-role');
    expect(seen.principalIdentifier).toBe(principal);
    if (connection !== 'version-refused') await connection[Symbol.asyncDispose]();
  });

  it('are kept for as long as they are good', async () => {
    await using container = await aContainer(sandbox.accessKey);
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = container.url;
    const identity = identityFrom(options());
    using cloud = new ControlPlane({ ...options(), identity });
    await cloud.caller(soon());
    await cloud.mqttEndpoint(soon());
    expect(await identity.credentials()).toMatchObject(sandbox.accessKey);
    expect(container.asked()).toBe(1);
  });

  it('that have expired are asked for anew, each time', async () => {
    await using container = await aContainer(sandbox.accessKey, { lifetimeMs: -1_000 });
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = container.url;
    const { credentials } = identityFrom(options());
    await credentials();
    const before = container.asked();
    await credentials();
    expect(container.asked()).toBeGreaterThan(before);
  });
});

describe('signing', () => {
  it('ends with the signal where no credentials ever come', async () => {
    const { region, sha256 } = identityFrom(options());
    const sign = webSocketSigner({
      endpoint: () => Promise.resolve('wss://localhost/mqtt'),
      identity: { region, sha256, credentials: () => new Promise(() => undefined) },
      now: () => Promise.resolve(Date.now()),
    });
    await expect(sign(AbortSignal.timeout(50))).rejects.toMatchObject({
      code: 'timed-out',
      message: expect.stringContaining('wss://localhost/mqtt'),
    });
  });

  it('says which credentials are missing', async () => {
    const sign = webSocketSigner({
      endpoint: () => Promise.resolve('wss://localhost/mqtt'),
      identity: identityFrom({ ...options(), credentialsFile: '/no/such/file' }),
      now: () => Promise.resolve(Date.now()),
    });
    await expect(sign(soon())).rejects.toMatchObject({ code: 'credentials-missing' });
  });

  it('says that no region is set', async () => {
    const { region: _, ...elsewhere } = options();
    const sign = webSocketSigner({
      endpoint: () => Promise.resolve('wss://localhost/mqtt'),
      identity: identityFrom(elsewhere),
      now: () => Promise.resolve(Date.now()),
    });
    await expect(sign(soon())).rejects.toMatchObject({
      code: 'bad-option',
      hint: expect.stringContaining('--region'),
    });
  });

  it('takes the region of the profile where no other is given', async () => {
    process.env['AWS_CONFIG_FILE'] = join(sandbox.directory, 'aws/config');
    const { region } = identityFrom({ profile: 'responder', toolVersion: 'test' });
    expect(await region()).toBe('us-east-1');
    process.env['AWS_CONFIG_FILE'] = '/no/such/file';
  });
});
