import * as z from 'zod';
import { childrenOf, withDescendants } from '../registry/hierarchy.ts';
import { type Registry, type ThingGroup, thingName } from '../registry/registry.ts';
import { answer, notFound, type Answer } from './answer.ts';
import { flag } from './flag.ts';
import { groupNamed } from './group-routes.ts';
import { page, pageSize, pageToken } from './paging.ts';
import { route, type RestContext, type Route } from './route.ts';

const listing = z.object({
  query: z.object({
    nextToken: pageToken,
    maxResults: pageSize,
    parentGroup: thingName.optional(),
    namePrefixFilter: z.string().default(''),
    recursive: flag,
  }),
});

/** ListThingGroups, with its filters (SDK). */
export const groupListRoutes: readonly Route[] = [
  route('ListThingGroups', 'GET /thing-groups', { input: listing, handle: listThingGroups }),
];

/** Without a parent group all of them; with one its children, or all below it. (TG) */
function listThingGroups({ query }: z.output<typeof listing>, { registry }: RestContext): Answer {
  const { parentGroup: parent, namePrefixFilter, recursive } = query;
  if (parent !== undefined && !registry.groups.has(parent)) return notFound(`thing group ${parent}`);
  const groups =
    parent === undefined ? [...registry.groups.values()] : below(registry, { parent, recursive });
  const fitting = groups.filter(({ name }) => name.startsWith(namePrefixFilter));
  const { items, next } = page(fitting, { size: query.maxResults, from: query.nextToken });
  return answer({ thingGroups: items.map(groupNamed), nextToken: next });
}

function below(
  registry: Registry,
  { parent, recursive }: { parent: string; recursive: boolean },
): ThingGroup[] {
  return recursive ? withDescendants(registry, parent).slice(1) : childrenOf(registry, parent);
}
