import { AttachPolicyCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ALLOW_ALL, anIdentity, attachNewPolicy } from '../sandbox/a-device.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aCognitoClient, aGroupPolicy, allowing, aThing } from './a-registry.ts';
import { aConnectedClient, connectedAs, policiesOf } from './a-scene.ts';
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

type Client = { readonly clientId: string; readonly events: string };

/** A whole response, without a hold unless one is asked for; the one who runs it may do everything. */
const evict = async ({ clientId, events }: Client, ...more: string[]) => {
  const words = ['--config', sandbox.config, '--events', events, '--yes', '--json'];
  const ended = await home.run([clientId, ...words, '--hold', '0', ...more]);
  return { code: ended.code, ...evictionOf(ended) };
};
const undo = async (incident: string | undefined, ...more: string[]) => {
  const ended = await home.run([
    'undo',
    incident ?? '',
    '--config',
    sandbox.config,
    '--json',
    '--yes',
    ...more,
  ]);
  return { code: ended.code, ...evictionOf(ended) };
};
const DETACH = ['--action', 'detach'];
const EVICTED = { code: 0, verdict: 'evicted', contained: 'yes', proof: { by: 'sessionIdentifier' } };

describe('--action detach', () => {
  it('detaches all policies, and the client that comes back is seen to be refused', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'detached', comesBackAfterMs: 300 });
    const { certificateId, arn } = client.identity;
    await attachNewPolicy(sandbox, { target: arn, policy: allowing('iot:Publish') });
    const policies = await policiesOf(sandbox, certificateId);
    expect(policies).toHaveLength(2);

    const document = await evict(client, ...DETACH, '--hold', '1s');
    expect(document).toMatchObject({ ...EVICTED, blockers: [], blastRadius: { things: [] } });
    const [takeover, ...detached] = document.steps.toReversed();
    expect(takeover).toMatchObject({ id: 'takeover', status: 'done' });
    expect(detached.map(({ policy = '' }) => policy).toSorted()).toEqual(policies);
    for (const step of detached)
      expect(step).toMatchObject({
        id: 'detach',
        target: arn,
        status: 'done',
        before: 'attached',
        after: 'detached',
        requestId: expect.any(String),
      });
    expect(document.equivalent).toEqual(
      expect.arrayContaining(
        policies.map((name) => expect.stringContaining(`aws iot detach-policy --policy-name ${name} `)),
      ),
    );
    expect(document.hold).toMatchObject({ completed: true, returns: [], door: 'shut' });
    expect(document.hold?.bounced).toBeGreaterThan(0);
    expect(await policiesOf(sandbox, certificateId)).toEqual([]);
    expect(await client.status()).toBe('ACTIVE');
    expect(connectedAs(sandbox, 'detached')).toEqual([]);
  });

  it('of one policy of two is enough where the other does not let it in, and leaves that', async () => {
    const identity = await anIdentity(sandbox);
    const [connects = ''] = await policiesOf(sandbox, identity.certificateId);
    const publishes = await attachNewPolicy(sandbox, {
      target: identity.arn,
      policy: allowing('iot:Publish'),
    });
    await using client = await aConnectedClient(sandbox, { clientId: 'one-of-two', identity });
    expect(await evict(client, ...DETACH, '--policy', connects)).toMatchObject(EVICTED);
    expect(await policiesOf(sandbox, identity.certificateId)).toEqual([publishes]);
    expect(connectedAs(sandbox, 'one-of-two')).toEqual([]);
  });

  it('of one policy of two is refused where the other lets it in', async () => {
    const identity = await anIdentity(sandbox);
    await attachNewPolicy(sandbox, { target: identity.arn, policy: ALLOW_ALL });
    const [first = '', second = ''] = await policiesOf(sandbox, identity.certificateId);
    await using client = await aConnectedClient(sandbox, { clientId: 'kept-out-not', identity });
    expect(await evict(client, ...DETACH, '--policy', first)).toMatchObject({
      code: 7,
      verdict: 'refused',
      contained: 'no',
      blockers: [{ code: 'no-action', lift: '--action none' }],
    });
    expect(await policiesOf(sandbox, identity.certificateId)).toEqual([first, second].toSorted());
    expect(connectedAs(sandbox, 'kept-out-not')).toEqual([identity.certificateId]);
  });

  it('of nothing is refused: nothing is attached, or not what was named', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'nothing' });
    const refused = await evict(client, ...DETACH, '--policy', 'no-such-policy');
    expect(refused).toMatchObject({ code: 7, blockers: expect.arrayContaining([NO_ACTION]) });
    const certificate = ['--principal', client.identity.certificateId];
    await evict(client, ...DETACH);
    expect(await evict(client, ...DETACH, ...certificate)).toMatchObject({ code: 7, blockers: [NO_ACTION] });
  });

  it('counts one that was detached in the meantime as already so', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'meanwhile' });
    const [attached = ''] = await policiesOf(sandbox, client.identity.certificateId);
    const document = await evict(client, ...DETACH, '--policy', attached, '--policy', 'no-such-policy');
    expect(document).toMatchObject(EVICTED);
    expect(document.steps).toMatchObject([
      { policy: attached, status: 'done' },
      { policy: 'no-such-policy', status: 'already', before: 'detached', after: 'detached' },
      { id: 'takeover' },
    ]);
  });

  it('and --action deactivate together do both, in the order that was asked for', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'both' });
    const document = await evict(client, '--action', 'deactivate', ...DETACH);
    expect(document).toMatchObject(EVICTED);
    expect(document.steps.map(({ id }) => id)).toEqual(['deactivate', 'detach', 'takeover']);
    expect(await policiesOf(sandbox, client.identity.certificateId)).toEqual([]);
    expect(await client.status()).toBe('INACTIVE');
  });

  it('in a dry run shows before and after of each policy, and changes nothing', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'rehearsed' });
    const before = await sandbox.snapshot();
    const document = await evict(client, ...DETACH, '--dry-run');
    expect(document).toMatchObject({
      code: 0,
      verdict: 'planned',
      steps: [
        { id: 'detach', status: 'planned', before: 'attached', after: 'detached' },
        { id: 'takeover', status: 'planned' },
      ],
    });
    expect(await sandbox.snapshot()).toEqual(before);
  });
});

