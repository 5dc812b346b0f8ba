import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { thingArn } from '../identity/account.ts';
import { answer, notFound, type Answer } from './answer.ts';
import { page, pageSize, pageToken } from './paging.ts';
import { attach, hasTarget, thingName, type Thing } from '../registry/registry.ts';
import { route, type ControlContext, type Route } from './route.ts';

const path = z.object({ thingName });
const headers = z.object({ 'x-amzn-principal': z.string() });

/** The operations about things and the account's endpoint (SDK). */
export const thingRoutes: readonly Route[] = [
  route('POST /things/{thingName}', { input: z.object({ path }), handle: createThing }),
  route('PUT /things/{thingName}/principals', {
    input: z.object({ path, headers }),
    handle: attachThingPrincipal,
  }),
  route('GET /principals/things', {
    input: z.object({ headers, query: z.object({ nextToken: pageToken, maxResults: pageSize }) }),
    handle: listPrincipalThings,
  }),
  route('GET /endpoint', {
    input: z.object({ query: z.object({ endpointType: z.literal('iot:Data-ATS') }) }),
    handle: describeEndpoint,
  }),
];

function createThing({ path }: { path: { thingName: string } }, { registry }: ControlContext): Answer {
  const { thingName: name } = path;
  const thing: Thing = registry.things.get(name) ?? { name, arn: thingArn(name), id: randomUUID() };
  registry.things.set(name, thing);
  return answer({ thingName: thing.name, thingArn: thing.arn, thingId: thing.id });
}

type ThingPrincipal = { path: { thingName: string }; headers: { 'x-amzn-principal': string } };

function attachThingPrincipal({ path, headers }: ThingPrincipal, { registry }: ControlContext): Answer {
  const principal = headers['x-amzn-principal'];
  if (!registry.things.has(path.thingName)) return notFound(`thing ${path.thingName}`);
  if (!hasTarget(registry, principal)) return notFound(`principal ${principal}`);
  attach(registry.thingsByPrincipal, { to: principal, name: path.thingName });
  return answer({});
}

type ThingListing = {
  headers: { 'x-amzn-principal': string };
  query: { nextToken: number; maxResults: number };
};

function listPrincipalThings({ headers, query }: ThingListing, { registry }: ControlContext): Answer {
  const principal = headers['x-amzn-principal'];
  if (!hasTarget(registry, principal)) return notFound(`principal ${principal}`);
  const names = registry.thingsByPrincipal.get(principal) ?? [];
  const { items, next } = page(names, { size: query.maxResults, from: query.nextToken });
  return answer({ things: items, nextToken: next });
}

function describeEndpoint(_input: unknown, { dataEndpoint }: ControlContext): Answer {
  return answer({ endpointAddress: dataEndpoint });
}
