import {
  AddThingToThingGroupCommand,
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  type AuthInfo,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  DetachPolicyCommand,
  GetEffectivePoliciesCommand,
  TestAuthorizationCommand,
  type TestAuthorizationCommandInput,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { anIdentity, type IssuedIdentity } from './a-device.ts';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';
import { BAD_REQUEST, NOT_FOUND } from './an-error.ts';

let sandbox: TestSandbox;
const ARN = 'arn:aws:iot:us-east-1:123456789012';
const COGNITO = 'us-east-1:01234567-89ab-cdef-0123-456789abcdef';

beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const statement = (Effect: string, Action: string, Resource: string, more: object = {}) => ({
  Effect,
  Action,
  Resource: Resource === '*' ? '*' : `${ARN}:${Resource}`,
  ...more,
});
const textOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const ALLOW = textOf(statement('Allow', 'iot:*', '*'));
const policy = async (policyName: string, policyDocument = ALLOW) => {
  await sandbox.iot.send(new CreatePolicyCommand({ policyName, policyDocument }));
  return policyName;
};
const attach = (policyName: string, target: string) =>
  sandbox.iot.send(new AttachPolicyCommand({ policyName, target }));
const group = async (thingGroupName: string, parentGroupName?: string) => {
  const command = new CreateThingGroupCommand({ thingGroupName, parentGroupName });
  return (await sandbox.iot.send(command)).thingGroupArn ?? '';
};
const join = (thingName: string, thingGroupName: string) =>
  sandbox.iot.send(new AddThingToThingGroupCommand({ thingName, thingGroupName }));
const tie = (thingName: string, principal: string, isExclusive = false) =>
  sandbox.iot.send(
    new AttachThingPrincipalCommand({
      thingName,
      principal,
      thingPrincipalType: isExclusive ? 'EXCLUSIVE_THING' : undefined,
    }),
  );

/** A thing in a group that has a policy, in a group that has one, too. */
async function aThingInGroups(name: string): Promise<void> {
  await attach(await policy(`${name}-of-site`), await group(`${name}-site`));
  await attach(await policy(`${name}-of-hall`), await group(`${name}-hall`, `${name}-site`));
  await sandbox.iot.send(new CreateThingCommand({ thingName: name }));
  await join(name, `${name}-hall`);
}

/** A certificate with one policy. */
async function aPermitted(policyName: string, text = ALLOW): Promise<IssuedIdentity> {
  const identity = await anIdentity(sandbox, { policy: null });
  await attach(await policy(policyName, text), identity.arn);
  return identity;
}

async function effective(principal?: string, thingName?: string): Promise<string[]> {
  const command = new GetEffectivePoliciesCommand({ principal, thingName });
  const { effectivePolicies = [] } = await sandbox.iot.send(command);
  return effectivePolicies.map(({ policyName = '' }) => policyName);
}

type Test = Partial<Omit<TestAuthorizationCommandInput, 'authInfos'>>;

async function tested(principal: string, authInfos: AuthInfo[], more: Test = {}) {
  const { authResults = [] } = await sandbox.iot.send(
    new TestAuthorizationCommand({ principal, authInfos, ...more }),
  );
  return authResults.map(({ authInfo, authDecision, allowed, denied, missingContextValues }) => ({
    authInfo,
    authDecision,
    allowedBy: allowed?.policies?.map(({ policyName }) => policyName),
    silent: denied?.implicitDeny?.policies?.map(({ policyName }) => policyName),
    deniedBy: denied?.explicitDeny?.policies?.map(({ policyName }) => policyName),
    missing: missingContextValues,
  }));
}

const info = (actionType: AuthInfo['actionType'], ...resources: string[]): AuthInfo => ({
  actionType,
  resources: resources.map((resource) => `${ARN}:${resource}`),
});
const decisions = async (principal: string, authInfos: AuthInfo[], more: Test = {}) =>
  (await tested(principal, authInfos, more)).map(({ authDecision }) => authDecision);

describe('2.5 authorization', () => {
  it("2.5.1 has the policies of the certificate, of its thing's groups and of their parents in force", async () => {
    await aThingInGroups('valve');
    const { arn } = await aPermitted('own');
    await tie('valve', arn);
    expect(await effective(arn, 'valve')).toEqual(['own', 'valve-of-hall', 'valve-of-site']);
    expect(await effective(arn)).toEqual(['own']);
  });

  it('2.5.2 shows a policy in its default version, and none that was detached', async () => {
    const { arn } = await aPermitted('versioned');
    const policyDocument = textOf(statement('Deny', 'iot:*', '*'));
    const command = new CreatePolicyVersionCommand({
      policyName: 'versioned',
      policyDocument,
      setAsDefault: true,
    });
    await sandbox.iot.send(command);
    const asked = new GetEffectivePoliciesCommand({ principal: arn });
    expect((await sandbox.iot.send(asked)).effectivePolicies).toEqual([
      { policyName: 'versioned', policyArn: `${ARN}:policy/versioned`, policyDocument },
    ]);
    await sandbox.iot.send(new DetachPolicyCommand({ policyName: 'versioned', target: arn }));
    expect(await effective(arn)).toEqual([]);
  });

  it('2.5.3 takes nothing from a thing that the principal is not attached to', async () => {
    await aThingInGroups('stranger');
    const { arn } = await aPermitted('lonely');
    expect(await effective(arn, 'stranger')).toEqual(['lonely']);
  });

  it('2.5.4 takes the groups of an exclusive thing in, whatever the name', async () => {
    await aThingInGroups('exclusive');
    await sandbox.iot.send(new CreateThingCommand({ thingName: 'another' }));
    const { arn } = await anIdentity(sandbox, { policy: null });
    await tie('exclusive', arn, true);
    for (const name of [undefined, 'exclusive', 'another']) {
      expect(await effective(arn, name)).toEqual(['exclusive-of-hall', 'exclusive-of-site']);
    }
  });

  it('2.5.5 is asked for a thing alone, a thing group or a Cognito identity, too', async () => {
    await aThingInGroups('alone');
    expect(await effective(undefined, 'alone')).toEqual(['alone-of-hall', 'alone-of-site']);
    expect(await effective(`${ARN}:thinggroup/alone-hall`)).toEqual(['alone-of-hall', 'alone-of-site']);
    await attach(await policy('app'), COGNITO);
    await tie('alone', COGNITO);
    expect(await effective(COGNITO, 'alone')).toEqual(['app', 'alone-of-hall', 'alone-of-site']);
  });

  it('2.5.6 is not asked for what is not there, nor for nothing', async () => {
    await expect(effective(`${ARN}:cert/${'0'.repeat(64)}`)).rejects.toMatchObject(NOT_FOUND);
    await expect(effective(COGNITO, 'absent')).rejects.toMatchObject(NOT_FOUND);
    await expect(effective('pump')).rejects.toMatchObject(BAD_REQUEST);
    await expect(effective()).rejects.toMatchObject(BAD_REQUEST);
  });

  it('2.5.7 is tested with the policies that allowed it, that denied it, and that say nothing of it', async () => {
    const { arn } = await aPermitted('allowing');
    await attach(await policy('denying', textOf(statement('Deny', 'iot:Publish', 'topic/secret'))), arn);
    const asked = [info('PUBLISH', 'topic/open'), info('PUBLISH', 'topic/secret')];
    const [open, secret] = await tested(arn, asked);
    expect(open).toEqual({
      authInfo: asked[0],
      authDecision: 'ALLOWED',
      allowedBy: ['allowing'],
      deniedBy: [],
      silent: ['denying'],
      missing: [],
    });
    expect(secret).toMatchObject({
      authDecision: 'EXPLICIT_DENY',
      allowedBy: ['allowing'],
      deniedBy: ['denying'],
    });
    const { arn: nobody } = await anIdentity(sandbox, { policy: null });
    expect(await tested(nobody, asked)).toMatchObject([{ authDecision: 'IMPLICIT_DENY', silent: [] }, {}]);
  });

  it('2.5.8 is tested action by action, and for several resources at once only if all are allowed', async () => {
    const text = textOf(
      statement('Allow', 'iot:Connect', 'client/pump'),
      statement('Allow', 'iot:Publish', 'topic/out'),
      statement('Allow', 'iot:Subscribe', 'topicfilter/in/+'),
      statement('Allow', 'iot:Receive', 'topic/in/*'),
      statement('Deny', '*', 'topic/in/secret'),
    );
    const { arn } = await aPermitted('narrow', text);
    const allowed = [
      info('CONNECT', 'client/pump'),
      info('PUBLISH', 'topic/out'),
      info('SUBSCRIBE', 'topicfilter/in/+'),
      info('RECEIVE', 'topic/in/1', 'topic/in/2'),
    ];
    expect(new Set(await decisions(arn, allowed))).toEqual(new Set(['ALLOWED']));
    const refused = [info('CONNECT', 'client/other'), info('PUBLISH', 'topic/out', 'topic/in/1')];
    expect(new Set(await decisions(arn, refused))).toEqual(new Set(['IMPLICIT_DENY']));
    expect(await decisions(arn, [info('RECEIVE', 'topic/other', 'topic/in/secret', 'topic/in/1')])).toEqual([
      'EXPLICIT_DENY',
    ]);
  });

  it('2.5.9 is tested as if other policies were attached, or some were not', async () => {
    const { arn } = await aPermitted('attached');
    const extra = await policy('extra', textOf(statement('Deny', 'iot:*', '*')));
    const asked = [info('CONNECT', 'client/pump')];
    expect(await decisions(arn, asked, { policyNamesToAdd: [extra, 'attached'] })).toEqual(['EXPLICIT_DENY']);
    expect(await decisions(arn, asked, { policyNamesToSkip: ['attached'] })).toEqual(['IMPLICIT_DENY']);
    await expect(tested(arn, asked, { policyNamesToAdd: ['absent'] })).rejects.toMatchObject(NOT_FOUND);
  });

  it('2.5.10 is tested under a client ID, without which its variable is missing', async () => {
    const { arn } = await aPermitted(
      'self',
      textOf(statement('Allow', 'iot:Connect', 'client/${iot:ClientId}')),
    );
    const asked = [info('CONNECT', 'client/pump')];
    expect(await tested(arn, asked, { clientId: 'pump' })).toMatchObject([
      { authDecision: 'ALLOWED', missing: [] },
    ]);
    expect(await decisions(arn, asked, { clientId: 'valve' })).toEqual(['IMPLICIT_DENY']);
    expect(await tested(arn, asked)).toMatchObject([
      { authDecision: 'IMPLICIT_DENY', missing: ['iot:ClientId'] },
    ]);
  });

  it('2.5.11 knows the variables of the thing that is named like the client, and of the certificate', async () => {
    const attributePayload = { attributes: { hall: 'north' } };
    await sandbox.iot.send(new CreateThingCommand({ thingName: 'sensor', attributePayload }));
    const text = textOf(
      statement('Allow', 'iot:Publish', 'topic/${iot:Connection.Thing.Attributes[hall]}'),
      statement('Allow', 'iot:Publish', 'topic/${iot:Certificate.SerialNumber}'),
      statement('Deny', 'iot:Connect', '*', {
        Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'false' } },
      }),
      statement('Allow', 'iot:Connect', '*'),
    );
    const { arn, cert } = await aPermitted('variable', text);
    await tie('sensor', arn);
    const serial = BigInt(`0x${new X509Certificate(cert).serialNumber}`).toString();
    const asked = [
      info('PUBLISH', 'topic/north'),
      info('PUBLISH', `topic/${serial}`),
      info('CONNECT', 'client/x'),
    ];
    expect(await decisions(arn, asked, { clientId: 'sensor' })).toEqual(['ALLOWED', 'ALLOWED', 'ALLOWED']);
    const [north, number, connect] = await tested(arn, asked, { clientId: 'other' });
    expect(north).toMatchObject({
      authDecision: 'IMPLICIT_DENY',
      missing: ['iot:Connection.Thing.Attributes[hall]'],
    });
    expect([number?.authDecision, connect?.authDecision]).toEqual(['ALLOWED', 'EXPLICIT_DENY']);
  });

  it("2.5.12 is tested with the policies of the groups of the client's thing", async () => {
    await aThingInGroups('grouped');
    const { arn } = await anIdentity(sandbox, { policy: null });
    await tie('grouped', arn);
    const asked = [info('CONNECT', 'client/grouped')];
    const [own] = await tested(arn, asked, { clientId: 'grouped' });
    expect(own).toMatchObject({ authDecision: 'ALLOWED', allowedBy: ['grouped-of-hall', 'grouped-of-site'] });
    expect(await decisions(arn, asked, { clientId: 'other' })).toEqual(['IMPLICIT_DENY']);
  });

  it('2.5.13 is tested without a look at the status of the certificate', async () => {
    const { arn, certificateId } = await aPermitted('inactive');
    await sandbox.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
    expect(await decisions(arn, [info('CONNECT', 'client/pump')])).toEqual(['ALLOWED']);
  });

  it('2.5.14 is tested for principals that are there, and for one to ten actions', async () => {
    const asked = [info('CONNECT', 'client/pump')];
    const absent = `${ARN}:cert/${'0'.repeat(64)}`;
    await expect(tested(absent, asked)).rejects.toMatchObject(NOT_FOUND);
    await expect(tested(await group('untested'), asked)).rejects.toMatchObject(BAD_REQUEST);
    await expect(tested(COGNITO, [])).rejects.toMatchObject(BAD_REQUEST);
    const eleven = Array.from({ length: 11 }, () => info('CONNECT', 'client/pump'));
    await expect(tested(COGNITO, eleven)).rejects.toMatchObject(BAD_REQUEST);
    await expect(tested(COGNITO, [info('CONNECT')])).rejects.toMatchObject(BAD_REQUEST);
    await expect(sandbox.iot.send(new TestAuthorizationCommand({ authInfos: asked }))).rejects.toMatchObject(
      BAD_REQUEST,
    );
  });
});
