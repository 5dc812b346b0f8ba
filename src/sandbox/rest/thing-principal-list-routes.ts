import * as z from 'zod';
import { thingArn } from '../identity/account.ts';
import { type Registry, thingName } from '../registry/registry.ts';
import { answer, notFound, type Answer } from './answer.ts';
import { page, pageSize, pageToken } from './paging.ts';
import { route, type RestContext, type Route } from './route.ts';
import { findPrincipal } from './targets.ts';
import { principalHeader, principalResources, thingPrincipalType } from './thing-principal-routes.ts';

const query = z.object({ nextToken: pageToken, maxResults: pageSize });
const typedQuery = query.extend({ thingPrincipalType: thingPrincipalType.optional() });
const path = z.object({ thingName });
const ofThing = z.object({ path, query });
const typedOfThing = z.object({ path, query: typedQuery });
const ofPrincipal = z.object({ headers: principalHeader, query });
const typedOfPrincipal = z.object({ headers: principalHeader, query: typedQuery });
const thingResources = (input: { path: { thingName: string } }) => [thingArn(input.path.thingName)];

/** What is tied to what. The second versions need the permissions of the first (SDK). */
export const thingPrincipalListRoutes: readonly Route[] = [
  route('ListThingPrincipals', 'GET /things/{thingName}/principals', {
    input: ofThing,
    resources: thingResources,
    handle: listThingPrincipals,
  }),
  route('ListThingPrincipalsV2', 'GET /things/{thingName}/principals-v2', {
    input: typedOfThing,
    resources: thingResources,
    permission: 'ListThingPrincipals',
    handle: listThingPrincipalsV2,
  }),
  route('ListPrincipalThings', 'GET /principals/things', {
    input: ofPrincipal,
    resources: principalResources,
    handle: listPrincipalThings,
  }),
  route('ListPrincipalThingsV2', 'GET /principals/things-v2', {
    input: typedOfPrincipal,
    resources: principalResources,
    permission: 'ListPrincipalThings',
    handle: listPrincipalThingsV2,
  }),
];

function listThingPrincipals(
  { path: { thingName: thing }, query }: z.output<typeof ofThing>,
  { registry }: RestContext,
) {
  if (!registry.things.has(thing)) return notFound(`thing ${thing}`);
  const { items, next } = page(registry.thingsOf.to(thing), {
    size: query.maxResults,
    from: query.nextToken,
  });
  return answer({ principals: items, nextToken: next });
}

function listThingPrincipalsV2(
  { path, query }: z.output<typeof typedOfThing>,
  { registry }: RestContext,
): Answer {
  if (!registry.things.has(path.thingName)) return notFound(`thing ${path.thingName}`);
  const all = registry.thingsOf
    .to(path.thingName)
    .map((principal) => ({ principal, thingPrincipalType: typeOf(registry, principal) }));
  const { items, next } = typedPage(all, query);
  return answer({ thingPrincipalObjects: items, nextToken: next });
}

function listPrincipalThings(
  { headers, query }: z.output<typeof ofPrincipal>,
  { registry }: RestContext,
): Answer {
  const principal = headers['x-amzn-principal'];
  const kind = findPrincipal(registry, principal);
  if (typeof kind !== 'string') return kind;
  const { items, next } = page(registry.thingsOf.from(principal), {
    size: query.maxResults,
    from: query.nextToken,
  });
  return answer({ things: items, nextToken: next });
}

function listPrincipalThingsV2(
  { headers, query }: z.output<typeof typedOfPrincipal>,
  { registry }: RestContext,
): Answer {
  const principal = headers['x-amzn-principal'];
  const kind = findPrincipal(registry, principal);
  if (typeof kind !== 'string') return kind;
  const all = registry.thingsOf
    .from(principal)
    .map((name) => ({ thingName: name, thingPrincipalType: typeOf(registry, principal) }));
  const { items, next } = typedPage(all, query);
  return answer({ principalThingObjects: items, nextToken: next });
}

function typeOf({ exclusive }: Registry, principal: string): z.output<typeof thingPrincipalType> {
  return exclusive.has(principal) ? 'EXCLUSIVE_THING' : 'NON_EXCLUSIVE_THING';
}

type Typed = { readonly thingPrincipalType: z.output<typeof thingPrincipalType> };

function typedPage<Item extends Typed>(all: readonly Item[], query: z.output<typeof typedQuery>) {
  const wanted = query.thingPrincipalType;
  const fitting = all.filter((item) => wanted === undefined || item.thingPrincipalType === wanted);
  return page(fitting, { size: query.maxResults, from: query.nextToken });
}
