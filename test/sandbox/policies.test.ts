import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListTargetsForPolicyCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anIdentity } from './a-device.ts';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';
import { allPages } from './all-pages.ts';
import { anError, BAD_REQUEST, DELETE_CONFLICT, EXISTS, NOT_FOUND } from './an-error.ts';

let sandbox: TestSandbox;
const MALFORMED = anError('MalformedPolicyException', 400);
const textOf = (Effect: string, Resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action: 'iot:*', Resource }] });
const [ALLOW, DENY] = [textOf('Allow'), textOf('Deny')];

beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const create = (policyName: string, policyDocument = ALLOW) =>
  sandbox.iot.send(new CreatePolicyCommand({ policyName, policyDocument }));
const get = (policyName: string) => sandbox.iot.send(new GetPolicyCommand({ policyName }));
const remove = (policyName: string) => sandbox.iot.send(new DeletePolicyCommand({ policyName }));
const createVersion = (policyName: string, policyDocument = ALLOW, setAsDefault?: boolean) =>
  sandbox.iot.send(new CreatePolicyVersionCommand({ policyName, policyDocument, setAsDefault }));
const getVersion = (policyName: string, policyVersionId: string) =>
  sandbox.iot.send(new GetPolicyVersionCommand({ policyName, policyVersionId }));
const setDefault = (policyName: string, policyVersionId: string) =>
  sandbox.iot.send(new SetDefaultPolicyVersionCommand({ policyName, policyVersionId }));
const removeVersion = (policyName: string, policyVersionId: string) =>
  sandbox.iot.send(new DeletePolicyVersionCommand({ policyName, policyVersionId }));
const versionsOf = async (policyName: string) => {
  const { policyVersions = [] } = await sandbox.iot.send(new ListPolicyVersionsCommand({ policyName }));
  return policyVersions.map(
    ({ versionId, isDefaultVersion }) => `${versionId}${isDefaultVersion ? ' default' : ''}`,
  );
};

