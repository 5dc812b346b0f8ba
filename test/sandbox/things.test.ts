import {
  AddThingToThingGroupCommand,
  CreateThingCommand,
  type CreateThingCommandInput,
  CreateThingGroupCommand,
  DeleteThingCommand,
  DescribeThingCommand,
  ListThingGroupsForThingCommand,
  ListThingsCommand,
  type ListThingsCommandInput,
  UpdateThingCommand,
  type UpdateThingCommandInput,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';
import { allPages } from './all-pages.ts';
import { BAD_REQUEST, EXISTS, NOT_FOUND, VERSION_CONFLICT } from './an-error.ts';

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

type More<Input> = Omit<Partial<Input>, 'thingName'>;
type Attributes = Record<string, string>;

const create = (thingName: string, attributes: Attributes = {}, more: More<CreateThingCommandInput> = {}) =>
  sandbox.iot.send(new CreateThingCommand({ thingName, attributePayload: { attributes }, ...more }));
const look = (thingName: string) => sandbox.iot.send(new DescribeThingCommand({ thingName }));
const update = (thingName: string, more: More<UpdateThingCommandInput> = {}) =>
  sandbox.iot.send(new UpdateThingCommand({ thingName, ...more }));
const remove = (thingName: string, expectedVersion?: number) =>
  sandbox.iot.send(new DeleteThingCommand({ thingName, expectedVersion }));
const numbered = (count: number): Attributes =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 'x']));

async function names(filter: More<ListThingsCommandInput> = {}): Promise<string[]> {
  const pages = await allPages(async (nextToken) => {
    const answer = await sandbox.iot.send(new ListThingsCommand({ nextToken, maxResults: 2, ...filter }));
    return { items: answer.things, next: answer.nextToken };
  });
  expect(pages.every(({ length }) => length <= 2)).toBe(true);
  return pages.flat().map(({ thingName = '' }) => thingName);
}