const NO_ACTION = expect.objectContaining({ code: 'no-action', lift: '--action none' });
const THROUGH_GROUP = expect.objectContaining({ code: 'access-through-thing-group' });

describe('a policy of a thing group, which no detaching removes,', () => {
  async function grouped(clientId: string, policy: object) {
    const client = await aConnectedClient(sandbox, { clientId });
    await aThing(sandbox, clientId, client.identity);
    const name = await aGroupPolicy(sandbox, clientId, policy);
    return { client, name, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
  }

  it('stands in the way where it lets the client in, and is named', async () => {
    await using scene = await grouped('grouped-1', ALLOW_ALL);
    const refused = await evict(scene.client, ...DETACH);
    expect(refused).toMatchObject({ code: 7, contained: 'no', blockers: [NO_ACTION] });
    expect(refused.blockers[0]?.message).toContain(scene.name);
    expect(refused.warnings).toContainEqual(THROUGH_GROUP);
    expect(await policiesOf(sandbox, scene.client.identity.certificateId)).toHaveLength(1);
    expect(connectedAs(sandbox, 'grouped-1')).toHaveLength(1);
  });

  it('stands in the way, too, where the certificate has the same policy of its own', async () => {
    const client = await aConnectedClient(sandbox, { clientId: 'grouped-5' });
    await using _closed = client;
    await aThing(sandbox, 'grouped-5', client.identity);
    const group = await aGroupPolicy(sandbox, 'grouped-5', allowing('iot:Publish'));
    const [own = ''] = await policiesOf(sandbox, client.identity.certificateId);
    const target = 'arn:aws:iot:us-east-1:123456789012:thinggroup/group-of-grouped-5';
    await sandbox.iot.send(new AttachPolicyCommand({ policyName: own, target }));
    const refused = await evict(client, ...DETACH);
    expect(refused).toMatchObject({ code: 7, contained: 'no', blockers: [NO_ACTION] });
    expect(refused.blockers[0]?.message).toContain(own);
    const warning = refused.warnings.find(({ code }) => code === 'access-through-thing-group');
    for (const name of [own, group]) expect(warning?.message).toContain(name);
    expect(connectedAs(sandbox, 'grouped-5')).toHaveLength(1);
  });

  it('does not, where the certificate is deactivated, too: then it is a warning', async () => {
    await using scene = await grouped('grouped-2', ALLOW_ALL);
    const document = await evict(scene.client, '--action', 'deactivate', ...DETACH);
    expect(document).toMatchObject({ ...EVICTED, blockers: [] });
    expect(document.warnings).toContainEqual(THROUGH_GROUP);
  });

  it('does not, where the client is only to be kicked', async () => {
    await using scene = await grouped('grouped-3', ALLOW_ALL);
    expect(await evict(scene.client, '--action', 'none')).toMatchObject({ code: 8, verdict: 'kicked' });
  });

  it('is a warning where it does not let the client in', async () => {
    await using scene = await grouped('grouped-4', allowing('iot:Publish'));
    const document = await evict(scene.client, ...DETACH);
    expect(document).toMatchObject({ ...EVICTED, blockers: [] });
    expect(document.warnings).toContainEqual(THROUGH_GROUP);
  });
});

describe('a certificate that can mint credentials', () => {
  it('is warned of', async () => {
    const identity = await anIdentity(sandbox, { policy: allowing('iot:*') });
    await using client = await aConnectedClient(sandbox, { clientId: 'minting', identity });
    const { warnings } = await evict(client, '--dry-run');
    expect(warnings.map(({ code }) => code)).toContain('can-mint-credentials');
    const harmless = await anIdentity(sandbox, { policy: allowing('iot:Connect') });
    await using other = await aConnectedClient(sandbox, { clientId: 'not-minting', identity: harmless });
    const { warnings: none } = await evict(other, '--dry-run');
    expect(none.map(({ code }) => code)).not.toContain('can-mint-credentials');
  });
});

describe('--action revoke', () => {
  it('is refused until the certificate is named, and then cannot be taken back', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'revoked' });
    const { certificateId } = client.identity;
    const revoke = ['--action', 'revoke'];
    for (const confirmed of [[], ['--confirm-revoke', '0'.repeat(64)]])
      expect(await evict(client, ...revoke, ...confirmed)).toMatchObject({
        code: 7,
        verdict: 'refused',
        blockers: [{ code: 'irreversible', lift: `--confirm-revoke ${certificateId}` }],
      });
    expect(await client.status()).toBe('ACTIVE');

    const document = await evict(client, ...revoke, '--confirm-revoke', certificateId);
    expect(document).toMatchObject({
      ...EVICTED,
      steps: [{ id: 'revoke', status: 'done', before: 'ACTIVE', after: 'REVOKED' }, { id: 'takeover' }],
    });
    expect(await client.status()).toBe('REVOKED');
    for (const force of [[], ['--force']])
      expect(await undo(document.incident, ...force)).toMatchObject({
        code: 7,
        verdict: 'refused',
        blockers: [{ code: 'irreversible' }],
      });
    expect(await client.status()).toBe('REVOKED');
  });
});

