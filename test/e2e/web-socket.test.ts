import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aContainer } from '../adapters/aws/a-container.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import type { SigningKey } from '../sandbox/a-signed-url.ts';
import { anSsoPortal, signedIn } from './an-sso-portal.ts';
import { aConnectedClient, type ConnectedClient, connectedAs } from './a-scene.ts';
import { aSignedConfig, type Changes } from './a-signed-config.ts';
import { aHome, type Ended, evictionOf, type Home, onlyDocument } from './run.ts';
import { aClosedPort, aWebServer } from './slow-network.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

type Env = Readonly<Record<string, string>>;
type Settled = { readonly config: string; readonly env?: Env; readonly at?: Home };

const respond = (client: ConnectedClient, { config, env = {}, at = home }: Settled, ...more: string[]) =>
  at.run(
    [
      client.clientId,
      '--config',
      config,
      '--events',
      client.events,
      '--yes',
      '--json',
      '--hold',
      '300ms',
      ...more,
    ],
    { env },
  );

/** No profile and no file of the SDK's: credentials are to come from elsewhere. */
const NO_FILES: Changes = {
  profile: undefined,
  'aws-credentials-file': undefined,
  'aws-config-file': undefined,
};

async function keyOf(profile: string): Promise<SigningKey> {
  const section = (await sandbox.file('aws/credentials'))
    .split(/^(?=\[)/mu)
    .find((one) => one.startsWith(`[${profile}]`));
  const value = (name: string) => new RegExp(`^${name} = (.+)$`, 'mu').exec(section ?? '')?.[1] ?? '';
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
}

/** Temporary credentials of the responder's role, as STS gives them out. */
async function aRoleSession(): Promise<SigningKey & { sessionToken: string }> {
  const RoleArn = 'arn:aws:iam::123456789012:role/responder';
  const { Credentials } = await sandbox.sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'alice' }),
  );
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}

const inEnvironment = ({ accessKeyId, secretAccessKey, sessionToken }: SigningKey): Env => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
});

const wrong = <Key extends SigningKey>(key: Key): Key => ({ ...key, secretAccessKey: 'wrong' });

/** Proved gone, over a WebSocket that was found by asking, as the principal that also asked. */
async function expectEvicted(ended: Ended, client: ConnectedClient, principal: RegExp) {
  const document = evictionOf(ended);
  expect({ code: ended.code, ...document }).toMatchObject({
    code: 0,
    verdict: 'evicted',
    contained: 'yes',
    responder: { principal: expect.stringMatching(principal) },
    target: { endpoint: sandbox.wssUrl },
    proof: { by: 'sessionIdentifier' },
  });
  expect(document.warnings.map(({ code }) => code)).not.toContain('cannot-prove');
  expect(await client.status()).toBe('INACTIVE');
  expect(connectedAs(sandbox, client.clientId)).toEqual([]);
  const events = (await sandbox.events()).filter(({ clientId }) => clientId === client.clientId);
  expect(events.map(({ principalIdentifier }) => principalIdentifier)).toContain(
    document.responder?.principal,
  );
  return document;
}

async function expectDenied(ended: Ended, client: ConnectedClient) {
  const document = evictionOf(ended);
  expect({ code: ended.code, ...document }).toMatchObject({ code: 4, verdict: 'denied', contained: 'no' });
  expect(await client.status()).toBe('ACTIVE');
  expect(connectedAs(sandbox, client.clientId)).toEqual([client.identity.certificateId]);
  return document;
}