describe('2.3 policies', () => {
  it('2.3.1 are created as their version 1, and read back as they were written', async () => {
    const text = `${ALLOW}\n`;
    const policyArn = 'arn:aws:iot:us-east-1:123456789012:policy/first';
    expect(await create('first', text)).toMatchObject({
      policyName: 'first',
      policyArn,
      policyDocument: text,
      policyVersionId: '1',
    });
    const policy = await get('first');
    expect(policy).toMatchObject({
      policyName: 'first',
      policyArn,
      policyDocument: text,
      defaultVersionId: '1',
    });
    expect(policy.lastModifiedDate).toEqual(policy.creationDate);
    expect(Math.abs(Date.now() - (policy.creationDate?.getTime() ?? 0))).toBeLessThan(60_000);
  });

  it('2.3.2 have names that are taken once', async () => {
    await create('taken');
    await expect(create('taken', DENY)).rejects.toMatchObject(EXISTS);
    expect((await get('taken')).policyDocument).toBe(ALLOW);
  });

  it.each([
    ['no JSON', '{'],
    ['no statement', '{}'],
    ['an unknown effect', textOf('Perhaps')],
    [
      'a condition operator that is not evaluated',
      ALLOW.replace('}]}', ',"Condition":{"Sounds":{"a":"b"}}}]}'),
    ],
  ])(
    '2.3.3 are refused in the words of the engine where it could not evaluate them: %s',
    async (what, text) => {
      const name = what.replaceAll(' ', '-');
      await expect(create(name, text)).rejects.toMatchObject(MALFORMED);
      await expect(create(name, text)).rejects.toThrow(/JSON|Statement|Effect|Sounds/u);
      await expect(get(name)).rejects.toMatchObject(NOT_FOUND);
      await create(name);
      await expect(createVersion(name, text)).rejects.toMatchObject(MALFORMED);
      expect(await versionsOf(name)).toEqual(['1 default']);
    },
  );

  it('2.3.4 have at most 2048 characters, without white space', async () => {
    const fitting = textOf('Allow', 'x'.repeat(2048 - textOf('Allow', '').length));
    await create('just', `${' '.repeat(1000)}${fitting}\n`);
    await expect(create('over', fitting.replace('x', 'xx'))).rejects.toMatchObject(MALFORMED);
  });

  it.each(['a+b=c,d.e@f-g_h', '__proto__', 'constructor', 'version', 'x'.repeat(128)])(
    '2.3.5 can be called %s',
    async (name) => {
      await create(name);
      await createVersion(name, DENY, true);
      expect(await get(name)).toMatchObject({ policyName: name, policyDocument: DENY });
      await removeVersion(name, '1');
      await remove(name);
      await expect(get(name)).rejects.toMatchObject(NOT_FOUND);
    },
  );

  it.each(['a b', 'a/b', 'a%2Fb', 'é', 'x'.repeat(129)])('2.3.6 cannot be called %s', async (name) => {
    await expect(create(name)).rejects.toMatchObject(BAD_REQUEST);
  });

  it('2.3.7 that are not there are not found, whatever is to be done with them', async () => {
    const absent = 'absent';
    const attempts = [
      get(absent),
      remove(absent),
      createVersion(absent),
      getVersion(absent, '1'),
      setDefault(absent, '1'),
      removeVersion(absent, '1'),
      versionsOf(absent),
      sandbox.iot.send(new ListTargetsForPolicyCommand({ policyName: absent })),
    ];
    const outcomes = await Promise.allSettled(attempts);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: NOT_FOUND });
  });

  it('2.3.8 are in force in their default version, which a new one becomes only on request', async () => {
    await create('changing');
    expect(await createVersion('changing', DENY)).toMatchObject({
      policyVersionId: '2',
      policyDocument: DENY,
      isDefaultVersion: false,
    });
    expect(await get('changing')).toMatchObject({ defaultVersionId: '1', policyDocument: ALLOW });
    expect(await createVersion('changing', DENY, true)).toMatchObject({ isDefaultVersion: true });
    expect(await get('changing')).toMatchObject({ defaultVersionId: '3', policyDocument: DENY });
    expect(await versionsOf('changing')).toEqual(['3 default', '2', '1']);
  });

  it('2.3.9 go back to an older version', async () => {
    await create('back');
    await createVersion('back', DENY, true);
    await setDefault('back', '1');
    expect(await get('back')).toMatchObject({ defaultVersionId: '1', policyDocument: ALLOW });
    expect(await getVersion('back', '2')).toMatchObject({
      policyName: 'back',
      policyArn: 'arn:aws:iot:us-east-1:123456789012:policy/back',
      policyVersionId: '2',
      policyDocument: DENY,
      isDefaultVersion: false,
      creationDate: expect.any(Date),
    });
  });

  it('2.3.10 have at most five versions, and give no number twice', async () => {
    await create('long');
    for (let more = 0; more < 4; more += 1) await createVersion('long');
    await expect(createVersion('long')).rejects.toMatchObject(anError('VersionsLimitExceededException', 409));
    await removeVersion('long', '5');
    expect((await createVersion('long')).policyVersionId).toBe('6');
    expect(await versionsOf('long')).toEqual(['6', '4', '3', '2', '1 default']);
  });

  it('2.3.11 keep their default version', async () => {
    await create('kept');
    await expect(removeVersion('kept', '1')).rejects.toMatchObject(BAD_REQUEST);
    expect(await versionsOf('kept')).toEqual(['1 default']);
  });

  it('2.3.12 have no versions but their own', async () => {
    await create('single');
    await expect(getVersion('single', '2')).rejects.toMatchObject(NOT_FOUND);
    await expect(setDefault('single', '2')).rejects.toMatchObject(NOT_FOUND);
    await expect(removeVersion('single', '2')).rejects.toMatchObject(NOT_FOUND);
    await expect(getVersion('single', 'latest')).rejects.toMatchObject(BAD_REQUEST);
  });

  it('2.3.13 are not deleted while they have other versions', async () => {
    await create('versioned');
    await createVersion('versioned');
    await expect(remove('versioned')).rejects.toMatchObject(DELETE_CONFLICT);
    await removeVersion('versioned', '2');
    await remove('versioned');
    await create('versioned', DENY);
  });

  it('2.3.14 are not deleted while they are attached', async () => {
    const { arn: target } = await anIdentity(sandbox, { policy: null });
    await create('attached');
    await sandbox.iot.send(new AttachPolicyCommand({ policyName: 'attached', target }));
    await expect(remove('attached')).rejects.toMatchObject(DELETE_CONFLICT);
    await sandbox.iot.send(new DetachPolicyCommand({ policyName: 'attached', target }));
    await remove('attached');
  });

  it('2.3.15 are not deleted before their detaching has got around, however briefly they were attached', async () => {
    const { arn: target } = await anIdentity(sandbox, { policy: null });
    const policyName = 'lingering';
    await create(policyName);
    sandbox.faults.add({ fault: 'detach-delay', ms: 60_000 });
    await sandbox.iot.send(new AttachPolicyCommand({ policyName, target }));
    await sandbox.iot.send(new DetachPolicyCommand({ policyName, target }));
    await expect(remove(policyName)).rejects.toMatchObject(DELETE_CONFLICT);
    sandbox.faults.add({ fault: 'clock-offset', ms: 61_000 });
    await remove(policyName);
    sandbox.faults.clear();
  });

  it('2.3.16 are listed newest first, oldest first on request, page by page', async () => {
    await create('last-but-one');
    await create('last');
    const list = async (ascendingOrder?: boolean) => {
      const pages = await allPages(async (marker) => {
        const command = new ListPoliciesCommand({ pageSize: 3, marker, ascendingOrder });
        const { policies, nextMarker } = await sandbox.iot.send(command);
        return { items: policies, next: nextMarker };
      });
      expect(pages.every(({ length }) => length <= 3)).toBe(true);
      return pages.flat();
    };
    const newestFirst = await list();
    expect(newestFirst.slice(0, 2)).toEqual([
      { policyName: 'last', policyArn: 'arn:aws:iot:us-east-1:123456789012:policy/last' },
      { policyName: 'last-but-one', policyArn: 'arn:aws:iot:us-east-1:123456789012:policy/last-but-one' },
    ]);
    expect(await list(true)).toEqual(newestFirst.toReversed());
  });
});
