import * as z from 'zod';
import type { Thing } from '../registry/registry.ts';
import { answer, type Answer } from './answer.ts';
import { flag } from './flag.ts';
import { page, pageSize, pageToken } from './paging.ts';
import { route, type RestContext, type Route } from './route.ts';
import { listed } from './thing-routes.ts';

const listing = z.object({
  query: z
    .object({
      nextToken: pageToken,
      maxResults: pageSize,
      attributeName: z.string().optional(),
      attributeValue: z.string().optional(),
      thingTypeName: z.string().optional(),
      usePrefixAttributeValue: flag,
    })
    .refine((query) => query.attributeName !== undefined || query.attributeValue === undefined, {
      error: 'attributeValue says nothing without attributeName',
    }),
});

/** ListThings, with its filters (SDK). */
export const thingListRoutes: readonly Route[] = [
  route('ListThings', 'GET /things', { input: listing, handle: listThings }),
];

type Filter = z.output<typeof listing>['query'];

function listThings({ query }: z.output<typeof listing>, { registry }: RestContext): Answer {
  const fitting = [...registry.things.values()].filter((thing) => fits(thing, query));
  const { items, next } = page(fitting, { size: query.maxResults, from: query.nextToken });
  return answer({ things: items.map(listed), nextToken: next });
}

function fits(thing: Thing, { thingTypeName, attributeName, ...query }: Filter): boolean {
  if (thingTypeName !== undefined && thing.typeName !== thingTypeName) return false;
  if (attributeName === undefined) return true;
  const value = thing.attributes.get(attributeName);
  const wanted = query.attributeValue;
  if (value === undefined || wanted === undefined) return value !== undefined;
  return query.usePrefixAttributeValue ? value.startsWith(wanted) : value === wanted;
}
