import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { issueSessionKey } from '../identity/access-key.ts';
import { ACCOUNT_ID } from '../identity/account.ts';
import { addKey } from '../identity/iam.ts';
import type { Verified } from '../identity/signed-request.ts';
import type { RestContext } from './route.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** An answer of the Query protocol. */
type XmlReply = { readonly status: number; readonly headers: Record<string, string>; readonly body: string };

/** How STS names what SigV4 found wrong; the IoT API has other names for the same. */
const ERROR_CODE = {
  unsigned: 'MissingAuthenticationToken',
  'unknown-key': 'InvalidClientTokenId',
  'expired-token': 'ExpiredToken',
  skewed: 'SignatureDoesNotMatch',
  forged: 'SignatureDoesNotMatch',
} as const;

type Asked = { readonly verified: Verified; readonly context: RestContext };

/** Answers the two STS actions that the sandbox has: GetCallerIdentity and AssumeRole. (AWS STS API Reference) */
export function answerSts(form: string, { verified, context }: Asked): XmlReply | 'cut' {
  if (verified.kind !== 'signed') return stsError(403, ERROR_CODE[verified.kind], verified.message);
  const fields = new URLSearchParams(form);
  const operation = fields.get('Action') ?? '';
  const { faults } = context;
  if (faults.strike('throttle', { operation }) !== undefined) {
    return stsError(400, 'Throttling', 'Rate exceeded');
  }
  const broken = faults.strike('server-error', { operation });
  if (broken !== undefined) {
    return broken.status === 503
      ? stsError(503, 'ServiceUnavailable', 'The service is temporarily unavailable.')
      : stsError(500, 'InternalFailure', 'An unexpected error has occurred.');
  }
  const reply = carryOut(operation, { fields, key: verified.key, context });
  return faults.strike('lost-reply', { operation }) === undefined ? reply : 'cut';
}

type Caller = Extract<Verified, { kind: 'signed' }>['key'];
type Call = { readonly fields: URLSearchParams; readonly key: Caller; readonly context: RestContext };

function carryOut(operation: string, call: Call): XmlReply {
  if (operation === 'GetCallerIdentity') return callerIdentity(call.key);
  if (operation === 'AssumeRole') return assumeRole(call);
  return stsError(400, 'InvalidAction', `the sandbox has no STS action ${operation}`);
}

/** Needs no permission: even an explicit deny does not take it away. */
function callerIdentity({ arn, userId }: Caller): XmlReply {
  return stsAnswer(
    'GetCallerIdentity',
    `<Arn>${escapeXml(arn)}</Arn><UserId>${escapeXml(userId)}</UserId><Account>${ACCOUNT_ID}</Account>`,
  );
}

/** Strict: a session policy that was passed over would leave a session with more than it was given. */
const assumption = z.strictObject({
  Action: z.string(),
  Version: z.string().optional(),
  /** No role here asks for one. */
  ExternalId: z.string().optional(),
  RoleArn: z.string().min(20).max(2048),
  RoleSessionName: z
    .string()
    .min(2)
    .max(64)
    .regex(/^[\w+=,.@-]+$/u),
  DurationSeconds: z.coerce.number().int().min(900).max(43_200).default(3600),
});

/** A role whose trust policy names the caller; in one account that is enough. (IAM User Guide, "Cross account resource access") */
function assumeRole({ fields, key, context }: Call): XmlReply {
  const parsed = assumption.safeParse(Object.fromEntries(fields));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return stsError(400, 'ValidationError', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { RoleArn, RoleSessionName: name, DurationSeconds: seconds } = parsed.data;
  const role = context.iam.entities.get(RoleArn);
  if (role?.kind !== 'role' || !role.trusts.has(key.entity.arn)) {
    return stsError(
      403,
      'AccessDenied',
      `User: ${key.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    );
  }
  const session = addKey(
    context.iam,
    issueSessionKey(role, { name, seconds, issuedAt: context.clock.now() }),
  );
  const { accessKeyId, secretAccessKey, sessionToken = '', expiresAt = 0, arn, userId } = session;
  return stsAnswer(
    'AssumeRole',
    `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
<SessionToken>${sessionToken}</SessionToken><Expiration>${new Date(expiresAt).toISOString()}</Expiration></Credentials>
<AssumedRoleUser><Arn>${escapeXml(arn)}</Arn><AssumedRoleId>${escapeXml(userId)}</AssumedRoleId></AssumedRoleUser>`,
  );
}

function stsAnswer(operation: string, result: string): XmlReply {
  return xml(
    200,
    `<${operation}Response xmlns="${NAMESPACE}"><${operation}Result>${result}</${operation}Result>
<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${operation}Response>`,
  );
}

function stsError(status: number, code: string, message: string): XmlReply {
  return xml(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code>
<Message>${escapeXml(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );
}

function xml(status: number, body: string): XmlReply {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
