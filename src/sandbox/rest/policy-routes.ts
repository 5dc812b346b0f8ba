import * as z from 'zod';
import { policyArn } from '../identity/account.ts';
import type { Policy } from '../registry/registry.ts';
import { begin, changedAt, current } from '../registry/timeline.ts';
import { answer, epochSeconds, notFound, refusal, type Answer } from './answer.ts';
import { flag } from './flag.ts';
import { inCreationOrder, page, pageSize, pageToken } from './paging.ts';
import { newVersion } from './policy-version.ts';
import { route, type RestContext, type Route } from './route.ts';

export const policyName = z
  .string()
  .max(128)
  .regex(/^[\w+=,.@-]+$/u, 'not a policy name');

const path = z.object({ policyName });
const naming = z.object({ path });
const creating = z.object({ path, body: z.object({ policyDocument: z.string() }) });
const listing = z.object({ query: z.object({ marker: pageToken, pageSize, isAscendingOrder: flag }) });

/** The one resource of every operation on a policy. */
export const policyResources = (input: z.output<typeof naming>) => [policyArn(input.path.policyName)];

/** The operations on policies as a whole (SDK). */
export const policyRoutes: readonly Route[] = [
  route('CreatePolicy', 'POST /policies/{policyName}', {
    input: creating,
    resources: policyResources,
    handle: createPolicy,
  }),
  route('GetPolicy', 'GET /policies/{policyName}', {
    input: naming,
    resources: policyResources,
    handle: getPolicy,
  }),
  route('DeletePolicy', 'DELETE /policies/{policyName}', {
    input: naming,
    resources: policyResources,
    handle: deletePolicy,
  }),
  route('ListPolicies', 'GET /policies', { input: listing, handle: listPolicies }),
];

function createPolicy({ path, body }: z.output<typeof creating>, { registry, clock }: RestContext): Answer {
  const { policyName: name } = path;
  if (registry.policies.has(name)) {
    return refusal('ResourceAlreadyExistsException', `policy ${name} exists already`);
  }
  const now = clock.now();
  const first = newVersion(body.policyDocument, { number: 1, createdAt: now });
  if ('problem' in first) return refusal('MalformedPolicyException', first.problem);
  const arn = policyArn(name);
  registry.policies.set(name, {
    name,
    arn,
    versions: [first],
    default: begin(first, now),
    createdAt: now,
    lastVersion: 1,
  });
  return answer({ policyName: name, policyArn: arn, policyDocument: first.text, policyVersionId: first.id });
}

function getPolicy({ path }: z.output<typeof naming>, { registry }: RestContext): Answer {
  const policy = registry.policies.get(path.policyName);
  if (policy === undefined) return unknownPolicy(path.policyName);
  const { id, text } = current(policy.default);
  return answer({
    ...policyNamed(policy),
    policyDocument: text,
    defaultVersionId: id,
    creationDate: epochSeconds(policy.createdAt),
    lastModifiedDate: epochSeconds(changedAt(policy.default)),
  });
}

/** A policy that was detached is busy for a while: as long as the broker may not have learned of it. (SDK, DeletePolicy) */
function deletePolicy({ path }: z.output<typeof naming>, { registry, clock, faults }: RestContext): Answer {
  const { policyName: name } = path;
  const policy = registry.policies.get(name);
  if (policy === undefined) return unknownPolicy(name);
  const since = clock.now() - faults.delayMs('detach-delay', {});
  if (registry.policiesOf.wasLinkedSince(name, since)) {
    return conflict(
      `The policy cannot be deleted as the policy is attached to one or more principals (name=${name})`,
    );
  }
  if (policy.versions.length > 1) {
    return conflict(
      `Cannot delete the policy because it has one or more policy versions attached to it (name=${name})`,
    );
  }
  registry.policies.delete(name);
  registry.policiesOf.forgetTo(name);
  return answer();
}

function conflict(message: string): Answer {
  return refusal('DeleteConflictException', message);
}

function listPolicies({ query }: z.output<typeof listing>, { registry }: RestContext): Answer {
  const all = inCreationOrder(registry.policies.values(), query.isAscendingOrder);
  const { items, next } = page(all, { size: query.pageSize, from: query.marker });
  return answer({ policies: items.map(policyNamed), nextMarker: next });
}

/** How lists name a policy. */
export function policyNamed({ name, arn }: Policy): { policyName: string; policyArn: string } {
  return { policyName: name, policyArn: arn };
}

export function unknownPolicy(name: string): Answer {
  return notFound(`policy ${name}`);
}
