import * as z from 'zod';
import { policiesOn } from '../policy/effective.ts';
import { answer, refusal, type Answer } from './answer.ts';
import { flag } from './flag.ts';
import { page, pageSize, pageToken } from './paging.ts';
import { policyName, policyNamed, policyResources, unknownPolicy } from './policy-routes.ts';
import { route, type RestContext, type Route } from './route.ts';
import { findTarget, type TargetKind, withInherited } from './targets.ts';

/** How many policies a target may have (LIM; for groups TG). */
const MAX_POLICIES: Readonly<Record<TargetKind, number>> = {
  certificate: 10,
  'cognito-identity': 10,
  'thing-group': 2,
};

const path = z.object({ policyName });
const target = z.string().min(1);
const attaching = z.object({ path, body: z.object({ target }) });
const listingPolicies = z.object({
  path: z.object({ target }),
  query: z.object({ recursive: flag, marker: pageToken, pageSize }),
});
const listingTargets = z.object({ path, query: z.object({ marker: pageToken, pageSize }) });

/** IAM looks at the target, not at the policy; a Cognito identity has no ARN. (Service Authorization Reference; seen) */
const targetResources = ({ body }: z.output<typeof attaching>) => [body.target];

/** The operations on what a policy is attached to (SDK). */
export const policyTargetRoutes: readonly Route[] = [
  route('AttachPolicy', 'PUT /target-policies/{policyName}', {
    input: attaching,
    resources: targetResources,
    handle: attachPolicy,
  }),
  route('DetachPolicy', 'POST /target-policies/{policyName}', {
    input: attaching,
    resources: targetResources,
    handle: detachPolicy,
  }),
  route('ListAttachedPolicies', 'POST /attached-policies/{target}', {
    input: listingPolicies,
    handle: listAttachedPolicies,
  }),
  route('ListTargetsForPolicy', 'POST /policy-targets/{policyName}', {
    input: listingTargets,
    resources: policyResources,
    handle: listTargetsForPolicy,
  }),
];

type Attachment = z.output<typeof attaching>;

function attachPolicy({ path, body }: Attachment, { registry, clock }: RestContext): Answer {
  const { policyName: name } = path;
  if (!registry.policies.has(name)) return unknownPolicy(name);
  const kind = findTarget(registry, body.target);
  if (typeof kind !== 'string') return kind;
  const attached = registry.policiesOf.from(body.target);
  if (!attached.includes(name) && attached.length >= MAX_POLICIES[kind]) {
    return refusal(
      'LimitExceededException',
      `${body.target} has ${MAX_POLICIES[kind]} policies, which is the limit`,
    );
  }
  registry.policiesOf.set(body.target, name, { linked: true, at: clock.now() });
  return answer();
}

/** What is not attached, or not even there, is detached already: AWS models no error for it. */
function detachPolicy({ path, body }: Attachment, { registry, clock }: RestContext): Answer {
  const kind = findTarget(registry, body.target);
  if (typeof kind !== 'string' && kind.errorType === 'InvalidRequestException') return kind;
  if (registry.policiesOf.has(body.target, path.policyName)) {
    registry.policiesOf.set(body.target, path.policyName, { linked: false, at: clock.now() });
  }
  return answer();
}

function listAttachedPolicies(
  { path, query }: z.output<typeof listingPolicies>,
  { registry }: RestContext,
): Answer {
  const kind = findTarget(registry, path.target);
  if (typeof kind !== 'string') return kind;
  const targets = query.recursive ? withInherited(registry, path.target) : [path.target];
  const { items, next } = page(policiesOn(registry, targets), { size: query.pageSize, from: query.marker });
  return answer({ policies: items.map(policyNamed), nextMarker: next });
}

function listTargetsForPolicy(
  { path, query }: z.output<typeof listingTargets>,
  { registry }: RestContext,
): Answer {
  if (!registry.policies.has(path.policyName)) return unknownPolicy(path.policyName);
  const targets = registry.policiesOf.to(path.policyName);
  const { items, next } = page(targets, { size: query.pageSize, from: query.marker });
  return answer({ targets: items, nextMarker: next });
}
