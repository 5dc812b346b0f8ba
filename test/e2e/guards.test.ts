import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, connectedAs } from './a-scene.ts';
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

let configs = 0;

/** The sandbox's configuration, and what else there is to be in it. Beside it: its paths are relative to it. */
async function configured(more: object): Promise<string> {
  const path = join(sandbox.directory, `guarded-${(configs += 1)}.yaml`);
  await writeFile(path, `${await sandbox.file('config.yaml')}\n${stringify(more)}`);
  return path;
}

async function eventsOf(name: string, ...events: readonly object[]): Promise<string> {
  const path = join(sandbox.directory, `${name}.jsonl`);
  await writeFile(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return path;
}

const evict = async (clientId: string, more: readonly string[], config = sandbox.config) => {
  const words = ['--config', config, '--yes', '--json', '--hold', '0', '--timeout', '5s'];
  const ended = await home.run([clientId, ...words, ...more]);
  return { code: ended.code, ...evictionOf(ended) };
};
const REFUSED = { code: 7, verdict: 'refused', contained: 'no' };
const codes = (said: readonly { code: string }[]) => said.map(({ code }) => code);

describe('a certificate that nobody here knows', () => {
  it('is refused, and nothing lifts that: it may be of another account or region', async () => {
    const stranger = 'ab'.repeat(32);
    const events = await eventsOf('elsewhere', {
      clientId: 'elsewhere',
      timestamp: Date.now(),
      eventType: 'connected',
      principalIdentifier: stranger,
      sessionIdentifier: 's',
      versionNumber: 1,
    });
    for (const lift of [
      [],
      ['--allow-shared', '--allow-own'],
      ['--action', 'none'],
      ['--principal', stranger],
    ]) {
      const refused = await evict('elsewhere', ['--events', events, ...lift]);
      expect(refused).toMatchObject({ code: 7, verdict: 'refused', steps: [] });
      expect(codes(refused.blockers)).toContain('certificate-not-here');
      const blocker = refused.blockers.find(({ code }) => code === 'certificate-not-here');
      expect(blocker).not.toHaveProperty('lift');
      expect(blocker?.message).toContain(stranger);
      expect(blocker?.message).toContain('account and region');
    }
  });
});

describe('what is under protect: in the configuration', () => {
  it('is never touched: a client, a certificate, or its ARN', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'precious' });
    const { certificateId, arn } = client.identity;
    for (const name of ['precious', certificateId, certificateId.toUpperCase(), arn]) {
      const config = await configured({ protect: [name] });
      const everything = ['--allow-shared', '--allow-own', '--principal', certificateId];
      const refused = await evict('precious', ['--events', client.events, ...everything], config);
      expect(refused).toMatchObject({ ...REFUSED, blockers: [{ code: 'protected' }] });
      expect(refused.blockers[0]).not.toHaveProperty('lift');
    }
    expect(await client.status()).toBe('ACTIVE');
    expect(connectedAs(sandbox, 'precious')).toHaveLength(1);
  });

  it('does not protect another client', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'common' });
    const config = await configured({ protect: ['precious', 'COMMON'] });
    expect(await evict('common', ['--events', client.events], config)).toMatchObject({
      code: 0,
      verdict: 'evicted',
    });
  });
});

describe('a principal under responders: in the configuration', () => {
  it('is contained only with --allow-own', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'colleague' });
    const config = await configured({ responders: [client.identity.certificateId] });
    const words = ['--events', client.events, '--dry-run'];
    expect(await evict('colleague', words, config)).toMatchObject({
      ...REFUSED,
      blockers: [{ code: 'own-principal', lift: '--allow-own' }],
    });
    expect(await evict('colleague', [...words, '--allow-own'], config)).toMatchObject({
      code: 0,
      verdict: 'planned',
      blockers: [],
    });
    expect(await client.status()).toBe('ACTIVE');
  });

  it('never hides the session before it, and is shown as a responder’s', async () => {
    await using intruder = await aConnectedClient(sandbox, { clientId: 'visited' });
    await using visitor = await aConnectedClient(sandbox, { clientId: 'visited' });
    const config = await configured({ responders: [visitor.identity.certificateId] });
    const document = await evict('visited', ['--dry-run'], config); // in the events of all
    expect(document).toMatchObject({ code: 0, blockers: [] });
    expect(document.sighting?.principal.identifier).toBe(intruder.identity.certificateId);
    expect(document.sighting?.others).toMatchObject([
      { principal: { identifier: visitor.identity.certificateId }, responder: true },
    ]);
  });
});

