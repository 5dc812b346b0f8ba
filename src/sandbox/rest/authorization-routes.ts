import * as z from 'zod';
import { effectivePolicies, thingOf, policiesOn } from '../policy/effective.ts';
import { groupByArn, type Policy, type Registry, thingName } from '../registry/registry.ts';
import { current } from '../registry/timeline.ts';
import { answer, notFound, refusal, type Answer } from './answer.ts';
import { authorizationTest, testAuthorization } from './test-authorization.ts';
import { policyNamed } from './policy-routes.ts';
import { route, type RestContext, type Route } from './route.ts';
import { findTarget, withInherited } from './targets.ts';

/** The identity pool of a Cognito identity makes no difference here: IoT policies are attached to the identity. */
const seeking = z.object({
  query: z.object({ thingName: thingName.optional() }),
  body: z.object({ principal: z.string().min(1).optional() }),
});

/** The operations that say what the policies come to (SDK). */
export const authorizationRoutes: readonly Route[] = [
  route('GetEffectivePolicies', 'POST /effective-policies', {
    input: seeking,
    resources: ({ body }) => [body.principal ?? '*'],
    handle: getEffectivePolicies,
  }),
  route('TestAuthorization', 'POST /test-authorization', {
    input: authorizationTest,
    resources: ({ body }) => [body.principal],
    handle: testAuthorization,
  }),
];

function getEffectivePolicies(input: z.output<typeof seeking>, { registry }: RestContext): Answer {
  const [target, name] = [input.body.principal, input.query.thingName];
  if (target === undefined && name === undefined) {
    return refusal('InvalidRequestException', 'a principal or a thing name is needed');
  }
  const kind = target === undefined ? undefined : findTarget(registry, target);
  if (typeof kind === 'object') return kind;
  if (name !== undefined && !registry.things.has(name)) return notFound(`thing ${name}`);
  return answer({
    effectivePolicies: policiesInForce(registry, { target, name }).map((policy) => ({
      ...policyNamed(policy),
      policyDocument: current(policy.default).text,
    })),
  });
}

type Sought = { readonly target: string | undefined; readonly name: string | undefined };

/** As if the principal connected under the thing's name: a thing that it is not attached to adds nothing. */
function policiesInForce(registry: Registry, { target, name = '' }: Sought): Policy[] {
  if (target === undefined) {
    return effectivePolicies(registry, { target: '', thing: registry.things.get(name) });
  }
  if (groupByArn(registry, target) !== undefined)
    return policiesOn(registry, withInherited(registry, target));
  const thing = thingOf(registry, { target, clientId: name })?.thing;
  return effectivePolicies(registry, { target, thing });
}
