import * as z from 'zod';

/** The identity behind a connection, as far as its `principalIdentifier` tells. */
export const principalKind = z.enum([
  'certificate',
  'iam-role-session',
  'iam-user',
  'cognito-identity',
  'custom-authorizer',
  'unknown',
]);

export const principal = z.object({
  kind: principalKind,
  /** As received, but for the older `account/id:name/id:name` form, which is reduced to `id:name`. */
  identifier: z.string(),
  arn: z.string().optional(),
  /** The ID of a Cognito identity (`region:uuid`), which no event carries: the operator has named it. */
  identityId: z.string().optional(),
  /** Why the kind could not be told, in words for the operator. */
  note: z.string().optional(),
});

export type PrincipalKind = z.infer<typeof principalKind>;
export type Principal = z.infer<typeof principal>;

/** As `aws cognito-identity get-id` gives it. (Amazon Cognito API reference, IdentityId) */
const IDENTITY_ID = /^[a-z]{2}(?:-[a-z]+)+-\d+:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;

/** A certificate ID is the SHA-256 of the certificate's DER: 64 hex digits. */
const CERTIFICATE_ID_DIGITS = 64;

/**
 * Tells the kind of principal from an event's `principalIdentifier`.
 * 64 hex digits are only believed once DescribeCertificate knows them: a custom authorizer may answer the same.
 * Source: AWS IoT Developer Guide, "Lifecycle events" and the `principal()` SQL function.
 */
export function principalOf(principalIdentifier: string): Principal {
  const identifier = modernForm(principalIdentifier);
  const arn = /^arn:[^:]+:iot:[^:]*:[^:]*:cert\/([0-9a-f]{64})$/iu.exec(identifier);
  if (arn?.[1] !== undefined)
    return { kind: 'certificate', identifier: arn[1].toLowerCase(), arn: identifier };
  if (/^[0-9a-f]+$/iu.test(identifier)) return fromHexDigits(identifier);
  if (IDENTITY_ID.test(identifier)) return { kind: 'cognito-identity', identifier, identityId: identifier };
  if (/^AROA[0-9A-Z]*:CognitoIdentityCredentials$/u.test(identifier))
    return { kind: 'cognito-identity', identifier };
  if (/^AROA[0-9A-Z]*:/u.test(identifier)) return { kind: 'iam-role-session', identifier };
  if (/^AIDA[0-9A-Z]+$/u.test(identifier)) return { kind: 'iam-user', identifier };
  if (/^A[KS]IA[0-9A-Z]{12,}$/u.test(identifier))
    return {
      kind: 'unknown',
      identifier,
      note: 'an access key ID; events name the user or the role instead',
    };
  if (/^[0-9a-z]{1,128}$/iu.test(identifier)) return { kind: 'custom-authorizer', identifier };
  return { kind: 'unknown', identifier, note: 'no known form of an AWS IoT principal' };
}

/** Whether two readings name the same identity. Hex digits differ by case between sources, names of sessions do not. */
export function samePrincipal(one: Principal, other: Principal): boolean {
  return identityKey(one) === identityKey(other);
}

/** The role's unique ID, which all its sessions share; undefined for what is no role session. */
export function roleOf({ kind, identifier }: Principal): string | undefined {
  return kind === 'iam-role-session' ? identifier.split(':')[0] : undefined;
}

/** A key for maps: equal for equal identities. */
export function identityKey(of: Principal): string {
  return of.kind === 'certificate' ? of.identifier.toLowerCase() : of.identifier;
}

function fromHexDigits(identifier: string): Principal {
  const digits = identifier.length;
  if (digits === CERTIFICATE_ID_DIGITS) return { kind: 'certificate', identifier: identifier.toLowerCase() };
  return {
    kind: 'unknown',
    identifier,
    note: `${digits} hexadecimal digits cannot be a certificate ID, which has ${CERTIFICATE_ID_DIGITS}; was it shortened or redacted?`,
  };
}

/** 2016: `account/AROA…:name/AROA…:name`. The last part says it all. */
function modernForm(identifier: string): string {
  const older = /^\d{12}\/[^/]+\/([^/]+)$/u.exec(identifier);
  return older?.[1] ?? identifier;
}
