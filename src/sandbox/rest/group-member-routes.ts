import * as z from 'zod';
import { groupArn, thingArn } from '../identity/account.ts';
import { rootOf, withDescendants } from '../registry/hierarchy.ts';
import { type Registry, thingName } from '../registry/registry.ts';
import { answer, notFound, refusal, type Answer } from './answer.ts';
import { flag } from './flag.ts';
import { groupNamed } from './group-routes.ts';
import { page, pageSize, pageToken } from './paging.ts';
import { route, type RestContext, type Route } from './route.ts';

/** How many groups a thing can be in (TG). */
const MAX_GROUPS = 10;

/** The name in an ARN that begins like this. */
function nameIn(prefix: string) {
  return z
    .string()
    .startsWith(prefix)
    .transform((arn) => arn.slice(prefix.length))
    .pipe(thingName)
    .optional();
}

const membership = z.object({
  thingGroupName: thingName.optional(),
  thingGroupArn: nameIn(groupArn('')),
  thingName: thingName.optional(),
  thingArn: nameIn(thingArn('')),
});

/** Thing and group are given by name or by ARN; by both where both say the same. */
const joining = z.object({
  body: membership.transform((given, context) => {
    const only = (...names: (string | undefined)[]): string => {
      const [name, ...others] = new Set(names.filter((one) => one !== undefined));
      if (name !== undefined && others.length === 0) return name;
      context.addIssue({ code: 'custom', message: 'needs one thing and one thing group, by name or by ARN' });
      return '';
    };
    return {
      group: only(given.thingGroupName, given.thingGroupArn),
      thing: only(given.thingName, given.thingArn),
    };
  }),
});
const query = z.object({ nextToken: pageToken, maxResults: pageSize });
const listingGroups = z.object({ path: z.object({ thingName }), query });
const listingThings = z.object({
  path: z.object({ thingGroupName: thingName }),
  query: query.extend({ recursive: flag }),
});
const bothResources = ({ body }: z.output<typeof joining>) => [thingArn(body.thing), groupArn(body.group)];

/** The operations on what is in a group (SDK). */
export const groupMemberRoutes: readonly Route[] = [
  route('AddThingToThingGroup', 'PUT /thing-groups/addThingToThingGroup', {
    input: joining,
    resources: bothResources,
    handle: addThingToThingGroup,
  }),
  route('RemoveThingFromThingGroup', 'PUT /thing-groups/removeThingFromThingGroup', {
    input: joining,
    resources: bothResources,
    handle: removeThingFromThingGroup,
  }),
  route('ListThingGroupsForThing', 'GET /things/{thingName}/thing-groups', {
    input: listingGroups,
    resources: ({ path }) => [thingArn(path.thingName)],
    handle: listThingGroupsForThing,
  }),
  route('ListThingsInThingGroup', 'GET /thing-groups/{thingGroupName}/things', {
    input: listingThings,
    resources: ({ path }) => [groupArn(path.thingGroupName)],
    handle: listThingsInThingGroup,
  }),
];

type Membership = z.output<typeof joining>['body'];

function addThingToThingGroup({ body }: z.output<typeof joining>, { registry, clock }: RestContext): Answer {
  const absent = absence(registry, body);
  if (absent !== undefined) return absent;
  const obstacle = registry.groupsOf.has(body.thing, body.group) ? undefined : joinObstacle(registry, body);
  if (obstacle !== undefined) return refusal('InvalidRequestException', obstacle);
  registry.groupsOf.set(body.thing, body.group, { linked: true, at: clock.now() });
  return answer({});
}

function absence({ things, groups }: Registry, membership: Membership): Answer | undefined {
  if (!things.has(membership.thing)) return notFound(`thing ${membership.thing}`);
  if (!groups.has(membership.group)) return notFound(`thing group ${membership.group}`);
  return undefined;
}

/** "You can't add a thing to more than one group in the same hierarchy" (TG). The operation models no LimitExceededException. */
function joinObstacle(registry: Registry, membership: Membership): string | undefined {
  const joined = registry.groupsOf.from(membership.thing);
  if (joined.length >= MAX_GROUPS) return `a thing can be in ${MAX_GROUPS} thing groups`;
  const root = rootOf(registry, membership.group);
  const relative = joined.find((name) => rootOf(registry, name) === root);
  return relative && `the thing is in thing group ${relative}, which is in the same hierarchy`;
}

/** What is not in the group is out of it already. */
function removeThingFromThingGroup(
  { body }: z.output<typeof joining>,
  { registry, clock }: RestContext,
): Answer {
  const absent = absence(registry, body);
  if (absent !== undefined) return absent;
  if (registry.groupsOf.has(body.thing, body.group)) {
    registry.groupsOf.set(body.thing, body.group, { linked: false, at: clock.now() });
  }
  return answer({});
}

function listThingGroupsForThing(
  { path, query }: z.output<typeof listingGroups>,
  { registry }: RestContext,
): Answer {
  if (!registry.things.has(path.thingName)) return notFound(`thing ${path.thingName}`);
  const groups = registry.groupsOf
    .from(path.thingName)
    .map((name) => registry.groups.get(name))
    .filter((one) => one !== undefined);
  const { items, next } = page(groups, { size: query.maxResults, from: query.nextToken });
  return answer({ thingGroups: items.map(groupNamed), nextToken: next });
}

function listThingsInThingGroup(
  { path, query }: z.output<typeof listingThings>,
  { registry }: RestContext,
): Answer {
  const { thingGroupName: name } = path;
  if (!registry.groups.has(name)) return notFound(`thing group ${name}`);
  const groups = query.recursive ? withDescendants(registry, name).map((one) => one.name) : [name];
  const things = new Set(groups.flatMap((one) => registry.groupsOf.to(one)));
  const { items, next } = page(things, { size: query.maxResults, from: query.nextToken });
  return answer({ things: items, nextToken: next });
}
