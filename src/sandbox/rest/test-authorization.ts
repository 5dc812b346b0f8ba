import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { thingVariables } from '../policy/authorize.ts';
import { certificateVariables } from '../policy/certificate-variables.ts';
import { documentsOf, effectivePolicies, thingOf } from '../policy/effective.ts';
import { type Context, contextOf, type Decision, explain, type Explanation } from '../policy/evaluate.ts';
import { certificateByArn, type Policy, type Registry } from '../registry/registry.ts';
import { answer, type Answer } from './answer.ts';
import { policyName, policyNamed, unknownPolicy } from './policy-routes.ts';
import type { RestContext } from './route.ts';
import { findPrincipal } from './targets.ts';

const ACTIONS = {
  CONNECT: 'iot:Connect',
  PUBLISH: 'iot:Publish',
  SUBSCRIBE: 'iot:Subscribe',
  RECEIVE: 'iot:Receive',
} as const;

const authInfo = z.object({
  actionType: z.enum(['CONNECT', 'PUBLISH', 'SUBSCRIBE', 'RECEIVE']),
  resources: z.array(z.string()).min(1),
});
const policyNames = z.array(policyName).default([]);

/** The input of TestAuthorization. */
export const authorizationTest = z.object({
  query: z.object({ clientId: z.string().max(128).optional() }),
  body: z.object({
    principal: z.string().min(1),
    authInfos: z.array(authInfo).min(1).max(10),
    policyNamesToAdd: policyNames,
    policyNamesToSkip: policyNames,
  }),
});

type Input = z.output<typeof authorizationTest>;
type Subject = { readonly policies: readonly Policy[]; readonly context: Context };

/** Says what the policies say. Whether the certificate is ACTIVE, AWS does not say to look at, and this does not. */
export function testAuthorization({ query, body }: Input, { registry }: RestContext): Answer {
  const kind = findPrincipal(registry, body.principal);
  if (typeof kind !== 'string') return kind;
  const absent = body.policyNamesToAdd.find((name) => !registry.policies.has(name));
  if (absent !== undefined) return unknownPolicy(absent);
  const found = thingOf(registry, { target: body.principal, clientId: query.clientId ?? '' });
  const attached = effectivePolicies(registry, { target: body.principal, thing: found?.thing });
  const subject = {
    policies: adjusted(attached, body, registry),
    context: contextOf({
      'iot:ClientId': query.clientId,
      ...thingVariables(found),
      ...variablesOf(registry, body.principal),
    }),
  };
  return answer({ authResults: body.authInfos.map((info) => resultOf(info, subject)) });
}

function adjusted(attached: readonly Policy[], body: Input['body'], { policies }: Registry): Policy[] {
  const skipped = new Set(body.policyNamesToSkip);
  const added = body.policyNamesToAdd.map((name) => policies.get(name));
  return [...new Set([...attached, ...added])]
    .filter((policy) => policy !== undefined)
    .filter(({ name }) => !skipped.has(name));
}

function variablesOf(registry: Registry, arn: string): ReturnType<typeof certificateVariables> {
  const certificate = certificateByArn(registry, arn);
  return certificate === undefined ? {} : certificateVariables(new X509Certificate(certificate.pem));
}

const SEVERITY: readonly Decision[] = ['allowed', 'implicit-deny', 'explicit-deny'];
const DECISION = {
  allowed: 'ALLOWED',
  'implicit-deny': 'IMPLICIT_DENY',
  'explicit-deny': 'EXPLICIT_DENY',
} as const;

/** Of several resources the action must be allowed on each. */
function resultOf(info: z.output<typeof authInfo>, { policies, context }: Subject): object {
  const documents = documentsOf(policies);
  const action = ACTIONS[info.actionType];
  const explained = info.resources.map((resource) => explain(documents, { action, resource, context }));
  const decision =
    SEVERITY.findLast((one) => explained.some((each) => each.decision === one)) ?? 'implicit-deny';
  return {
    authInfo: info,
    ...grounds(policies, explained),
    authDecision: DECISION[decision],
    missingContextValues: [...new Set(explained.flatMap(({ missing }) => missing))],
  };
}

/** All policies: those that allow, those that deny, and those that say nothing of it, which deny implicitly (SDK). */
function grounds(policies: readonly Policy[], explained: readonly Explanation[]): object {
  const allowing = new Set(explained.flatMap(({ allowedBy }) => allowedBy));
  const denying = new Set(explained.flatMap(({ deniedBy }) => deniedBy));
  const named = (fits: (place: number) => boolean) =>
    policies.filter((_policy, place) => fits(place)).map(policyNamed);
  return {
    allowed: { policies: named((place) => allowing.has(place)) },
    denied: {
      implicitDeny: { policies: named((place) => !allowing.has(place) && !denying.has(place)) },
      explicitDeny: { policies: named((place) => denying.has(place)) },
    },
  };
}
