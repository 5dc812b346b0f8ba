import {
  AddThingToThingGroupCommand,
  type AddThingToThingGroupCommandInput,
  AttachPolicyCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  type CreateThingGroupCommandInput,
  DeletePolicyCommand,
  DeleteThingGroupCommand,
  DescribeThingGroupCommand,
  ListAttachedPoliciesCommand,
  ListThingGroupsCommand,
  ListThingGroupsForThingCommand,
  type ListThingGroupsCommandInput,
  ListThingsInThingGroupCommand,
  RemoveThingFromThingGroupCommand,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ALLOW_ALL } from './a-device.ts';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';
import { allPages } from './all-pages.ts';
import { BAD_REQUEST, EXISTS, NOT_FOUND, VERSION_CONFLICT } from './an-error.ts';

let sandbox: TestSandbox;
const ARN = 'arn:aws:iot:us-east-1:123456789012';

beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

type Properties = CreateThingGroupCommandInput['thingGroupProperties'];

const create = (thingGroupName: string, parentGroupName?: string, thingGroupProperties?: Properties) =>
  sandbox.iot.send(new CreateThingGroupCommand({ thingGroupName, parentGroupName, thingGroupProperties }));
const look = (thingGroupName: string) => sandbox.iot.send(new DescribeThingGroupCommand({ thingGroupName }));
const remove = (thingGroupName: string, expectedVersion?: number) =>
  sandbox.iot.send(new DeleteThingGroupCommand({ thingGroupName, expectedVersion }));
const add = (input: AddThingToThingGroupCommandInput) =>
  sandbox.iot.send(new AddThingToThingGroupCommand(input));
const join = (thingName: string, thingGroupName: string) => add({ thingName, thingGroupName });
const leave = (thingName: string, thingGroupName: string) =>
  sandbox.iot.send(new RemoveThingFromThingGroupCommand({ thingName, thingGroupName }));
const aThing = async (thingName: string) => {
  await sandbox.iot.send(new CreateThingCommand({ thingName }));
  return thingName;
};

/** Groups one below the other, the first at the top. */
async function aHierarchy(...names: string[]): Promise<void> {
  for (const [index, name] of names.entries()) await create(name, index === 0 ? undefined : names[index - 1]);
}

async function list(filter: ListThingGroupsCommandInput = {}): Promise<(string | undefined)[]> {
  const pages = await allPages(async (nextToken) => {
    const answer = await sandbox.iot.send(
      new ListThingGroupsCommand({ nextToken, maxResults: 2, ...filter }),
    );
    return { items: answer.thingGroups, next: answer.nextToken };
  });
  expect(pages.every(({ length }) => length <= 2)).toBe(true);
  return pages.flat().map(({ groupName }) => groupName);
}

async function groupsOf(thingName: string): Promise<(string | undefined)[]> {
  const pages = await allPages(async (nextToken) => {
    const command = new ListThingGroupsForThingCommand({ thingName, nextToken, maxResults: 2 });
    const answer = await sandbox.iot.send(command);
    return { items: answer.thingGroups, next: answer.nextToken };
  });
  return pages.flat().map(({ groupName }) => groupName);
}

async function thingsIn(thingGroupName: string, recursive?: boolean): Promise<string[]> {
  const pages = await allPages(async (nextToken) => {
    const command = new ListThingsInThingGroupCommand({
      thingGroupName,
      recursive,
      nextToken,
      maxResults: 2,
    });
    const answer = await sandbox.iot.send(command);
    return { items: answer.things, next: answer.nextToken };
  });
  return pages.flat();
}

