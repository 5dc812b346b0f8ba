import * as z from 'zod';
import { type Registry, thingName } from '../registry/registry.ts';
import { answer, notFound, refusal, type Answer } from './answer.ts';
import { route, type RestContext, type Route } from './route.ts';
import { findPrincipal } from './targets.ts';

export const thingPrincipalType = z.enum(['EXCLUSIVE_THING', 'NON_EXCLUSIVE_THING']);
export const principalHeader = z.object({ 'x-amzn-principal': z.string().min(1) });

const detaching = z.object({ path: z.object({ thingName }), headers: principalHeader });
const attaching = detaching.extend({
  query: z.object({ thingPrincipalType: thingPrincipalType.default('NON_EXCLUSIVE_THING') }),
});

/** The one resource of the operations on a principal's things. */
export const principalResources = (input: { headers: z.output<typeof principalHeader> }) => [
  input.headers['x-amzn-principal'],
];

/** The operations that tie principals to things, and untie them (SDK). */
export const thingPrincipalRoutes: readonly Route[] = [
  route('AttachThingPrincipal', 'PUT /things/{thingName}/principals', {
    input: attaching,
    resources: principalResources,
    handle: attachThingPrincipal,
  }),
  route('DetachThingPrincipal', 'DELETE /things/{thingName}/principals', {
    input: detaching,
    resources: principalResources,
    handle: detachThingPrincipal,
  }),
];

function attachThingPrincipal(input: z.output<typeof attaching>, { registry, clock }: RestContext): Answer {
  const { thingName: thing } = input.path;
  const principal = input.headers['x-amzn-principal'];
  const kind = findPrincipal(registry, principal);
  if (typeof kind !== 'string') return kind;
  if (!registry.things.has(thing)) return notFound(`thing ${thing}`);
  const isExclusive = input.query.thingPrincipalType === 'EXCLUSIVE_THING';
  if (isExclusive && kind !== 'certificate') {
    return refusal('InvalidRequestException', 'only a certificate can have a thing exclusively'); // EXC
  }
  const obstacle = isExclusive
    ? exclusiveObstacle(registry, { principal, thing })
    : sharedObstacle(registry, principal);
  if (obstacle !== undefined) return refusal('InvalidRequestException', obstacle);
  registry.thingsOf.set(principal, thing, { linked: true, at: clock.now() });
  if (isExclusive) registry.exclusive.add(principal);
  return answer({});
}

type Tie = { readonly principal: string; readonly thing: string };

/** An exclusive thing is "the only thing that's attached to the principal" (SDK); the thing may have other principals. */
function exclusiveObstacle({ thingsOf, exclusive }: Registry, { principal, thing }: Tie): string | undefined {
  const other = thingsOf.from(principal).find((name) => name !== thing || !exclusive.has(principal));
  return other && `${principal} is attached to thing ${other}, and has to be detached from it first`;
}

function sharedObstacle({ thingsOf, exclusive }: Registry, principal: string): string | undefined {
  return exclusive.has(principal)
    ? `${principal} is attached to thing ${thingsOf.from(principal).join()} exclusively`
    : undefined;
}

/** At once, where AWS takes seconds (SDK); and what is not attached is detached already. */
function detachThingPrincipal(input: z.output<typeof detaching>, { registry, clock }: RestContext): Answer {
  const { thingName: thing } = input.path;
  const principal = input.headers['x-amzn-principal'];
  const kind = findPrincipal(registry, principal);
  if (typeof kind !== 'string') return kind;
  if (!registry.things.has(thing)) return notFound(`thing ${thing}`);
  if (registry.thingsOf.has(principal, thing)) {
    registry.thingsOf.set(principal, thing, { linked: false, at: clock.now() });
    registry.exclusive.delete(principal);
  }
  return answer({});
}