describe('the whole response over a signed WebSocket, without a broker or a certificate in the configuration,', () => {
  it('as a profile', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'by-profile' });
    const config = await aSignedConfig(sandbox);
    await expectEvicted(await respond(client, { config }), client, /^AIDA/u);
  });

  it('as a role that the profile assumes, with a session token', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'by-role' });
    const config = await aSignedConfig(sandbox, { profile: 'responder-role' });
    await expectEvicted(await respond(client, { config }), client, /^AROA[A-Z0-9]+:drill$/u);
  });

  it('with keys from the environment', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'by-environment' });
    const config = await aSignedConfig(sandbox, NO_FILES);
    const env = inEnvironment(await keyOf('responder'));
    await expectEvicted(await respond(client, { config, env }), client, /^AIDA/u);
  });

  it('with a session token from the environment, and no secret is said or kept anywhere', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'by-session' });
    const config = await aSignedConfig(sandbox, NO_FILES);
    const key = await aRoleSession();
    const ended = await respond(client, { config, env: inEnvironment(key) }, '--verbose');
    const { record } = await expectEvicted(ended, client, /^AROA[A-Z0-9]+:alice$/u);
    const all = [ended.stdout, ended.stderr, await readFile(record?.file ?? '', 'utf8')].join('\n');
    for (const secret of [
      key.secretAccessKey,
      key.sessionToken,
      encodeURIComponent(key.sessionToken),
      'X-Amz-',
    ])
      expect(all).not.toContain(secret);
  });

  it('in a container', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'by-container' });
    await using container = await aContainer(await aRoleSession());
    const config = await aSignedConfig(sandbox, NO_FILES);
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: container.url };
    await expectEvicted(await respond(client, { config, env }), client, /^AROA[A-Z0-9]+:alice$/u);
  });

  it.each([{}, { session: 'corp' }])('signed in by SSO: %j', async ({ session }) => {
    await using own = await aHome();
    await signedIn(own.directory, { session, expiresInMs: 3_600_000 });
    await using client = await aConnectedClient(sandbox, { clientId: `by-sso-${session ?? 'legacy'}` });
    await using portal = await anSsoPortal(sandbox.controlUrl, await aRoleSession());
    const config = await aSignedConfig(sandbox, { ...NO_FILES, profile: 'sso', 'endpoint-url': portal.url });
    await expectEvicted(await respond(client, { config, at: own }), client, /^AROA[A-Z0-9]+:alice$/u);
  });

  it('in the region of the profile, where no other is given', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'by-profiles-region' });
    const config = await aSignedConfig(sandbox, { ...NO_FILES, profile: 'responder', region: undefined });
    const env = {
      AWS_CONFIG_FILE: join(sandbox.directory, 'aws/config'),
      AWS_SHARED_CREDENTIALS_FILE: join(sandbox.directory, 'aws/credentials'),
    };
    await expectEvicted(await respond(client, { config, env }), client, /^AIDA/u);
  });
});

