import * as z from 'zod';
import { policyArn } from '../identity/account.ts';
import { answer, notFound, refusal, type Answer } from './answer.ts';
import { page, pageSize, pageToken } from './paging.ts';
import { hasTarget, attach } from '../registry/registry.ts';
import { route, type ControlContext, type Route } from './route.ts';

const policyName = z
  .string()
  .max(128)
  .regex(/^[\w+=,.@-]+$/u, 'not a policy name');
const path = z.object({ policyName });

/** The policy operations of the control plane (SDK). Policies are kept and listed; they are not evaluated yet. */
export const policyRoutes: readonly Route[] = [
  route('POST /policies/{policyName}', {
    input: z.object({ path, body: z.object({ policyDocument: z.string().max(2048) }) }),
    handle: createPolicy,
  }),
  route('PUT /target-policies/{policyName}', {
    input: z.object({ path, body: z.object({ target: z.string() }) }),
    handle: attachPolicy,
  }),
  route('POST /attached-policies/{target}', {
    input: z.object({
      path: z.object({ target: z.string() }),
      query: z.object({ marker: pageToken, pageSize }),
    }),
    handle: listAttachedPolicies,
  }),
];

type NewPolicy = { path: { policyName: string }; body: { policyDocument: string } };

function createPolicy({ path, body }: NewPolicy, { registry }: ControlContext): Answer {
  const { policyName: name } = path;
  if (registry.policies.has(name)) {
    return refusal('ResourceAlreadyExistsException', `policy ${name} exists already`);
  }
  if (!isJsonObject(body.policyDocument)) {
    return refusal('MalformedPolicyException', 'the policy document is not a JSON object');
  }
  const policy = { name, arn: policyArn(name), document: body.policyDocument };
  registry.policies.set(name, policy);
  return answer({
    policyName: name,
    policyArn: policy.arn,
    policyDocument: policy.document,
    policyVersionId: '1',
  });
}

function isJsonObject(text: string): boolean {
  try {
    return z.looseObject({}).safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

type Attachment = { path: { policyName: string }; body: { target: string } };

function attachPolicy({ path, body }: Attachment, { registry }: ControlContext): Answer {
  if (!registry.policies.has(path.policyName)) return notFound(`policy ${path.policyName}`);
  if (!hasTarget(registry, body.target)) return notFound(`target ${body.target}`);
  attach(registry.policiesByTarget, { to: body.target, name: path.policyName });
  return answer();
}

type PolicyListing = { path: { target: string }; query: { marker: number; pageSize: number } };

function listAttachedPolicies({ path, query }: PolicyListing, { registry }: ControlContext): Answer {
  if (!hasTarget(registry, path.target)) return notFound(`target ${path.target}`);
  const names = registry.policiesByTarget.get(path.target) ?? [];
  const { items, next } = page(names, { size: query.pageSize, from: query.marker });
  return answer({
    policies: items.map((name) => ({ policyName: name, policyArn: policyArn(name) })),
    nextMarker: next,
  });
}