describe('2.6 things', () => {
  it('2.6.1 are described as they were created, with their own name as client ID', async () => {
    const created = await create('pump', { hall: 'north' }, { thingTypeName: 'pumps' });
    expect(created).toMatchObject({
      thingName: 'pump',
      thingArn: 'arn:aws:iot:us-east-1:123456789012:thing/pump',
    });
    expect(await look('pump')).toMatchObject({
      thingName: 'pump',
      thingArn: created.thingArn,
      thingId: created.thingId,
      thingTypeName: 'pumps',
      defaultClientId: 'pump',
      attributes: { hall: 'north' },
      version: 1,
    });
  });

  it('2.6.2 are created again without effect if they are the same, and not if they differ', async () => {
    const first = await create('twice', { a: '1', b: '2' });
    const second = await create('twice', { b: '2', a: '1' });
    expect(second.thingId).toBe(first.thingId);
    await expect(create('twice', { a: '1' })).rejects.toMatchObject(EXISTS);
    await expect(create('twice', { a: '1', b: '2' }, { thingTypeName: 'pumps' })).rejects.toMatchObject(
      EXISTS,
    );
    expect(await look('twice')).toMatchObject({ attributes: { a: '1', b: '2' }, version: 1 });
  });

  it.each(['__proto__', 'constructor', 'us-east-1:pump_1', 'x'.repeat(128)])(
    '2.6.3 can be called %s',
    async (name) => {
      await create(name, { constructor: 'x' });
      expect(await look(name)).toMatchObject({ thingName: name, attributes: { constructor: 'x' } });
      expect(await names({ attributeName: 'constructor' })).toContain(name);
      await remove(name);
      await expect(look(name)).rejects.toMatchObject(NOT_FOUND);
    },
  );

  it.each(['a b', 'a/b', 'a#b', 'é', 'x'.repeat(129)])('2.6.4 cannot be called %s', async (name) => {
    await expect(create(name)).rejects.toMatchObject(BAD_REQUEST);
  });

  it('2.6.5 have three attributes, or fifty with a type, of names and values with few characters', async () => {
    await create('plain', numbered(3));
    await create('typed', numbered(50), { thingTypeName: 'pumps' });
    await expect(create('over', numbered(4))).rejects.toMatchObject(BAD_REQUEST);
    await expect(create('over', numbered(51), { thingTypeName: 'pumps' })).rejects.toMatchObject(BAD_REQUEST);
    const added = update('plain', { attributePayload: { attributes: { more: 'x' }, merge: true } });
    await expect(added).rejects.toMatchObject(BAD_REQUEST);
    const untyped = update('typed', { removeThingType: true });
    await expect(untyped).rejects.toMatchObject(BAD_REQUEST);
    for (const odd of [{ 'a b': 'x' }, { a: 'x y' }, { ['x'.repeat(129)]: 'x' }, { a: 'x'.repeat(801) }]) {
      await expect(create('odd', odd)).rejects.toMatchObject(BAD_REQUEST);
    }
  });

  it('2.6.6 have their attributes replaced by an update, or merged on request; an empty one is taken away', async () => {
    await create('updated', { a: '1', b: '2' });
    await update('updated', { attributePayload: { attributes: { b: '3', c: '4' }, merge: true } });
    expect(await look('updated')).toMatchObject({ attributes: { a: '1', b: '3', c: '4' }, version: 2 });
    await update('updated', { attributePayload: { attributes: { a: '', c: '4' }, merge: true } });
    expect((await look('updated')).attributes).toEqual({ b: '3', c: '4' });
    await update('updated', { attributePayload: { attributes: { d: '5' } } });
    expect((await look('updated')).attributes).toEqual({ d: '5' });
    await update('updated');
    expect(await look('updated')).toMatchObject({ attributes: { d: '5' }, version: 5 });
  });

  it('2.6.7 get a type, change it and lose it', async () => {
    await create('retyped');
    await update('retyped', { thingTypeName: 'pumps' });
    await update('retyped', { attributePayload: { attributes: { a: '1' } } });
    expect((await look('retyped')).thingTypeName).toBe('pumps');
    await update('retyped', { removeThingType: true });
    expect((await look('retyped')).thingTypeName).toBeUndefined();
    const both = update('retyped', { thingTypeName: 'pumps', removeThingType: true });
    await expect(both).rejects.toMatchObject(BAD_REQUEST);
  });

  it('2.6.8 are not updated or deleted in another version than the expected one', async () => {
    await create('watched');
    await expect(update('watched', { expectedVersion: 2 })).rejects.toMatchObject(VERSION_CONFLICT);
    await update('watched', { expectedVersion: 1 });
    await expect(remove('watched', 1)).rejects.toMatchObject(VERSION_CONFLICT);
    await remove('watched', 2);
  });

  it('2.6.9 that are not there are not found, and count as deleted', async () => {
    await expect(look('absent')).rejects.toMatchObject(NOT_FOUND);
    await expect(update('absent')).rejects.toMatchObject(NOT_FOUND);
    await remove('absent');
    await expect(create('billed', {}, { billingGroupName: 'absent' })).rejects.toMatchObject(NOT_FOUND);
  });

  it('2.6.10 are out of their groups when they are deleted, and no group of their name is', async () => {
    for (const thingName of ['namesake', 'member']) await create(thingName);
    for (const thingGroupName of ['namesake', 'others']) {
      await sandbox.iot.send(new CreateThingGroupCommand({ thingGroupName }));
    }
    const join = (thingName: string, thingGroupName: string) =>
      sandbox.iot.send(new AddThingToThingGroupCommand({ thingName, thingGroupName }));
    await join('namesake', 'others');
    await join('member', 'namesake');
    await remove('namesake');
    await create('namesake');
    const groupsOf = async (thingName: string) => {
      const { thingGroups = [] } = await sandbox.iot.send(new ListThingGroupsForThingCommand({ thingName }));
      return thingGroups.map(({ groupName }) => groupName);
    };
    expect(await groupsOf('namesake')).toEqual([]);
    expect(await groupsOf('member')).toEqual(['namesake']);
  });

  it('2.6.11 are listed page by page, and by type, attribute, value and how a value begins', async () => {
    await create('listed-1', { color: 'red' }, { thingTypeName: 'lamps' });
    await create('listed-2', { color: 'reddish' }, { thingTypeName: 'lamps' });
    await create('listed-3', { color: 'blue' });
    expect((await names()).slice(-3)).toEqual(['listed-1', 'listed-2', 'listed-3']);
    expect(await names({ thingTypeName: 'lamps' })).toEqual(['listed-1', 'listed-2']);
    expect(await names({ attributeName: 'color' })).toEqual(['listed-1', 'listed-2', 'listed-3']);
    const red = { attributeName: 'color', attributeValue: 'red' };
    expect(await names(red)).toEqual(['listed-1']);
    expect(await names({ ...red, usePrefixAttributeValue: true })).toEqual(['listed-1', 'listed-2']);
    expect(await names({ ...red, thingTypeName: 'pumps' })).toEqual([]);
    await expect(names({ attributeValue: 'red' })).rejects.toMatchObject(BAD_REQUEST);
    const { things } = await sandbox.iot.send(new ListThingsCommand(red));
    expect(things).toEqual([
      {
        thingName: 'listed-1',
        thingArn: 'arn:aws:iot:us-east-1:123456789012:thing/listed-1',
        thingTypeName: 'lamps',
        attributes: { color: 'red' },
        version: 1,
      },
    ]);
  });
});