describe('a Cognito identity', () => {
  it('is refused until it is named, then its policies are detached, and given back', async () => {
    await using client = await aCognitoClient(sandbox, { clientId: 'app', profile: 'cognito-1' });
    await using neighbour = await aCognitoClient(sandbox, { clientId: 'app-2', profile: 'cognito-2' });
    const { identityId, policyName } = client;
    expect(await evict(client)).toMatchObject({
      code: 7,
      verdict: 'refused',
      blockers: [{ code: 'identity-needed' }],
    });
    expect(await policiesOf(sandbox, identityId)).toEqual([policyName]);

    const document = await evict(client, '--principal', identityId);
    expect(document).toMatchObject({
      ...EVICTED,
      sighting: { principal: { kind: 'cognito-identity', identityId } },
      steps: [{ id: 'detach', policy: policyName, target: identityId, status: 'done' }, { id: 'takeover' }],
      remaining: [],
    });
    await client.closed;
    expect(await policiesOf(sandbox, identityId)).toEqual([]);
    expect(await client.again()).not.toBe('connected');
    expect(await policiesOf(sandbox, neighbour.identityId)).toEqual([neighbour.policyName]);
    expect(connectedAs(sandbox, 'app-2')).toHaveLength(1);

    expect(await undo(document.incident)).toMatchObject({ code: 0, verdict: 'restored' });
    expect(await policiesOf(sandbox, identityId)).toEqual([policyName]);
    expect(await eventually(async () => ((await client.again()) === 'connected' ? true : undefined))).toBe(
      true,
    );
  });

  it('whose neighbours are in the same history is not taken for shared: they cannot be told apart', async () => {
    await using client = await aCognitoClient(sandbox, { clientId: 'app-3', profile: 'cognito-1' });
    const all = { ...client, events: `${sandbox.directory}/events.jsonl` };
    const document = await evict(all, '--principal', client.identityId, '--dry-run');
    expect(document).toMatchObject({ code: 0, blockers: [] });
    expect(document.warnings.map(({ code }) => code)).toContain('no-client-history');
  });

  it('cannot be deactivated', async () => {
    await using client = await aCognitoClient(sandbox, { clientId: 'app-4', profile: 'cognito-1' });
    const words = ['--principal', client.identityId, '--action', 'deactivate'];
    expect(await evict(client, ...words)).toMatchObject({ code: 7, blockers: [NO_ACTION] });
  });
});
