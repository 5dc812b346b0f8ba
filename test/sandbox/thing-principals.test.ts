import {
  AttachThingPrincipalCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  DeleteThingCommand,
  DetachThingPrincipalCommand,
  ListPrincipalThingsCommand,
  ListPrincipalThingsV2Command,
  ListThingPrincipalsCommand,
  ListThingPrincipalsV2Command,
  type ThingPrincipalType,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anIdentity } from './a-device.ts';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';
import { allPages } from './all-pages.ts';
import { BAD_REQUEST, NOT_FOUND } from './an-error.ts';

let sandbox: TestSandbox;
const NOBODY = `arn:aws:iot:us-east-1:123456789012:cert/${'0'.repeat(64)}`;
const COGNITO = 'us-east-1:01234567-89ab-cdef-0123-456789abcdef';
const [EXCLUSIVE, SHARED] = ['EXCLUSIVE_THING', 'NON_EXCLUSIVE_THING'] as const;

beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const aPrincipal = async () => (await anIdentity(sandbox, { policy: null })).arn;
let made = 0;
const aThing = async (thingName = `thing-${(made += 1)}`) => {
  await sandbox.iot.send(new CreateThingCommand({ thingName }));
  return thingName;
};
const attach = (thingName: string, principal: string, thingPrincipalType?: ThingPrincipalType) =>
  sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal, thingPrincipalType }));
const detach = (thingName: string, principal: string) =>
  sandbox.iot.send(new DetachThingPrincipalCommand({ thingName, principal }));
const thingsOf = async (principal: string) =>
  (await sandbox.iot.send(new ListPrincipalThingsCommand({ principal }))).things;
const typedThingsOf = async (principal: string, thingPrincipalType?: ThingPrincipalType) => {
  const command = new ListPrincipalThingsV2Command({ principal, thingPrincipalType });
  return (await sandbox.iot.send(command)).principalThingObjects;
};
const principalsOf = async (thingName: string) =>
  (await sandbox.iot.send(new ListThingPrincipalsCommand({ thingName }))).principals;
const typedPrincipalsOf = async (thingName: string, thingPrincipalType?: ThingPrincipalType) => {
  const command = new ListThingPrincipalsV2Command({ thingName, thingPrincipalType });
  return (await sandbox.iot.send(command)).thingPrincipalObjects;
};

