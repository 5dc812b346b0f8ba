import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EvictionDocument } from '../../src/domain/document.ts';
import { actionsOf, aPolicyDirectory, readPolicy, without } from '../sandbox/a-policy-directory.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { connectedAs, statusOf } from './a-scene.ts';
import { aSignedConfig } from './a-signed-config.ts';
import { aHome, type Ended, evictionOf, type Home } from './run.ts';

let home: Home;
beforeAll(async () => {
  home = await aHome();
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

const CLIENT = 'pump-17';
const MQTT = new Set(['iot:Connect', 'iot:Subscribe', 'iot:Receive']);

/** A sandbox whose people have the policies of this package, but for one of them. */
async function aSandboxWith(changed: Readonly<Record<string, object>>): Promise<TestSandbox> {
  await using policies = await aPolicyDirectory(changed); // read at the start
  return await aSandbox({ intruder: CLIENT, policies: policies.directory });
}

const dryRun = async (sandbox: TestSandbox) =>
  home.run([CLIENT, '--config', await aSignedConfig(sandbox, { profile: 'auditor' }), '--dry-run', '--json']);
const respond = (config: string, timeout = '5s') =>
  home.run([CLIENT, '--config', config, '--yes', '--json', '--hold', '500ms', '--timeout', timeout]);

/** What would be said of a reading that was refused. */
const unknowns = ({ warnings }: EvictionDocument) =>
  warnings.map(({ code }) => code).filter((code) => /unknown|cannot/u.test(code));

/** Whoever runs this must hear which call was refused: as the cause, a blocker or a warning. */
function expectToName(ended: Ended, operation: string): EvictionDocument {
  const document = evictionOf(ended);
  const { cause, blockers, warnings } = document;
  const said = [cause, ...blockers, ...warnings].map((one) => one?.message ?? '');
  expect(said.filter((message) => message.includes(operation))).not.toEqual([]);
  return document;
}

describe('dry-run-audit.json', () => {
  it('is enough for a dry run, which changes nothing', async () => {
    await using sandbox = await aSandboxWith({});
    const [certificateId = ''] = connectedAs(sandbox, CLIENT);
    const before = await sandbox.snapshot();
    const ended = await dryRun(sandbox);
    const document = evictionOf(ended);
    expect({ code: ended.code, ...document }).toMatchObject({
      code: 0,
      verdict: 'planned',
      blockers: [],
      responder: { arn: 'arn:aws:iam::123456789012:user/auditor' },
      blastRadius: { things: [CLIENT], policies: ['fleet'], known: { things: 'complete' } },
      target: { endpoint: sandbox.wssUrl },
    });
    expect(unknowns(document)).toEqual([]);
    expect(await sandbox.snapshot()).toEqual(before);
    expect(await statusOf(sandbox, certificateId)).toBe('ACTIVE');
  });

  const policy = readPolicy('dry-run-audit.json');

  it.each(actionsOf(policy))(
    'has no action too many: without %s its call is said to be refused',
    async (action) => {
      await using sandbox = await aSandboxWith({ 'dry-run-audit.json': without(policy, action) });
      expectToName(await dryRun(sandbox), action.replace('iot:', ''));
    },
  );
});

describe('a role', () => {
  it('is assumed at the endpoint that was given for everything, not at AWS', async () => {
    await using sandbox = await aSandboxWith({});
    const ended = await home.run(
      [CLIENT, '--config', sandbox.config, '--profile', 'auditor-role', '--dry-run', '--json'],
      {},
    );
    expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
      code: 0,
      verdict: 'planned',
      responder: {
        arn: 'arn:aws:sts::123456789012:assumed-role/auditor/drill',
        principal: expect.stringMatching(/^AROA[A-Z0-9]{17}:drill$/u),
      },
    });
  });
});

describe.each([
  ['respond.json', (sandbox: TestSandbox) => aSignedConfig(sandbox)],
  ['respond.json with respond-by-certificate.json', ({ config }: TestSandbox) => Promise.resolve(config)],
])('%s', (_, configOf) => {
  it('is enough for the whole response', async () => {
    await using sandbox = await aSandboxWith({});
    const [certificateId = ''] = connectedAs(sandbox, CLIENT);
    const ended = await respond(await configOf(sandbox));
    const document = evictionOf(ended);
    expect({ code: ended.code, ...document }).toMatchObject({
      code: 0,
      verdict: 'evicted',
      contained: 'yes',
      responder: { arn: 'arn:aws:iam::123456789012:user/responder' },
      blastRadius: { things: [CLIENT], policies: ['fleet'], known: { things: 'complete' } },
      proof: { by: 'sessionIdentifier' },
      hold: { completed: true },
    });
    expect(unknowns(document)).toEqual([]);
    expect(await statusOf(sandbox, certificateId)).toBe('INACTIVE');
    expect(connectedAs(sandbox, CLIENT)).toEqual([]);
  });
});

describe('respond.json', () => {
  const policy = readPolicy('respond.json');

  it.each(actionsOf(policy).filter((action) => !MQTT.has(action)))(
    'has no action of the API too many: without %s its call is said to be refused',
    async (action) => {
      await using sandbox = await aSandboxWith({ 'respond.json': without(policy, action) });
      const [certificateId = ''] = connectedAs(sandbox, CLIENT);
      const ended = await respond(await aSignedConfig(sandbox));
      const { contained, verdict } = expectToName(ended, action.replace('iot:', ''));
      const status = await statusOf(sandbox, certificateId);
      expect({ verdict, status, contained }).toEqual({
        verdict,
        status: contained === 'yes' ? 'INACTIVE' : 'ACTIVE',
        contained,
      });
    },
  );

  it.each([...MQTT])(
    'has no action of MQTT too many: without %s nothing is proved, and that is said',
    async (action) => {
      await using sandbox = await aSandboxWith({ 'respond.json': without(policy, action) });
      expectUnproved(await respond(await aSignedConfig(sandbox), '1s'));
    },
  );
});

describe('respond-by-certificate.json', () => {
  const policy = readPolicy('respond-by-certificate.json');

  it.each(actionsOf(policy))(
    'has no action too many: without %s nothing is proved, and that is said',
    async (action) => {
      await using sandbox = await aSandboxWith({ 'respond-by-certificate.json': without(policy, action) });
      expectUnproved(await respond(sandbox.config, '1s'));
    },
  );
});

function expectUnproved(ended: Ended): void {
  const document = evictionOf(ended);
  expect(document.verdict).not.toBe('evicted');
  expect(unknowns(document)).toContain('cannot-prove');
}
