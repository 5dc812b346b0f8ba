import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EvictionDocument } from '../../src/domain/document.ts';
import { actionsOf, aPolicyDirectory, POLICIES, readPolicy, without } from '../sandbox/a-policy-directory.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { connectedAs, logRefusals, policiesOf, statusOf } from './a-scene.ts';
import { aSignedConfig, type Changes } from './a-signed-config.ts';
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
/** What is only asked where nobody names a source. */
const RULES = new Set(['iot:ListTopicRules', 'iot:GetTopicRule']);
const ofApi = (action: string) => !MQTT.has(action) && !RULES.has(action);

/** A sandbox whose people have the policies of this package, but for one of them. */
async function aSandboxWith(
  changed: Readonly<Record<string, object>>,
  options: Parameters<typeof aSandbox>[0] = {},
): Promise<TestSandbox> {
  await using policies = await aPolicyDirectory(changed); // read at the start
  const sandbox = await aSandbox({ intruder: CLIENT, policies: policies.directory, ...options });
  await logRefusals(sandbox); // otherwise nobody would look into the log
  return sandbox;
}

/** What asks for every reading that there is. */
const DETACHING = ['--action', 'deactivate', '--action', 'detach'];
/** Every way of working at once. */
const ALL_WAYS = [...DETACHING, '--method', 'both'];

const dryRun = async (sandbox: TestSandbox, ...more: string[]) =>
  home.run([
    CLIENT,
    '--config',
    await aSignedConfig(sandbox, { profile: 'auditor' }),
    '--dry-run',
    '--json',
    ...more,
  ]);

const BRIEFLY = { hold: '500ms', timeout: '5s' };
/** By IAM alone, as it is at AWS. */
const respond = async (sandbox: TestSandbox, words: readonly string[] = [], changes: Changes = {}) =>
  respondBy(await aSignedConfig(sandbox, { ...BRIEFLY, ...changes }), words);
const respondBy = (config: string, words: readonly string[] = []) =>
  home.run([CLIENT, '--config', config, '--yes', '--json', ...words]);
const undo = async (sandbox: TestSandbox, { incident = '' }: EvictionDocument) =>
  home.run(['undo', incident, '--config', await aSignedConfig(sandbox, BRIEFLY), '--yes', '--json']);

/** What calls an action that only a source needs. */
const sourceFor = (action: string, { directory }: TestSandbox) =>
  action === 'iot:ListThingPrincipals'
    ? ['--events', join(directory, 'events.jsonl'), '--events', 'thing']
    : [];

/** What would be said of a reading that was refused. */
const unknowns = ({ warnings }: EvictionDocument) =>
  warnings.map(({ code }) => code).filter((code) => /unknown|cannot|refused/u.test(code));

/** Whoever runs this must hear which call was refused: as the cause, a blocker or a warning. */
function expectToName(ended: Ended, action: string): EvictionDocument {
  const document = evictionOf(ended);
  const { cause, blockers, warnings } = document;
  const said = [cause, ...blockers, ...warnings].map((one) => one?.message ?? '');
  expect(said.filter((message) => message.includes(action.replace(/^\w+:/u, '')))).not.toEqual([]);
  return document;
}

/** What is said of the access is so, whichever call was refused. */
async function expectTruth(sandbox: TestSandbox, certificateId: string, { contained }: EvictionDocument) {
  const status = await statusOf(sandbox, certificateId);
  expect({ contained, status }).toEqual({
    contained,
    status: ['yes', 'partly'].includes(contained) ? 'INACTIVE' : 'ACTIVE',
  });
}

