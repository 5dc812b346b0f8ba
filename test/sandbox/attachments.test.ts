import {
  AddThingToThingGroupCommand,
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  DetachPolicyCommand,
  ListAttachedPoliciesCommand,
  ListTargetsForPolicyCommand,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ALLOW_ALL, anIdentity } from './a-device.ts';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';
import { allPages } from './all-pages.ts';
import { anError, BAD_REQUEST, NOT_FOUND } from './an-error.ts';

let sandbox: TestSandbox;
const ARN = 'arn:aws:iot:us-east-1:123456789012';
const COGNITO = 'us-east-1:01234567-89ab-cdef-0123-456789abcdef';
const NAMES = Array.from({ length: 11 }, (_, index) => `policy@${index}`);

beforeAll(async () => {
  sandbox = await aSandbox();
  for (const policyName of NAMES) {
    await sandbox.iot.send(
      new CreatePolicyCommand({ policyName, policyDocument: JSON.stringify(ALLOW_ALL) }),
    );
  }
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const attach = (policyName: string, target: string) =>
  sandbox.iot.send(new AttachPolicyCommand({ policyName, target }));
const detach = (policyName: string, target: string) =>
  sandbox.iot.send(new DetachPolicyCommand({ policyName, target }));
const aCertificate = async () => (await anIdentity(sandbox, { policy: null })).arn;
const aGroup = async (thingGroupName: string, parentGroupName?: string) => {
  const command = new CreateThingGroupCommand({ thingGroupName, parentGroupName });
  return (await sandbox.iot.send(command)).thingGroupArn ?? '';
};
const pagesOf = (target: string, more: { recursive?: boolean; pageSize?: number } = {}) =>
  allPages(async (marker) => {
    const command = new ListAttachedPoliciesCommand({ target, marker, ...more });
    const { policies, nextMarker } = await sandbox.iot.send(command);
    return { items: policies?.map(({ policyName = '' }) => policyName), next: nextMarker };
  });
const attachedTo = async (target: string, recursive?: boolean) =>
  (await pagesOf(target, recursive === undefined ? {} : { recursive })).flat();
const [one = '', two = '', three = ''] = NAMES;

describe('2.4 attachments', () => {
  it.each([
    ['a certificate', aCertificate],
    ['a thing group', () => aGroup('pumps')],
    ['a Cognito identity', () => Promise.resolve(COGNITO)],
  ])('2.4.1 are made to %s, and listed under it in their order, page by page', async (_kind, make) => {
    const target = await make();
    await attach(two, target);
    await attach(one, target);
    expect(await pagesOf(target, { pageSize: 1 })).toEqual([[two], [one]]);
    const { policies } = await sandbox.iot.send(new ListAttachedPoliciesCommand({ target }));
    expect(policies?.[0]).toEqual({ policyName: two, policyArn: `${ARN}:policy/${two}` });
  });

  it('2.4.2 are made once: again changes nothing', async () => {
    const target = await aCertificate();
    await attach(one, target);
    await attach(two, target);
    await attach(one, target);
    expect(await attachedTo(target)).toEqual([one, two]);
  });

  it('2.4.3 need a policy and a target that are there', async () => {
    const target = await aCertificate();
    await expect(attach('absent', target)).rejects.toMatchObject(NOT_FOUND);
    for (const nowhere of [`${ARN}:cert/${'0'.repeat(64)}`, `${ARN}:thinggroup/absent`]) {
      await expect(attach(one, nowhere)).rejects.toMatchObject(NOT_FOUND);
      await expect(attachedTo(nowhere)).rejects.toMatchObject(NOT_FOUND);
    }
  });

  it.each([
    `${ARN}:thing/pump`,
    'arn:aws:iot:eu-west-1:123456789012:thinggroup/pumps',
    'us-east-1:pump',
    '__proto__',
  ])('2.4.4 are not made to what can have none: %s', async (target) => {
    await expect(attach(one, target)).rejects.toMatchObject(BAD_REQUEST);
    await expect(detach(one, target)).rejects.toMatchObject(BAD_REQUEST);
    await expect(attachedTo(target)).rejects.toMatchObject(BAD_REQUEST);
  });

  it.each([
    ['ten to a certificate', 10, aCertificate],
    ['ten to a Cognito identity', 10, () => Promise.resolve(COGNITO.replace('us-east-1', 'eu-west-1'))],
    ['two to a thing group', 2, () => aGroup('full')],
  ])('2.4.5 have a limit: %s', async (_what, limit, make) => {
    const target = await make();
    for (const name of NAMES.slice(0, limit)) await attach(name, target);
    await expect(attach(NAMES[limit] ?? '', target)).rejects.toMatchObject(
      anError('LimitExceededException', 410),
    );
    await attach(one, target);
    await detach(one, target);
    await attach(NAMES[limit] ?? '', target);
    expect(await attachedTo(target)).toHaveLength(limit);
  });

  it('2.4.6 end with DetachPolicy, which does not mind if there was none', async () => {
    const target = await aCertificate();
    await attach(one, target);
    await detach(one, target);
    await detach(one, target);
    await detach('absent', target);
    await detach(one, `${ARN}:cert/${'0'.repeat(64)}`);
    expect(await attachedTo(target)).toEqual([]);
  });

  it("2.4.7 of a group's parents are its own, where they are listed recursively", async () => {
    const [root, middle, leaf] = [
      await aGroup('root'),
      await aGroup('middle', 'root'),
      await aGroup('leaf', 'middle'),
    ];
    await attach(one, root);
    await attach(two, leaf);
    await attach(one, leaf);
    expect(await attachedTo(leaf, true)).toEqual([two, one]);
    expect(await attachedTo(middle, true)).toEqual([one]);
    expect(await attachedTo(middle, false)).toEqual([]);
  });

  it("2.4.8 of the groups of a certificate's things are its own, where they are listed recursively", async () => {
    const principal = await aCertificate();
    await attach(three, await aGroup('site'));
    await attach(two, await aGroup('hall', 'site'));
    await attach(one, principal);
    await sandbox.iot.send(new CreateThingCommand({ thingName: 'pump' }));
    await sandbox.iot.send(new AddThingToThingGroupCommand({ thingName: 'pump', thingGroupName: 'hall' }));
    await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName: 'pump', principal }));
    expect(await attachedTo(principal, true)).toEqual([one, two, three]);
    expect(await attachedTo(principal)).toEqual([one]);
  });

  it('2.4.9 are listed from the side of the policy, too, page by page', async () => {
    const policyName = 'shared';
    await sandbox.iot.send(
      new CreatePolicyCommand({ policyName, policyDocument: JSON.stringify(ALLOW_ALL) }),
    );
    const targets = [await aCertificate(), await aGroup('sharing'), COGNITO];
    for (const target of targets) await attach(policyName, target);
    const pages = await allPages(async (marker) => {
      const command = new ListTargetsForPolicyCommand({ policyName, marker, pageSize: 2 });
      const answer = await sandbox.iot.send(command);
      return { items: answer.targets, next: answer.nextMarker };
    });
    expect(pages.map(({ length }) => length)).toEqual([2, 1]);
    expect(pages.flat().toSorted()).toEqual(targets.toSorted());
  });
});