describe('2.7 thing groups', () => {
  it('2.7.1 are described as they were created, with all that they are in', async () => {
    await aHierarchy('site', 'hall');
    const properties = { thingGroupDescription: 'Row 3', attributePayload: { attributes: { row: '3' } } };
    const created = await create('row', 'hall', properties);
    expect(created).toMatchObject({ thingGroupName: 'row', thingGroupArn: `${ARN}:thinggroup/row` });
    const described = await look('row');
    expect(described).toMatchObject({
      thingGroupName: 'row',
      thingGroupArn: created.thingGroupArn,
      thingGroupId: created.thingGroupId,
      version: 1,
      thingGroupProperties: properties,
      thingGroupMetadata: {
        parentGroupName: 'hall',
        rootToParentThingGroups: [
          { groupName: 'site', groupArn: `${ARN}:thinggroup/site` },
          { groupName: 'hall', groupArn: `${ARN}:thinggroup/hall` },
        ],
      },
    });
    const created_ = described.thingGroupMetadata?.creationDate?.getTime() ?? 0;
    expect(Math.abs(Date.now() - created_)).toBeLessThan(60_000);
  });

  it('2.7.2 are created again without effect if they are the same, and not if they differ', async () => {
    await create('parent');
    const properties = { thingGroupDescription: 'same' };
    const first = await create('twice', 'parent', properties);
    expect(await create('twice', 'parent', properties)).toMatchObject({ thingGroupId: first.thingGroupId });
    await expect(create('twice', undefined, properties)).rejects.toMatchObject(EXISTS);
    await expect(create('twice', 'parent')).rejects.toMatchObject(EXISTS);
    const attributes = { attributePayload: { attributes: { a: '1' } } };
    await expect(create('twice', 'parent', { ...properties, ...attributes })).rejects.toMatchObject(EXISTS);
  });

  it.each(['__proto__', 'constructor', 'addThingToThingGroup', 'a:b_c-d'])(
    '2.7.3 can be called %s',
    async (name) => {
      await create(name);
      await join(await aThing(name), name);
      expect(await thingsIn(name)).toEqual([name]);
      await remove(name);
      await expect(look(name)).rejects.toMatchObject(NOT_FOUND);
      expect(await groupsOf(name)).toEqual([]);
    },
  );

  it('2.7.4 are up to seven deep, in parents that are there', async () => {
    await aHierarchy('d1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7');
    await expect(create('d8', 'd7')).rejects.toMatchObject(BAD_REQUEST);
    await expect(create('orphan', 'absent')).rejects.toMatchObject(BAD_REQUEST);
    await expect(create('a b')).rejects.toMatchObject(BAD_REQUEST);
  });

  it('2.7.5 are deleted from the bottom up, and count as deleted when they are not there', async () => {
    await aHierarchy('top', 'bottom');
    await expect(remove('top')).rejects.toMatchObject(BAD_REQUEST);
    await expect(remove('top')).rejects.toThrow(
      'Cannot delete thing group : top when there are still child groups',
    );
    await remove('bottom');
    await remove('top');
    await remove('top');
    await expect(look('top')).rejects.toMatchObject(NOT_FOUND);
  });

  it('2.7.6 are not deleted in another version than the expected one', async () => {
    await create('versioned');
    await expect(remove('versioned', 2)).rejects.toMatchObject(VERSION_CONFLICT);
    await remove('versioned', 1);
  });

  it('2.7.7 go with their things in them and their policies attached', async () => {
    const policyName = 'of-the-going';
    const target = (await create('going')).thingGroupArn;
    await join(await aThing('left-behind'), 'going');
    await sandbox.iot.send(
      new CreatePolicyCommand({ policyName, policyDocument: JSON.stringify(ALLOW_ALL) }),
    );
    await sandbox.iot.send(new AttachPolicyCommand({ policyName, target }));
    await remove('going');
    expect(await groupsOf('left-behind')).toEqual([]);
    await create('going');
    expect(await thingsIn('going')).toEqual([]);
    expect((await sandbox.iot.send(new ListAttachedPoliciesCommand({ target }))).policies).toEqual([]);
    await sandbox.iot.send(new DeletePolicyCommand({ policyName }));
  });

  it('2.7.8 are listed page by page, below a parent, all the way down, and by how a name begins', async () => {
    await aHierarchy('list-1', 'list-2', 'list-3');
    await create('list-4', 'list-1');
    const all = await list();
    expect(all.slice(-4)).toEqual(['list-1', 'list-2', 'list-3', 'list-4']);
    expect(await list({ parentGroup: 'list-1' })).toEqual(['list-2', 'list-4']);
    expect(await list({ parentGroup: 'list-1', recursive: true })).toEqual(['list-2', 'list-3', 'list-4']);
    expect(await list({ namePrefixFilter: 'list-' })).toHaveLength(4);
    await expect(list({ parentGroup: 'absent' })).rejects.toMatchObject(NOT_FOUND);
    const { thingGroups } = await sandbox.iot.send(
      new ListThingGroupsCommand({ namePrefixFilter: 'list-3' }),
    );
    expect(thingGroups).toEqual([{ groupName: 'list-3', groupArn: `${ARN}:thinggroup/list-3` }]);
  });

  it('2.7.9 take things in by name or ARN, once, and let them go', async () => {
    await create('joined');
    const thing = await aThing('joining');
    await add({ thingArn: `${ARN}:thing/joining`, thingGroupArn: `${ARN}:thinggroup/joined` });
    await add({ thingName: thing, thingArn: `${ARN}:thing/joining`, thingGroupName: 'joined' });
    expect(await thingsIn('joined')).toEqual([thing]);
    await leave(thing, 'joined');
    await leave(thing, 'joined');
    expect(await thingsIn('joined')).toEqual([]);
  });

  it.each([
    ['no thing', { thingGroupName: 'g' }],
    ['no group', { thingName: 't' }],
    ['two things', { thingName: 't', thingArn: `${ARN}:thing/u`, thingGroupName: 'g' }],
    ['the ARN of something else', { thingArn: `${ARN}:cert/t`, thingGroupName: 'g' }],
  ])('2.7.10 take nothing in that is not named: %s', async (_what, input) => {
    await expect(add(input)).rejects.toMatchObject(BAD_REQUEST);
  });

  it('2.7.11 and things have to be there', async () => {
    await create('empty');
    const thing = await aThing('homeless');
    await expect(join(thing, 'absent')).rejects.toMatchObject(NOT_FOUND);
    await expect(join('absent', 'empty')).rejects.toMatchObject(NOT_FOUND);
    await expect(leave(thing, 'absent')).rejects.toMatchObject(NOT_FOUND);
    await expect(leave('absent', 'empty')).rejects.toMatchObject(NOT_FOUND);
    await expect(look('absent')).rejects.toMatchObject(NOT_FOUND);
    await expect(thingsIn('absent')).rejects.toMatchObject(NOT_FOUND);
    await expect(groupsOf('absent')).rejects.toMatchObject(NOT_FOUND);
  });

  it('2.7.12 of one hierarchy share no thing', async () => {
    await aHierarchy('tree', 'branch', 'leaf');
    await create('twig', 'tree');
    const thing = await aThing('bird');
    await join(thing, 'branch');
    for (const relative of ['tree', 'leaf', 'twig']) {
      await expect(join(thing, relative)).rejects.toMatchObject(BAD_REQUEST);
    }
    await leave(thing, 'branch');
    await join(thing, 'leaf');
    expect(await groupsOf(thing)).toEqual(['leaf']);
  });

  it('2.7.13 that a thing is in are ten', async () => {
    const thing = await aThing('popular');
    for (let index = 0; index <= 10; index += 1) await create(`club-${index}`);
    for (let index = 0; index < 10; index += 1) await join(thing, `club-${index}`);
    await expect(join(thing, 'club-10')).rejects.toMatchObject(BAD_REQUEST);
    await join(thing, 'club-0');
    expect(await groupsOf(thing)).toHaveLength(10);
  });

  it('2.7.14 have the things of their child groups, where they are listed recursively, page by page', async () => {
    await aHierarchy('plant', 'floor');
    for (const name of ['m1', 'm2', 'm3']) await join(await aThing(name), name === 'm1' ? 'plant' : 'floor');
    expect(await thingsIn('plant', true)).toEqual(['m1', 'm2', 'm3']);
    expect(await thingsIn('plant')).toEqual(['m1']);
  });
});