describe('dry-run-audit.json', () => {
  it('is enough for a dry run, which changes nothing', async () => {
    await using sandbox = await aSandboxWith({});
    const [certificateId = ''] = connectedAs(sandbox, CLIENT);
    const before = await sandbox.snapshot();
    for (const more of [[], ['--action', 'detach'], ALL_WAYS]) {
      const ended = await dryRun(sandbox, ...more);
      const document = evictionOf(ended);
      expect({ code: ended.code, ...document }).toMatchObject({
        code: 0,
        verdict: 'planned',
        blockers: [],
        responder: { arn: 'arn:aws:iam::123456789012:user/auditor' },
        blastRadius: { things: [CLIENT], policies: ['fleet'], known: { things: 'complete' } },
        sighting: { confirmed: 'yes' },
        evidence: { connection: { connected: true }, subscriptions: [] },
        target: { endpoint: sandbox.wssUrl },
      });
      expect(unknowns(document)).toEqual([]);
    }
    expect(await sandbox.snapshot()).toEqual(before);
    expect(await statusOf(sandbox, certificateId)).toBe('ACTIVE');
  });

  const policy = readPolicy('dry-run-audit.json');

  it.each(actionsOf(policy).filter(ofApi))(
    'has no action too many: without %s its call is said to be refused',
    async (action) => {
      await using sandbox = await aSandboxWith({ 'dry-run-audit.json': without(policy, action) });
      expectToName(await dryRun(sandbox, ...DETACHING, ...sourceFor(action, sandbox)), action);
    },
  );
});

