import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { groupArn } from '../identity/account.ts';
import { childrenOf } from '../registry/hierarchy.ts';
import { type Registry, type ThingGroup, thingName, withParents } from '../registry/registry.ts';
import { answer, epochSeconds, notFound, refusal, type Answer } from './answer.ts';
import { attributePayload, attributesAfter } from './attributes.ts';
import { route, type RestContext, type Route } from './route.ts';

/** How many levels a hierarchy of groups has at most (LIM). */
const MAX_DEPTH = 7;
/** Groups cannot be updated here. */
const VERSION = 1;

const path = z.object({ thingGroupName: thingName });
const naming = z.object({ path });
const creating = z.object({
  path,
  body: z.object({
    parentGroupName: thingName.optional(),
    thingGroupProperties: z
      .object({
        thingGroupDescription: z.string().max(2028).optional(),
        attributePayload: attributePayload.optional(),
      })
      .default({}),
  }),
});
const deleting = z.object({
  path,
  query: z.object({ expectedVersion: z.coerce.number().int().default(VERSION) }),
});
const resources = (input: z.output<typeof naming>) => [groupArn(input.path.thingGroupName)];

/** The operations on single static thing groups (SDK). */
export const groupRoutes: readonly Route[] = [
  route('CreateThingGroup', 'POST /thing-groups/{thingGroupName}', {
    input: creating,
    resources,
    handle: createThingGroup,
  }),
  route('DescribeThingGroup', 'GET /thing-groups/{thingGroupName}', {
    input: naming,
    resources,
    handle: describeThingGroup,
  }),
  route('DeleteThingGroup', 'DELETE /thing-groups/{thingGroupName}', {
    input: deleting,
    resources,
    handle: deleteThingGroup,
  }),
];

/** Creating the same group again succeeds and changes nothing (SDK). */
function createThingGroup(input: z.output<typeof creating>, { registry, clock }: RestContext): Answer {
  const wanted = wantedGroup(input);
  const existing = registry.groups.get(wanted.name);
  if (existing !== undefined) {
    return isAlike(existing, wanted)
      ? created(existing)
      : refusal(
          'ResourceAlreadyExistsException',
          `thing group ${wanted.name} exists already, and is another`,
        );
  }
  const misplaced = parentProblem(registry, wanted.parent);
  if (misplaced !== undefined) return refusal('InvalidRequestException', misplaced);
  const group = { ...wanted, id: randomUUID(), createdAt: clock.now() };
  registry.groups.set(group.name, group);
  return created(group);
}

function wantedGroup({ path, body }: z.output<typeof creating>): Omit<ThingGroup, 'id' | 'createdAt'> {
  const { thingGroupDescription, attributePayload: payload } = body.thingGroupProperties;
  return {
    name: path.thingGroupName,
    arn: groupArn(path.thingGroupName),
    parent: body.parentGroupName,
    description: thingGroupDescription,
    attributes: attributesAfter(new Map(), payload),
  };
}

function created({ name, arn, id }: ThingGroup): Answer {
  return answer({ thingGroupName: name, thingGroupArn: arn, thingGroupId: id });
}

type Configured = Pick<ThingGroup, 'parent' | 'description' | 'attributes'>;

function isAlike(one: Configured, other: Configured): boolean {
  const configured = ({ parent, description, attributes }: Configured) => [parent, description, attributes];
  return isDeepStrictEqual(configured(one), configured(other));
}

/** The operation models neither ResourceNotFoundException nor LimitExceededException. */
function parentProblem(registry: Registry, parent: string | undefined): string | undefined {
  if (parent === undefined) return undefined;
  const depth = withParents(registry, parent).length;
  if (depth === 0) return `parent group ${parent} does not exist`;
  return depth < MAX_DEPTH ? undefined : `a hierarchy of thing groups has at most ${MAX_DEPTH} levels`;
}

function describeThingGroup({ path }: z.output<typeof naming>, { registry }: RestContext): Answer {
  const group = registry.groups.get(path.thingGroupName);
  if (group === undefined) return notFound(`thing group ${path.thingGroupName}`);
  const { name, arn, id, parent, description, attributes, createdAt } = group;
  return answer({
    thingGroupName: name,
    thingGroupId: id,
    thingGroupArn: arn,
    version: VERSION,
    thingGroupProperties: {
      thingGroupDescription: description,
      attributePayload: { attributes: Object.fromEntries(attributes) },
    },
    thingGroupMetadata: {
      parentGroupName: parent,
      rootToParentThingGroups: withParents(registry, name).slice(1).toReversed().map(groupNamed),
      creationDate: epochSeconds(createdAt),
    },
  });
}

/** A group goes with its policies and its things' membership; one that is not there counts as deleted. (TG) */
function deleteThingGroup({ path, query }: z.output<typeof deleting>, { registry }: RestContext): Answer {
  const group = registry.groups.get(path.thingGroupName);
  if (group === undefined) return answer({});
  if (query.expectedVersion !== VERSION) {
    return refusal('VersionConflictException', `thing group ${group.name} has version ${VERSION}`);
  }
  if (childrenOf(registry, group.name).length > 0) {
    const message = `Cannot delete thing group : ${group.name} when there are still child groups attached to it`;
    return refusal('InvalidRequestException', message);
  }
  registry.groups.delete(group.name);
  registry.policiesOf.forgetFrom(group.arn);
  registry.groupsOf.forgetTo(group.name);
  return answer({});
}

/** How lists name a group. */
export function groupNamed({ name, arn }: ThingGroup): { groupName: string; groupArn: string } {
  return { groupName: name, groupArn: arn };
}