describe('credentials that are no good: denied, and nothing was changed;', () => {
  it('a wrong secret of a profile, and of one that a role is assumed with', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'wrong-profile' });
    const file = join(sandbox.directory, 'wrong-credentials');
    const credentials = await sandbox.file('aws/credentials');
    await writeFile(file, credentials.replaceAll(/^(aws_secret_access_key) = .*$/gmu, '$1 = wrong'));
    for (const profile of ['responder', 'responder-role']) {
      const config = await aSignedConfig(sandbox, { profile, 'aws-credentials-file': file });
      const { cause } = await expectDenied(await respond(client, { config }), client);
      expect(cause?.hint).toContain('credentials');
    }
  });

  it('a wrong secret, or a wrong token, from the environment', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'wrong-environment' });
    const config = await aSignedConfig(sandbox, NO_FILES);
    const [key, session] = [await keyOf('responder'), await aRoleSession()];
    for (const bad of [wrong(key), wrong(session), { ...session, sessionToken: 'another' }])
      await expectDenied(await respond(client, { config, env: inEnvironment(bad) }), client);
  });

  it('a wrong secret in a container, or a container that gives none', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'wrong-container' });
    await using container = await aContainer(wrong(await aRoleSession()));
    await using broken = await aWebServer(500, 'no');
    const config = await aSignedConfig(sandbox, NO_FILES);
    for (const url of [container.url, `http://127.0.0.1:${broken.port}/`])
      await expectDenied(
        await respond(client, { config, env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: url } }),
        client,
      );
  });

  it('a wrong secret from SSO', async () => {
    await using own = await aHome();
    await signedIn(own.directory, { expiresInMs: 3_600_000 });
    await using client = await aConnectedClient(sandbox, { clientId: 'wrong-sso' });
    await using portal = await anSsoPortal(sandbox.controlUrl, wrong(await aRoleSession()));
    const config = await aSignedConfig(sandbox, { ...NO_FILES, profile: 'sso', 'endpoint-url': portal.url });
    await expectDenied(await respond(client, { config, at: own }), client);
  });

  it.each([{}, { session: 'corp' }])(
    'an SSO session that has expired: sign in again: %j',
    async ({ session }) => {
      await using own = await aHome();
      await signedIn(own.directory, { session, expiresInMs: -1_000 });
      await using client = await aConnectedClient(sandbox, {
        clientId: `expired-sso-${session ?? 'legacy'}`,
      });
      const config = await aSignedConfig(sandbox, { ...NO_FILES, profile: 'sso' });
      const { cause } = await expectDenied(await respond(client, { config, at: own }), client);
      expect(cause).toMatchObject({
        code: 'credentials-missing',
        hint: 'run "aws sso login --profile sso", then this again',
      });
    },
  );

  it('an SSO session that has expired, of the profile that a role is assumed with: the name to sign in by', async () => {
    await using own = await aHome();
    await signedIn(own.directory, { expiresInMs: -1_000 });
    const role = 'role_arn = arn:aws:iam::123456789012:role/responder\nmfa_serial = arn:aws:iam::1:mfa/alice';
    const profile = `[profile admin]\nregion = us-east-1\nsource_profile = sso\n${role}\n`;
    await appendFile(join(own.directory, '.aws/config'), profile);
    await using client = await aConnectedClient(sandbox, { clientId: 'expired-source' });
    const config = await aSignedConfig(sandbox, { ...NO_FILES, profile: 'admin' });
    const { cause } = await expectDenied(await respond(client, { config, at: own }), client);
    expect(cause).toMatchObject({
      code: 'credentials-missing',
      message: expect.stringContaining('profile "sso"'),
      hint: 'run "aws sso login --profile sso", then this again',
    });
  });

  it('none at all', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'no-credentials' });
    const config = await aSignedConfig(sandbox, NO_FILES);
    const { cause } = await expectDenied(await respond(client, { config }), client);
    expect(cause?.code).toBe('credentials-missing');
  });
});

