import * as z from 'zod';
import type { Policy, PolicyVersion } from '../registry/registry.ts';
import { change, current } from '../registry/timeline.ts';
import { answer, epochSeconds, notFound, refusal, type Answer } from './answer.ts';
import { flag } from './flag.ts';
import { policyName, policyResources as resources, unknownPolicy } from './policy-routes.ts';
import { newVersion } from './policy-version.ts';
import { route, type RestContext, type Route } from './route.ts';

const MAX_VERSIONS = 5;

const policyPath = z.object({ policyName });
const path = z.object({ policyName, policyVersionId: z.string().regex(/^\d+$/u, 'not a version ID') });
const listing = z.object({ path: policyPath });
const naming = z.object({ path });
const creating = z.object({
  path: policyPath,
  query: z.object({ setAsDefault: flag }),
  body: z.object({ policyDocument: z.string() }),
});

/** The operations on a policy's versions (SDK). */
export const policyVersionRoutes: readonly Route[] = [
  route('CreatePolicyVersion', 'POST /policies/{policyName}/version', {
    input: creating,
    resources,
    handle: createPolicyVersion,
  }),
  route('ListPolicyVersions', 'GET /policies/{policyName}/version', {
    input: listing,
    resources,
    handle: listPolicyVersions,
  }),
  route('GetPolicyVersion', 'GET /policies/{policyName}/version/{policyVersionId}', {
    input: naming,
    resources,
    handle: getPolicyVersion,
  }),
  route('SetDefaultPolicyVersion', 'PATCH /policies/{policyName}/version/{policyVersionId}', {
    input: naming,
    resources,
    handle: setDefaultPolicyVersion,
  }),
  route('DeletePolicyVersion', 'DELETE /policies/{policyName}/version/{policyVersionId}', {
    input: naming,
    resources,
    handle: deletePolicyVersion,
  }),
];

function createPolicyVersion(input: z.output<typeof creating>, { registry, clock }: RestContext): Answer {
  const { policyName: name } = input.path;
  const policy = registry.policies.get(name);
  if (policy === undefined) return unknownPolicy(name);
  const [number, now] = [policy.lastVersion + 1, clock.now()];
  const version = newVersion(input.body.policyDocument, { number, createdAt: now });
  if ('problem' in version) return refusal('MalformedPolicyException', version.problem);
  if (policy.versions.length >= MAX_VERSIONS) {
    const message = `The policy ${name} already has the maximum number of versions (${MAX_VERSIONS})`;
    return refusal('VersionsLimitExceededException', message);
  }
  const grown = { ...policy, versions: [...policy.versions, version], lastVersion: number };
  const isDefaultVersion = input.query.setAsDefault;
  registry.policies.set(name, isDefaultVersion ? withDefault(grown, { version, at: now }) : grown);
  return answer({
    policyArn: policy.arn,
    policyDocument: version.text,
    policyVersionId: version.id,
    isDefaultVersion,
  });
}

function withDefault(policy: Policy, { version, at }: { version: PolicyVersion; at: number }): Policy {
  return { ...policy, default: change(policy.default, { value: version, at }) };
}

/** Newest first, as in the AWS CLI's examples. */
function listPolicyVersions({ path }: z.output<typeof listing>, { registry }: RestContext): Answer {
  const policy = registry.policies.get(path.policyName);
  if (policy === undefined) return unknownPolicy(path.policyName);
  return answer({
    policyVersions: policy.versions.toReversed().map((version) => ({
      versionId: version.id,
      isDefaultVersion: version === current(policy.default),
      createDate: epochSeconds(version.createdAt),
    })),
  });
}

type Naming = z.output<typeof naming>;
type Found = { readonly policy: Policy; readonly version: PolicyVersion; readonly isDefault: boolean };

function findVersion({ path }: Naming, { registry }: RestContext): Found | undefined {
  const policy = registry.policies.get(path.policyName);
  const version = policy?.versions.find(({ id }) => id === path.policyVersionId);
  if (policy === undefined || version === undefined) return undefined;
  return { policy, version, isDefault: version === current(policy.default) };
}

function unknownVersion({ path }: Naming): Answer {
  return notFound(`version ${path.policyVersionId} of policy ${path.policyName}`);
}

function getPolicyVersion(input: Naming, context: RestContext): Answer {
  const found = findVersion(input, context);
  if (found === undefined) return unknownVersion(input);
  const { policy, version, isDefault } = found;
  return answer({
    policyArn: policy.arn,
    policyName: policy.name,
    policyDocument: version.text,
    policyVersionId: version.id,
    isDefaultVersion: isDefault,
    creationDate: epochSeconds(version.createdAt),
    lastModifiedDate: epochSeconds(version.createdAt),
  });
}

function setDefaultPolicyVersion(input: Naming, context: RestContext): Answer {
  const found = findVersion(input, context);
  if (found === undefined) return unknownVersion(input);
  const changed = withDefault(found.policy, { version: found.version, at: context.clock.now() });
  context.registry.policies.set(changed.name, changed);
  return answer();
}

function deletePolicyVersion(input: Naming, context: RestContext): Answer {
  const found = findVersion(input, context);
  if (found === undefined) return unknownVersion(input);
  const { policy, version, isDefault } = found;
  if (isDefault) {
    return refusal('InvalidRequestException', 'Cannot delete the default version of a policy');
  }
  const versions = policy.versions.filter((one) => one !== version);
  context.registry.policies.set(policy.name, { ...policy, versions });
  return answer();
}
