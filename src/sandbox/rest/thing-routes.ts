import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { thingArn } from '../identity/account.ts';
import { type Thing, thingName } from '../registry/registry.ts';
import { answer, notFound, refusal, type Answer } from './answer.ts';
import { attributePayload, attributesAfter, tooMany } from './attributes.ts';
import { route, type RestContext, type Route } from './route.ts';

const path = z.object({ thingName });
const naming = z.object({ path });
const thingTypeName = thingName.optional();
const version = z.coerce.number().int().optional();
const creating = z.object({
  path,
  body: z.object({
    thingTypeName,
    attributePayload: attributePayload.optional(),
    billingGroupName: z.string().optional(),
  }),
});
const updating = z.object({
  path,
  body: z
    .object({
      thingTypeName,
      attributePayload: attributePayload.optional(),
      expectedVersion: version,
      removeThingType: z.boolean().default(false),
    })
    .refine((body) => !(body.removeThingType && body.thingTypeName !== undefined), {
      error: 'a thing type cannot be set and removed at once',
    }),
});
const deleting = z.object({ path, query: z.object({ expectedVersion: version }) });
const resources = (input: z.output<typeof naming>) => [thingArn(input.path.thingName)];

/** The operations on things; for ListThings see thing-list.ts (SDK). Of thing types the sandbox knows the names only. */
export const thingRoutes: readonly Route[] = [
  route('CreateThing', 'POST /things/{thingName}', { input: creating, resources, handle: createThing }),
  route('DescribeThing', 'GET /things/{thingName}', { input: naming, resources, handle: describeThing }),
  route('UpdateThing', 'PATCH /things/{thingName}', { input: updating, resources, handle: updateThing }),
  route('DeleteThing', 'DELETE /things/{thingName}', { input: deleting, resources, handle: deleteThing }),
];

/** Creating the same thing again succeeds and changes nothing (SDK). */
function createThing({ path, body }: z.output<typeof creating>, { registry }: RestContext): Answer {
  const { thingName: name } = path;
  if (body.billingGroupName !== undefined) return notFound(`billing group ${body.billingGroupName}`);
  const attributes = attributesAfter(new Map(), body.attributePayload);
  const wanted = { name, arn: thingArn(name), typeName: body.thingTypeName, attributes };
  const problem = tooMany(wanted);
  if (problem !== undefined) return refusal('InvalidRequestException', problem);
  const existing = registry.things.get(name);
  if (existing !== undefined && !isAlike(existing, wanted)) {
    const message = `Thing ${name} already exists in account with different attributes`;
    return refusal('ResourceAlreadyExistsException', message);
  }
  const thing = existing ?? { ...wanted, id: randomUUID(), version: 1 };
  registry.things.set(name, thing);
  return answer({ thingName: name, thingArn: thing.arn, thingId: thing.id });
}

type Configured = Pick<Thing, 'typeName' | 'attributes'>;

function isAlike(one: Configured, other: Configured): boolean {
  return one.typeName === other.typeName && isDeepStrictEqual(one.attributes, other.attributes);
}

function describeThing({ path }: z.output<typeof naming>, { registry }: RestContext): Answer {
  const thing = registry.things.get(path.thingName);
  if (thing === undefined) return notFound(`thing ${path.thingName}`);
  return answer({ defaultClientId: thing.name, thingId: thing.id, ...listed(thing) });
}

/** A thing as ListThings has it. */
export function listed({ name, arn, typeName, attributes, version: number }: Thing): object {
  return {
    thingName: name,
    thingArn: arn,
    thingTypeName: typeName,
    attributes: Object.fromEntries(attributes),
    version: number,
  };
}

function updateThing({ path, body }: z.output<typeof updating>, { registry }: RestContext): Answer {
  const thing = registry.things.get(path.thingName);
  if (thing === undefined) return notFound(`thing ${path.thingName}`);
  if (isOutdated(thing, body.expectedVersion)) return versionConflict(thing);
  const updated = {
    ...thing,
    typeName: body.removeThingType ? undefined : (body.thingTypeName ?? thing.typeName),
    attributes: attributesAfter(thing.attributes, body.attributePayload),
    version: thing.version + 1,
  };
  const problem = tooMany(updated);
  if (problem !== undefined) return refusal('InvalidRequestException', problem);
  registry.things.set(thing.name, updated);
  return answer({});
}

function isOutdated(thing: Thing, expected: number | undefined): boolean {
  return expected !== undefined && expected !== thing.version;
}

function versionConflict({ name, version: number }: Thing): Answer {
  return refusal('VersionConflictException', `thing ${name} has version ${number}`);
}

/** A thing that is not there counts as deleted (SDK). */
function deleteThing({ path, query }: z.output<typeof deleting>, { registry }: RestContext): Answer {
  const { thingName: name } = path;
  const thing = registry.things.get(name);
  if (thing === undefined) return answer({});
  if (isOutdated(thing, query.expectedVersion)) return versionConflict(thing);
  if (registry.thingsOf.to(name).length > 0) {
    return refusal(
      'InvalidRequestException',
      `Cannot delete. Thing ${name} is still attached to one or more principals`,
    );
  }
  registry.things.delete(name);
  registry.thingsOf.forgetTo(name);
  registry.groupsOf.forgetFrom(name);
  return answer({});
}