describe('the endpoint', () => {
  it('that cannot be found ends a run before anything is changed, and a dry run only says so', async () => {
    await using other = await aSandbox({
      faults: [{ fault: 'server-error', operation: 'DescribeEndpoint' }],
    });
    await using client = await aConnectedClient(other, { clientId: 'no-endpoint' });
    const config = await aSignedConfig(other);
    const ended = await respond(client, { config });
    const document = evictionOf(ended);
    expect({ code: ended.code, ...document }).toMatchObject({ code: 4, verdict: 'denied', contained: 'no' });
    expect(document.cause?.message).toContain('DescribeEndpoint');
    expect(document.sighting?.principal.identifier).toBe(client.identity.certificateId);
    expect(document.equivalent).not.toEqual([]);
    expect(await client.status()).toBe('ACTIVE');

    const dry = await home.run([
      client.clientId,
      '--config',
      config,
      '--events',
      client.events,
      '-n',
      '--json',
    ]);
    const plan = evictionOf(dry);
    expect({ code: dry.code, verdict: plan.verdict }).toEqual({ code: 0, verdict: 'planned' });
    const warning = plan.warnings.find(({ code }) => code === 'endpoint-unknown');
    expect(warning?.message).toContain('DescribeEndpoint');
    expect(plan.target).not.toHaveProperty('endpoint');
  });

  it('that is given is not asked for', async () => {
    await using other = await aSandbox({
      faults: [{ fault: 'server-error', operation: 'DescribeEndpoint' }],
    });
    await using client = await aConnectedClient(other, { clientId: 'given-endpoint' });
    const config = await aSignedConfig(other, { 'mqtt-url': other.wssUrl.replace('/mqtt', '') });
    const document = evictionOf(await respond(client, { config }));
    expect(document).toMatchObject({ verdict: 'evicted', target: { endpoint: other.wssUrl } });
    expect(document.warnings.map(({ code }) => code)).not.toContain('endpoint-unknown');
  });

  it('is shown by a dry run, which does not connect there', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'rehearsed' });
    const before = await sandbox.snapshot();
    const words = [client.clientId, '--config', await aSignedConfig(sandbox), '--events', client.events];
    const ended = await home.run([...words, '--dry-run', '--json']);
    expect(evictionOf(ended)).toMatchObject({ verdict: 'planned', target: { endpoint: sandbox.wssUrl } });
    expect(await sandbox.snapshot()).toEqual(before);
  });

  it.each([
    ['-6m', 'responder'],
    ['6m', 'responder-role'],
  ])('takes signatures of its own time, where the clocks are %s apart, as %s', async (offset, profile) => {
    const ms = Number.parseInt(offset, 10) * 60_000;
    await using other = await aSandbox({ intruder: 'pump-17', faults: [{ fault: 'clock-offset', ms }] });
    const config = await aSignedConfig(other, { profile });
    const ended = await home.run(['pump-17', '--config', config, '--yes', '--json', '--hold', '300ms']);
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 0,
      verdict: 'evicted',
      contained: 'yes',
    });
  });

  it('takes the first signature, too, where nothing was asked before', async () => {
    await using other = await aSandbox({ faults: [{ fault: 'clock-offset', ms: 360_000 }] });
    const mqttUrl = other.wssUrl.replace('/mqtt', '');
    const config = await aSignedConfig(other, { events: ['live'], 'mqtt-url': mqttUrl });
    const words = ['--config', config, '--dry-run', '--json', '--lookup-timeout', '500ms'];
    expect((await home.run(['nobody', ...words])).code).toBe(3);
  });
});

describe('the broker over WebSocket', () => {
  it('that cannot be reached, or is none: refused where proof is required', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'no-broker' });
    for (const url of [
      `wss://localhost:${await aClosedPort()}/mqtt`,
      `${sandbox.mqttsUrl.replace('mqtts', 'wss')}/mqtt`,
    ]) {
      const config = await aSignedConfig(sandbox, { 'mqtt-url': url });
      const ended = await respond(client, { config }, '--require-proof');
      const document = evictionOf(ended);
      expect({ code: ended.code, ...document }).toMatchObject({
        code: 7,
        blockers: [{ code: 'cannot-prove' }],
      });
      expect(document.blockers[0]?.message).toContain(url);
      expect(await client.status()).toBe('ACTIVE');
    }
  });

  it('whose authority is not trusted is not spoken to', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'no-trust' });
    const config = await aSignedConfig(sandbox, { ca: undefined });
    const document = evictionOf(await respond(client, { config }, '--require-proof'));
    expect(document).toMatchObject({ verdict: 'refused', blockers: [{ code: 'cannot-prove' }] });
    expect(document.blockers[0]?.message).toContain('certificate');
  });

  it.each<[string, Changes, string]>([
    ['a certificate without a broker', { cert: 'responder/cert.pem', key: 'responder/key.pem' }, '--cert'],
    ['a key for a WebSocket', { key: 'responder/key.pem', 'mqtt-url': 'wss://localhost' }, '--key'],
    ['a broker by certificate without one', { 'mqtt-url': 'mqtts://localhost:8883' }, '--cert and --key'],
    ['an authority that is none', { ca: 'config.yaml' }, '--ca'],
    ['an authority that is not there', { ca: 'nowhere.pem' }, '--ca'],
  ])('is not chosen by options that do not fit: %s', async (_, changes, named) => {
    const config = await aSignedConfig(sandbox, changes);
    const ended = await home.run(['pump-17', '--config', config, '--yes', '--json']);
    expect(ended.code).toBe(2);
    expect(onlyDocument(ended)).toMatchObject({ kind: 'error', message: expect.stringContaining(named) });
  });
});