describe('our own principals', () => {
  it('the certificate that the run connects with is contained only with --allow-own', async () => {
    const identity = {
      certificateId: '',
      arn: '',
      ca: await sandbox.file('ca.pem'),
      ...(await ownIdentity()),
    };
    const clientId = 'our-own';
    await using client = await aConnectedClient(sandbox, { clientId, identity });
    const refused = await evict(clientId, ['--events', client.events, '--dry-run']);
    expect(refused).toMatchObject({ ...REFUSED, blockers: [{ code: 'own-principal' }] });
    const words = ['--events', client.events, '--dry-run', '--allow-own'];
    expect(await evict(clientId, words)).toMatchObject({ code: 0, verdict: 'planned' });
  });

  /** The responder's certificate and key, which the configuration names. */
  async function ownIdentity() {
    const config = await sandbox.file('config.yaml');
    const path = (name: string) => new RegExp(`^${name}: (.+)$`, 'mu').exec(config)?.[1] ?? '';
    return { cert: await sandbox.file(path('cert')), key: await sandbox.file(path('key')) };
  }

  it('another session of our own role is refused until --allow-own', async () => {
    const { AssumedRoleUser: carol } = await sandbox.sts.send(
      new AssumeRoleCommand({
        RoleArn: 'arn:aws:iam::123456789012:role/responder',
        RoleSessionName: 'carol',
      }),
    );
    const principalIdentifier = carol?.AssumedRoleId ?? '';
    expect(principalIdentifier).toMatch(/^AROA[A-Z0-9]+:carol$/u);
    const event = { clientId: 'console', timestamp: Date.now(), eventType: 'connected', versionNumber: 1 };
    const events = await eventsOf('console', { ...event, principalIdentifier });
    const words = ['--events', events, '--profile', 'responder-role', '--action', 'none', '--dry-run'];
    expect(await evict('console', words)).toMatchObject({
      ...REFUSED,
      blockers: [{ code: 'own-role', lift: '--allow-own' }],
    });
    expect(await evict('console', [...words, '--allow-own'])).toMatchObject({ code: 0, blockers: [] });
  });
});

describe('a client that nobody has seen', () => {
  it('is not found, and near IDs of the same history are named', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'Pump-77' });
    for (const clientId of ['pump-77', 'Pump-7', 'Pump-78', 'Pmup-77']) {
      const document = await evict(clientId, ['--events', client.events]);
      expect(document).toMatchObject({ code: 3, verdict: 'not-found', contained: 'no' });
      expect(document.cause?.hint).toContain('"Pump-77"');
    }
    const far = await evict('valve', ['--events', client.events]);
    expect(far.code).toBe(3);
    expect(far.cause?.hint).not.toContain('Pump-77');
    expect(await client.status()).toBe('ACTIVE');
  });
});

describe('a principal that no action fits', () => {
  it.each([
    ['AIDAEXAMPLE', 'iam-user'],
    ['AROAEXAMPLE:mallory', 'iam-role-session'],
    ['device42xyz', 'custom-authorizer'],
    ['ab'.repeat(31), 'unknown'],
  ])('is found and named, and refused but for --action none: %s (%s)', async (principalIdentifier, kind) => {
    const clientId = `kind-${kind}`;
    const event = { clientId, timestamp: Date.now(), eventType: 'connected', versionNumber: 1 };
    const events = await eventsOf(clientId, { ...event, principalIdentifier });
    const refused = await evict(clientId, ['--events', events]);
    expect(refused).toMatchObject({
      ...REFUSED,
      sighting: { principal: { kind, identifier: principalIdentifier } },
      blockers: [{ code: 'no-action', lift: '--action none' }],
    });
    const words = ['--events', events, '--action', 'none', '--dry-run'];
    const kick = await evict(clientId, words);
    expect(kick).toMatchObject({ code: 0, verdict: 'planned', blockers: [] });
    expect(codes(kick.warnings).includes('unknown-principal')).toBe(kind === 'unknown');
  });
});
