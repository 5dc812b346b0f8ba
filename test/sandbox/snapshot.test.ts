import {
  AddThingToThingGroupCommand,
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  DeleteCertificateCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteThingCommand,
  DeleteThingGroupCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  RemoveThingFromThingGroupCommand,
  SetDefaultPolicyVersionCommand,
  SetV2LoggingOptionsCommand,
  UpdateCertificateCommand,
  UpdateThingCommand,
} from '@aws-sdk/client-iot';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { groupArn, thingArn } from '../../src/sandbox/identity/account.ts';
import { aCaller, profileKey } from './a-caller.ts';
import { aDevice, ALLOW_ALL, anIdentity, type IssuedIdentity } from './a-device.ts';
import { aSandbox, eventually, type TestSandbox } from './a-sandbox.ts';

const DENY_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'iot:*', Resource: '*' }],
});

let sandbox: TestSandbox;
let identity: IssuedIdentity;
beforeAll(async () => {
  sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
  identity = await anIdentity(sandbox);
  const { iot } = sandbox;
  const policyDocument = JSON.stringify(ALLOW_ALL);
  await iot.send(new CreatePolicyCommand({ policyName: 'standing', policyDocument }));
  await iot.send(new CreateThingCommand({ thingName: 'pump' }));
  await iot.send(new CreateThingGroupCommand({ thingGroupName: 'pumps' }));
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

/** As whoever compares two of them has it. */
async function theSnapshot(at = sandbox): Promise<unknown> {
  const response = await fetch(`${at.adminUrl}/snapshot`);
  return response.json();
}

/** Until it has no connection. */
const untilGone = (clientId: string) =>
  eventually(() =>
    sandbox.truth().connections.every((one) => one.clientId !== clientId) ? true : undefined,
  );

type Change = () => Promise<unknown>;

describe('6.5 the snapshot', () => {
  it('6.5.1 is the same twice, when nothing happened in between', async () => {
    expect(await theSnapshot()).toEqual(await theSnapshot());
    expect(await theSnapshot()).toEqual(JSON.parse(JSON.stringify(await sandbox.snapshot())));
  });

  const status = (newStatus: 'ACTIVE' | 'INACTIVE'): Change => {
    return () => {
      const { certificateId } = identity;
      return sandbox.iot.send(new UpdateCertificateCommand({ certificateId, newStatus }));
    };
  };
  const policyName = 'standing';
  const thingName = 'pump';
  const thingGroupName = 'pumps';
  let versionId: string | undefined;
  let made: string | undefined;

  it.each<[string, Change, Change]>([
    ['deactivating and activating', status('INACTIVE'), status('ACTIVE')],
    [
      'attaching and detaching a policy',
      () => sandbox.iot.send(new AttachPolicyCommand({ policyName, target: identity.arn })),
      () => sandbox.iot.send(new DetachPolicyCommand({ policyName, target: identity.arn })),
    ],
    [
      'attaching and detaching a policy of a group',
      () => sandbox.iot.send(new AttachPolicyCommand({ policyName, target: groupArn(thingGroupName) })),
      () => sandbox.iot.send(new DetachPolicyCommand({ policyName, target: groupArn(thingGroupName) })),
    ],
    [
      'attaching and detaching a thing',
      () => sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal: identity.arn })),
      () => sandbox.iot.send(new DetachThingPrincipalCommand({ thingName, principal: identity.arn })),
    ],
    [
      'attaching and detaching an exclusive thing',
      () =>
        sandbox.iot.send(
          new AttachThingPrincipalCommand({
            thingName,
            principal: identity.arn,
            thingPrincipalType: 'EXCLUSIVE_THING',
          }),
        ),
      () => sandbox.iot.send(new DetachThingPrincipalCommand({ thingName, principal: identity.arn })),
    ],
    [
      'adding a thing to a group and removing it',
      () => sandbox.iot.send(new AddThingToThingGroupCommand({ thingName, thingGroupName })),
      () => sandbox.iot.send(new RemoveThingFromThingGroupCommand({ thingName, thingGroupName })),
    ],
    [
      'creating and deleting a certificate',
      async () => {
        made = (await sandbox.iot.send(new CreateKeysAndCertificateCommand({}))).certificateId;
      },
      () => sandbox.iot.send(new DeleteCertificateCommand({ certificateId: made })),
    ],
    [
      'creating and deleting a policy',
      () => sandbox.iot.send(new CreatePolicyCommand({ policyName: 'brief', policyDocument: DENY_ALL })),
      () => sandbox.iot.send(new DeletePolicyCommand({ policyName: 'brief' })),
    ],
    [
      'creating and deleting a version of a policy that is not in force',
      async () => {
        const command = new CreatePolicyVersionCommand({ policyName, policyDocument: DENY_ALL });
        versionId = (await sandbox.iot.send(command)).policyVersionId;
      },
      () => sandbox.iot.send(new DeletePolicyVersionCommand({ policyName, policyVersionId: versionId })),
    ],
    [
      'putting a version in force and going back',
      async () => {
        const command = new CreatePolicyVersionCommand({
          policyName,
          policyDocument: DENY_ALL,
          setAsDefault: true,
        });
        versionId = (await sandbox.iot.send(command)).policyVersionId;
      },
      async () => {
        await sandbox.iot.send(new SetDefaultPolicyVersionCommand({ policyName, policyVersionId: '1' }));
        await sandbox.iot.send(new DeletePolicyVersionCommand({ policyName, policyVersionId: versionId }));
      },
    ],
    [
      'creating and deleting a thing',
      () => sandbox.iot.send(new CreateThingCommand({ thingName: 'brief' })),
      () => sandbox.iot.send(new DeleteThingCommand({ thingName: 'brief' })),
    ],
    [
      'giving a thing an attribute and taking it',
      () =>
        sandbox.iot.send(
          new UpdateThingCommand({ thingName, attributePayload: { attributes: { site: 'north' } } }),
        ),
      () =>
        sandbox.iot.send(
          new UpdateThingCommand({ thingName, attributePayload: { attributes: {}, merge: false } }),
        ),
    ],
    [
      'creating and deleting a group',
      () => sandbox.iot.send(new CreateThingGroupCommand({ thingGroupName: 'brief' })),
      () => sandbox.iot.send(new DeleteThingGroupCommand({ thingGroupName: 'brief' })),
    ],
    [
      'causing a fault and taking it off',
      async () => sandbox.faults.add({ fault: 'throttle', operation: 'DescribeThing' }),
      async () =>
        sandbox.faults.list().map(({ id, fault }) => fault === 'throttle' && sandbox.faults.remove(id)),
    ],
  ])('6.5.2 is equal before and after, and another in between: %s', async (_, change, inverse) => {
    const before = await theSnapshot();
    await change();
    expect(await theSnapshot()).not.toEqual(before);
    await inverse();
    expect(await theSnapshot()).toEqual(before);
  });

  it('6.5.2 shows a session as long as there is one, and a retained message likewise', async () => {
    const before = await theSnapshot();
    const settings = { identity, clientId: 'keeper', clean: false };
    const device = aDevice(sandbox, settings);
    await device.outcome;
    const principal = identity.certificateId;
    expect(await sandbox.snapshot()).toMatchObject({
      broker: {
        connections: [{ clientId: 'keeper', principal }],
        persistentSessions: [],
        retainedTopics: [],
      },
    });
    await device.client.subscribeAsync('b', { qos: 1 });
    await device.client.subscribeAsync('a', { qos: 1 });
    await device.client.publishAsync('last/words', 'kept', { qos: 1, retain: true });
    await device.client.endAsync();
    await untilGone('keeper');
    expect(await sandbox.snapshot()).toMatchObject({
      broker: {
        connections: [],
        persistentSessions: [{ clientId: 'keeper', filters: ['a', 'b'] }],
        retainedTopics: ['last/words'],
      },
    });
    const back = aDevice(sandbox, { ...settings, clean: true });
    expect(await back.outcome).toBe('connected');
    await back.client.publishAsync('last/words', '', { qos: 1, retain: true });
    await back.client.endAsync();
    await untilGone('keeper');
    expect(await theSnapshot()).toEqual(before);
  });

  it('6.5.2 is the same however often and when a fault struck', async () => {
    const { id } = sandbox.faults.add({ fault: 'throttle', operation: 'AssumeRole' });
    const before = await theSnapshot();
    const RoleArn = 'arn:aws:iam::123456789012:role/responder';
    const asked = sandbox.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'drill' }));
    await expect(asked).rejects.toMatchObject({ name: 'Throttling' });
    expect(await theSnapshot()).toEqual(before);
    sandbox.faults.remove(id);
  });

  it('6.5.3 holds all that there is, sorted by name', async () => {
    await using own = await aSandbox({ intruder: 'pump-17', faults: [{ fault: 'event-delay', ms: 0 }] });
    const { iot } = own;
    const { certificateId, arn } = await anIdentity(own, { active: false, policy: null });
    const policyDocument = JSON.stringify(ALLOW_ALL);
    await iot.send(new CreatePolicyCommand({ policyName: 'a-policy', policyDocument }));
    await iot.send(
      new CreatePolicyVersionCommand({
        policyName: 'a-policy',
        policyDocument: DENY_ALL,
        setAsDefault: true,
      }),
    );
    await iot.send(new AttachPolicyCommand({ policyName: 'a-policy', target: arn }));
    for (const thing of ['z', 'a']) {
      await iot.send(
        new CreateThingCommand({ thingName: thing, attributePayload: { attributes: { y: '1', b: '2' } } }),
      );
    }
    await iot.send(
      new AttachThingPrincipalCommand({
        thingName: 'a',
        principal: arn,
        thingPrincipalType: 'EXCLUSIVE_THING',
      }),
    );
    await iot.send(new CreateThingGroupCommand({ thingGroupName: 'top' }));
    await iot.send(new CreateThingGroupCommand({ thingGroupName: 'below', parentGroupName: 'top' }));
    await iot.send(new AddThingToThingGroupCommand({ thingName: 'z', thingGroupName: 'below' }));
    await iot.send(new SetV2LoggingOptionsCommand({ defaultLogLevel: 'INFO' }));
    const { account, broker, faults } = await own.snapshot();
    const attributes = [
      ['b', '2'],
      ['y', '1'],
    ];
    expect(account.certificates.map(([id]) => id)).toEqual(account.certificates.map(([id]) => id).toSorted());
    expect(account.certificates).toContainEqual([certificateId, { arn, status: 'INACTIVE' }]);
    expect(account.policies.map(([name]) => name)).toEqual(['a-policy', 'fleet', 'responder']);
    expect(account.policies[0]).toEqual([
      'a-policy',
      {
        default: '2',
        versions: [
          { id: '1', document: policyDocument },
          { id: '2', document: DENY_ALL },
        ],
      },
    ]);
    expect(account.things).toEqual([
      ['a', { arn: thingArn('a'), attributes }],
      ['pump-17', { arn: thingArn('pump-17'), attributes: [] }],
      ['z', { arn: thingArn('z'), attributes }],
    ]);
    expect(account.groups).toEqual([
      ['below', { arn: groupArn('below'), parent: 'top' }],
      ['top', { arn: groupArn('top') }],
    ]);
    expect(account.policiesOf).toContainEqual([arn, 'a-policy']);
    expect(account.thingsOf).toContainEqual([arn, 'a']);
    expect(account.groupsOf).toEqual([['z', 'below']]);
    expect(account.exclusive).toEqual([arn]);
    expect(account.logging).toMatchObject({ defaultLogLevel: 'INFO' });
    expect(broker.connections).toMatchObject([{ clientId: 'pump-17' }]);
    expect(faults).toEqual([{ id: 1, fault: 'event-delay', ms: 0 }]);
  });

  it('6.5.4 names identities and their keys, and tells no secret of them', async () => {
    const RoleArn = 'arn:aws:iam::123456789012:role/responder';
    using responder = await aCaller(sandbox, 'responder');
    const assumed = await responder.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'drill' }));
    const text = JSON.stringify(await theSnapshot());
    const keys = await Promise.all(
      ['default', 'responder', 'auditor', 'watcher', 'cognito-1'].map((name) => profileKey(sandbox, name)),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = assumed.Credentials ?? {};
    const all = [
      ...keys,
      { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    ];
    for (const { accessKeyId, secretAccessKey, sessionToken = secretAccessKey } of all) {
      expect(accessKeyId).not.toBe('');
      expect(text).toContain(accessKeyId);
      for (const secret of [secretAccessKey, sessionToken]) {
        expect(secret).not.toBe('');
        expect(text).not.toContain(secret);
      }
    }
    expect(text).toContain(RoleArn);
    expect(text).not.toContain('PRIVATE KEY');
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('6.5.5 keeps the name %s', async (name) => {
    const before = await theSnapshot();
    await sandbox.iot.send(new CreateThingCommand({ thingName: name }));
    await sandbox.iot.send(new CreatePolicyCommand({ policyName: name, policyDocument: DENY_ALL }));
    const device = aDevice(sandbox, { identity, clientId: name, clean: false });
    await device.outcome;
    await device.client.subscribeAsync(name, { qos: 1 });
    await device.client.publishAsync(name, 'kept', { qos: 1, retain: true });
    await device.client.endAsync();
    await untilGone(name);
    const { account, broker } = await sandbox.snapshot();
    expect(account.things.map(([thing]) => thing)).toContain(name);
    expect(account.policies.map(([policy]) => policy)).toContain(name);
    expect(broker.persistentSessions).toEqual([{ clientId: name, filters: [name] }]);
    expect(broker.retainedTopics).toEqual([name]);
    await sandbox.iot.send(new DeleteThingCommand({ thingName: name }));
    await sandbox.iot.send(new DeletePolicyCommand({ policyName: name }));
    const back = aDevice(sandbox, { identity, clientId: name });
    expect(await back.outcome).toBe('connected');
    await back.client.publishAsync(name, '', { qos: 1, retain: true });
    await back.client.endAsync();
    await untilGone(name);
    expect(await theSnapshot()).toEqual(before);
  });
});