describe('2.6 things and principals', () => {
  it('2.6.12 are attached many to many, once each', async () => {
    const [one, two] = [await aPrincipal(), COGNITO];
    const [first, second] = [await aThing(), await aThing()];
    await attach(first, one);
    await attach(second, one);
    await attach(second, two);
    await attach(second, two, SHARED);
    expect(await thingsOf(one)).toEqual([first, second]);
    expect(await thingsOf(two)).toEqual([second]);
    expect(await principalsOf(first)).toEqual([one]);
    expect((await principalsOf(second))?.toSorted()).toEqual([one, two].toSorted());
  });

  it('2.6.13 are listed page by page, from either side and in either version', async () => {
    const principal = await aPrincipal();
    const things = [await aThing(), await aThing(), await aThing()];
    for (const thing of things) await attach(thing, principal);
    const [thingName = ''] = things;
    await attach(thingName, await aPrincipal());
    const sizes = async (
      read: (
        nextToken: string | undefined,
      ) => Promise<{ items: unknown[] | undefined; next: string | undefined }>,
    ) => (await allPages(read)).map(({ length }) => length);
    const bySize = { principal, maxResults: 2 };
    const byOne = { thingName, maxResults: 1 };
    const { iot } = sandbox;
    const listings = [
      sizes(async (nextToken) => {
        const page = await iot.send(new ListPrincipalThingsCommand({ ...bySize, nextToken }));
        return { items: page.things, next: page.nextToken };
      }),
      sizes(async (nextToken) => {
        const page = await iot.send(new ListPrincipalThingsV2Command({ ...bySize, nextToken }));
        return { items: page.principalThingObjects, next: page.nextToken };
      }),
      sizes(async (nextToken) => {
        const page = await iot.send(new ListThingPrincipalsCommand({ ...byOne, nextToken }));
        return { items: page.principals, next: page.nextToken };
      }),
      sizes(async (nextToken) => {
        const page = await iot.send(new ListThingPrincipalsV2Command({ ...byOne, nextToken }));
        return { items: page.thingPrincipalObjects, next: page.nextToken };
      }),
    ];
    expect(await Promise.all(listings)).toEqual([
      [2, 1],
      [2, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it('2.6.14 have to be there', async () => {
    const [thing, principal] = [await aThing(), await aPrincipal()];
    await expect(attach('absent', principal)).rejects.toMatchObject(NOT_FOUND);
    await expect(attach(thing, NOBODY)).rejects.toMatchObject(NOT_FOUND);
    await expect(detach('absent', principal)).rejects.toMatchObject(NOT_FOUND);
    await expect(detach(thing, NOBODY)).rejects.toMatchObject(NOT_FOUND);
    await expect(thingsOf(NOBODY)).rejects.toMatchObject(NOT_FOUND);
    await expect(typedThingsOf(NOBODY)).rejects.toMatchObject(NOT_FOUND);
    await expect(principalsOf('absent')).rejects.toMatchObject(NOT_FOUND);
    await expect(typedPrincipalsOf('absent')).rejects.toMatchObject(NOT_FOUND);
  });

  it('2.6.15 are certificates and Cognito identities on the side of the principals', async () => {
    const thing = await aThing();
    const created = await sandbox.iot.send(new CreateThingGroupCommand({ thingGroupName: 'no-principal' }));
    for (const principal of [
      created.thingGroupArn ?? '',
      'pump',
      'arn:aws:iam::123456789012:user/somebody',
    ]) {
      await expect(attach(thing, principal)).rejects.toMatchObject(BAD_REQUEST);
      await expect(detach(thing, principal)).rejects.toMatchObject(BAD_REQUEST);
      await expect(thingsOf(principal)).rejects.toMatchObject(BAD_REQUEST);
    }
  });

  it('2.6.16 are attached exclusively where the certificate has no other thing, and gets none', async () => {
    const principal = await aPrincipal();
    const [thing, other] = [await aThing(), await aThing()];
    await attach(other, principal);
    await expect(attach(thing, principal, EXCLUSIVE)).rejects.toMatchObject(BAD_REQUEST);
    await expect(attach(other, principal, EXCLUSIVE)).rejects.toMatchObject(BAD_REQUEST);
    await detach(other, principal);
    await attach(thing, principal, EXCLUSIVE);
    await attach(thing, principal, EXCLUSIVE);
    for (const type of [undefined, SHARED, EXCLUSIVE]) {
      await expect(attach(other, principal, type)).rejects.toMatchObject(BAD_REQUEST);
    }
    await expect(attach(thing, principal)).rejects.toMatchObject(BAD_REQUEST);
    await detach(thing, principal);
    await attach(other, principal);
    expect(await typedThingsOf(principal)).toEqual([{ thingName: other, thingPrincipalType: SHARED }]);
  });

  it('2.6.17 are not attached exclusively to a Cognito identity', async () => {
    const identity = COGNITO.replace('us-east-1', 'eu-west-1');
    await expect(attach(await aThing(), identity, EXCLUSIVE)).rejects.toMatchObject(BAD_REQUEST);
  });

  it('2.6.18 are told apart by type in the second version of the lists, and filtered by it', async () => {
    const [exclusive, shared] = [await aPrincipal(), await aPrincipal()];
    const thing = await aThing();
    await attach(thing, exclusive, EXCLUSIVE);
    await attach(thing, shared);
    const [first, second] = [
      { principal: exclusive, thingPrincipalType: EXCLUSIVE },
      { principal: shared, thingPrincipalType: SHARED },
    ];
    expect(await typedPrincipalsOf(thing)).toEqual([first, second]);
    expect(await typedPrincipalsOf(thing, EXCLUSIVE)).toEqual([first]);
    expect(await typedPrincipalsOf(thing, SHARED)).toEqual([second]);
    expect(await typedThingsOf(exclusive, EXCLUSIVE)).toEqual([
      { thingName: thing, thingPrincipalType: EXCLUSIVE },
    ]);
    expect(await typedThingsOf(exclusive, SHARED)).toEqual([]);
  });

  it('2.6.19 are detached at once, and as often as one likes; until then the thing is not deleted', async () => {
    const [thingName, principal] = [await aThing(), await aPrincipal()];
    await attach(thingName, principal);
    const deletion = sandbox.iot.send(new DeleteThingCommand({ thingName }));
    await expect(deletion).rejects.toMatchObject(BAD_REQUEST);
    await expect(deletion).rejects.toThrow(`Cannot delete. Thing ${thingName} is still attached`);
    await detach(thingName, principal);
    await detach(thingName, principal);
    expect(await thingsOf(principal)).toEqual([]);
    await sandbox.iot.send(new DeleteThingCommand({ thingName }));
  });

  it('2.6.20 that a Cognito identity is called like is another thing', async () => {
    const [thing, namesake] = [await aThing(), await aThing(COGNITO)];
    await attach(thing, COGNITO);
    await sandbox.iot.send(new DeleteThingCommand({ thingName: namesake }));
    expect(await thingsOf(COGNITO)).toContain(thing);
  });
});
