import { ACCOUNT_ID, REGION } from '../identity/account.ts';
import type { CertificateIdentity, IamIdentity } from '../identity/identity.ts';
import type { Registry } from '../registry/registry.ts';
import { certificateVariables } from './certificate-variables.ts';
import {
  type Connecting,
  type ConnectionThing,
  documentsOf,
  effectivePolicies,
  thingOf,
} from './effective.ts';
import { type Context, contextOf, type Decision, evaluate } from './evaluate.ts';

/** One thing that somebody wants to do. */
export type Access = {
  /** As in a policy: `iot:Publish`. */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  /** More condition keys that this access has, such as `iot:ConnectAttributes`. */
  readonly keys?: Readonly<Record<string, string | readonly string[]>>;
};

type Variables = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a user's or a role's own policies say. (IAM User Guide, "Policy evaluation logic": identity-based policies) */
export function decideByIam(identity: IamIdentity, access: Access, more: Variables = {}): Decision {
  const { key, sourceIp } = identity;
  const isUser = key.entity.kind === 'user';
  const context = contextOf({
    'aws:SourceIp': sourceIp,
    'aws:userid': key.userId,
    'aws:username': isUser ? key.entity.name : undefined,
    'aws:PrincipalArn': key.entity.arn,
    'aws:PrincipalAccount': ACCOUNT_ID,
    'aws:RequestedRegion': REGION,
    'aws:TokenIssueTime': key.sessionToken === undefined ? undefined : new Date(key.issuedAt).toISOString(),
    ...more,
    ...access.keys,
  });
  return evaluate([...key.entity.policies.values()], request(access, context));
}

type Subject = { readonly identity: IamIdentity | CertificateIdentity; readonly clientId: string };

/**
 * Whether a connection may do something, by policies as they were at a moment: IoT policies for a certificate, IAM policies
 * for a user or a role, both for an authenticated Cognito identity. (Developer Guide, "AWS IoT Core policies",
 * "Publish/Subscribe policy examples")
 */
export function authorize(
  registry: Registry,
  { identity, clientId, access }: Subject & { access: Access },
  moment?: number,
): Decision {
  const target = targetOf(identity);
  const thing = target === undefined ? undefined : thingOf(registry, { target, clientId }, moment);
  const variables = { 'iot:ClientId': clientId, ...thingVariables(thing) };
  if (identity.kind === 'iam') {
    const byIam = decideByIam(identity, access, variables);
    if (byIam !== 'allowed' || target === undefined) return byIam;
  }
  const documents = documentsOf(
    effectivePolicies(registry, { target: target ?? '', thing: thing?.thing }, moment),
    moment,
  );
  const certificate = identity.kind === 'certificate' ? certificateVariables(identity.certificate) : {};
  const context = contextOf({
    'aws:SourceIp': identity.sourceIp,
    ...variables,
    ...certificate,
    ...access.keys,
  });
  return evaluate(documents, request(access, context));
}

function request({ action, resource }: Access, context: Context) {
  return { action, resource, context };
}

/** What IoT policies and things are attached to; plain IAM identities have neither. */
export function targetOf(identity: IamIdentity | CertificateIdentity): Connecting['target'] | undefined {
  return identity.kind === 'certificate' ? identity.arn : identity.key.cognitoIdentityId;
}

/** Without a thing of its own, a connection has none of the variables but the one that says so. */
export function thingVariables(found: ConnectionThing | undefined): Variables {
  if (found === undefined) return { 'iot:Connection.Thing.IsAttached': 'false' };
  const { thing } = found;
  return {
    'iot:Connection.Thing.IsAttached': 'true',
    'iot:Connection.Thing.ThingName': thing.name,
    'iot:Connection.Thing.ThingTypeName': thing.typeName,
    ...Object.fromEntries(
      [...thing.attributes].map(([name, value]) => [`iot:Connection.Thing.Attributes[${name}]`, value]),
    ),
  };
}