describe.each([
  ['dry-run-audit.json', 'auditor', 'dry-run-audit.json'],
  ['respond.json', 'responder', 'respond.json'],
  ['respond-by-api.json', 'responder', 'respond.json'],
])('%s, where no source is named', (file, profile, place) => {
  const policy = readPolicy(file);
  it.each([...RULES])(
    'has no action too many: without %s it is said that what rules keep is not known',
    async (action) => {
      const rule = await readFile(join(POLICIES, 'presence-history.yaml'), 'utf8');
      await using sandbox = await aSandboxWith({ [place]: without(policy, action) }, { rule });
      const config = await aSignedConfig(sandbox, { profile, events: [] });
      const ended = await home.run([CLIENT, '--config', config, '--dry-run', '--json']);
      expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
        code: 0,
        sighting: { source: 'thing' },
      });
      expect(ended.stderr).toMatch(new RegExp(`rules: .*${action.replace('iot:', '')}`, 'u'));
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

/** Whoever cannot connect, listen or hear does not claim to have proved anything. */
function expectUnproved(ended: Ended): void {
  const document = evictionOf(ended);
  expect(document.verdict).not.toBe('evicted');
  expect(unknowns(document)).toContain('cannot-prove');
}

const WAYS: readonly [string, readonly string[]][] = [
  ['as it is by default', []],
  ['by every action and both kicks', ALL_WAYS],
];

describe.each([
  ['respond.json', (sandbox: TestSandbox) => aSignedConfig(sandbox, BRIEFLY), []],
  [
    'respond.json with respond-by-certificate.json',
    ({ config }: TestSandbox) => Promise.resolve(config),
    ['--hold', '500ms', '--timeout', '5s'],
  ],
])('%s', (_, configOf, words) => {
  it.each(WAYS)('is enough for the whole response %s, and to take it back', async (__, way) => {
    await using sandbox = await aSandboxWith({});
    const [certificateId = ''] = connectedAs(sandbox, CLIENT);
    const ended = await respondBy(await configOf(sandbox), [...words, ...way]);
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
    expect(await policiesOf(sandbox, certificateId)).toEqual(way.length === 0 ? ['fleet'] : []);
    expect(connectedAs(sandbox, CLIENT)).toEqual([]);

    const undone = await undo(sandbox, document);
    expect({ code: undone.code, verdict: evictionOf(undone).verdict }).toEqual({
      code: 0,
      verdict: 'restored',
    });
    expect(await statusOf(sandbox, certificateId)).toBe('ACTIVE');
    expect(await policiesOf(sandbox, certificateId)).toEqual(['fleet']);
  });
});

describe('respond.json', () => {
  const policy = readPolicy('respond.json');

  it.each(actionsOf(policy).filter((action) => ofApi(action) && action !== 'iot:AttachPolicy'))(
    'has no action of the API too many: without %s its call is said to be refused',
    async (action) => {
      await using sandbox = await aSandboxWith({ 'respond.json': without(policy, action) });
      const [certificateId = ''] = connectedAs(sandbox, CLIENT);
      const words = [...ALL_WAYS, ...sourceFor(action, sandbox)];
      const document = expectToName(await respond(sandbox, words), action);
      await expectTruth(sandbox, certificateId, document);
    },
  );

  it('has none too many for the undo, either: without iot:AttachPolicy its call is said to be refused', async () => {
    await using sandbox = await aSandboxWith({ 'respond.json': without(policy, 'iot:AttachPolicy') });
    const [certificateId = ''] = connectedAs(sandbox, CLIENT);
    const document = evictionOf(await respond(sandbox, ALL_WAYS));
    expect(document.verdict).toBe('evicted');
    expect(expectToName(await undo(sandbox, document), 'AttachPolicy').verdict).toBe('failed');
    expect(await policiesOf(sandbox, certificateId)).toEqual([]);
  });

  it.each([...MQTT])(
    'has no action of MQTT too many: without %s nothing is proved, and that is said',
    async (action) => {
      await using sandbox = await aSandboxWith({ 'respond.json': without(policy, action) });
      expectUnproved(await respond(sandbox, [], { timeout: '1s' }));
    },
  );
});

describe('respond-by-certificate.json', () => {
  const policy = readPolicy('respond-by-certificate.json');

  it.each(actionsOf(policy))(
    'has no action too many: without %s nothing is proved, and that is said',
    async (action) => {
      await using sandbox = await aSandboxWith({ 'respond-by-certificate.json': without(policy, action) });
      expectUnproved(await respondBy(sandbox.config, ['--hold', '500ms', '--timeout', '1s']));
    },
  );
});

describe('respond-by-api.json', () => {
  const policy = readPolicy('respond-by-api.json');
  const BY_API = ['--method', 'api'];

  it('is enough to contain and to drop by API, and for nothing that needs another client’s ID', async () => {
    await using sandbox = await aSandboxWith({ 'respond.json': policy });
    const [certificateId = ''] = connectedAs(sandbox, CLIENT);
    const ended = await respond(sandbox, BY_API);
    const document = evictionOf(ended);
    expect({ code: ended.code, ...document }).toMatchObject({
      code: 0,
      verdict: 'evicted',
      contained: 'yes',
      steps: [{ id: 'deactivate' }, { id: 'delete-connection', status: 'done' }],
    });
    expect(unknowns(document)).toEqual([]);
    expect(await statusOf(sandbox, certificateId)).toBe('INACTIVE');
    expect(connectedAs(sandbox, CLIENT)).toEqual([]);
    const takeover = evictionOf(await respond(sandbox, [], { timeout: '1s' }));
    expect(takeover).toMatchObject({ verdict: 'unverified', cause: { code: 'id-contended' } });
  });

  it.each(actionsOf(policy).filter(ofApi))(
    'has no action of the API too many: without %s its call is said to be refused',
    async (action) => {
      await using sandbox = await aSandboxWith({ 'respond.json': without(policy, action) });
      const [certificateId = ''] = connectedAs(sandbox, CLIENT);
      const words = [...BY_API, ...sourceFor(action, sandbox)];
      const document = expectToName(await respond(sandbox, words), action);
      await expectTruth(sandbox, certificateId, document);
    },
  );

  it.each([...MQTT])(
    'has no action of MQTT too many: without %s the event path is not proved, and that is said',
    async (action) => {
      await using sandbox = await aSandboxWith({ 'respond.json': without(policy, action) });
      expect(unknowns(evictionOf(await respond(sandbox, BY_API, { timeout: '1s' })))).toContain(
        'cannot-prove',
      );
    },
  );
});

describe('undo.json', () => {
  const policy = readPolicy('undo.json');

  /** Evicted by somebody who may do all, to be taken back by one who works by the given file. */
  async function anEvicted(file: object) {
    const sandbox = await aSandboxWith({ 'respond.json': file });
    const [certificateId = ''] = connectedAs(sandbox, CLIENT);
    const document = evictionOf(await respond(sandbox, ALL_WAYS, { profile: 'default' }));
    expect(document.verdict).toBe('evicted');
    return { sandbox, certificateId, document, [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() };
  }

  it('is enough to take everything back', async () => {
    await using evicted = await anEvicted(policy);
    const { sandbox, certificateId, document } = evicted;
    expect(evictionOf(await undo(sandbox, document)).verdict).toBe('restored');
    expect(await statusOf(sandbox, certificateId)).toBe('ACTIVE');
    expect(await policiesOf(sandbox, certificateId)).toEqual(['fleet']);
  });

  it.each(actionsOf(policy))(
    'has no action too many: without %s its call is said to be refused',
    async (action) => {
      await using evicted = await anEvicted(without(policy, action));
      const document = expectToName(await undo(evicted.sandbox, evicted.document), action);
      expect(document.verdict).not.toBe('restored');
    },
  );
});
