import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { AccessKey } from './access-key.ts';
import { REGION } from './account.ts';

/** What AWS allows between its clock and the signer's. */
const MAX_SKEW_MS = 5 * 60_000;

/** What a signed request says of its own signature, wherever it says it. */
export type Claim = {
  /** `AKIA…/20260101/us-east-1/iot/aws4_request` */
  readonly credential: string;
  /** `20260101T000000Z` */
  readonly date: string;
  /** Names in lower case, in the order signed. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
};

/** The parts of a request that are signed. */
export type SignedParts = {
  readonly method: string;
  /** As on the wire. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly payload: Buffer | string;
};

export type SignatureCheck = {
  readonly keys: ReadonlyMap<string, AccessKey>;
  /** The service names that the credential scope may have. */
  readonly services: readonly string[];
  readonly now: number;
};

/** Who signed, or why that cannot be believed. */
export type Verified =
  | { readonly kind: 'signed'; readonly key: AccessKey }
  | {
      readonly kind: 'unsigned' | 'unknown-key' | 'expired-token' | 'skewed' | 'forged';
      readonly message: string;
    };

/** Verifies a claim by signing the same parts anew. (AWS General Reference, "Signature Version 4 signing process") */
export function verifyClaim(claim: Claim, parts: SignedParts, check: SignatureCheck): Verified {
  const [accessKeyId = '', ...scope] = claim.credential.split('/');
  const key = check.keys.get(accessKeyId);
  if (key === undefined || key.sessionToken !== claim.sessionToken) {
    return { kind: 'unknown-key', message: 'The security token included in the request is invalid.' };
  }
  if (key.expiresAt !== undefined && check.now >= key.expiresAt) {
    return { kind: 'expired-token', message: 'The security token included in the request is expired' };
  }
  const scoped = check.services.map((service) =>
    [claim.date.slice(0, 8), REGION, service, 'aws4_request'].join('/'),
  );
  if (!scoped.includes(scope.join('/'))) {
    return { kind: 'forged', message: `Credential should be scoped to ${scoped.join(' or ')}.` };
  }
  const skewed = skewProblem(claim.date, check.now);
  if (skewed !== undefined) return { kind: 'skewed', message: skewed };
  return sameSignature(claim.signature, sign(key, claim, parts))
    ? { kind: 'signed', key }
    : { kind: 'forged', message: 'The request signature we calculated does not match the one you provided.' };
}

function skewProblem(date: string, now: number): string | undefined {
  const skew = now - parseBasicDate(date);
  if (Math.abs(skew) <= MAX_SKEW_MS) return undefined;
  return skew < 0
    ? `Signature not yet current: ${date} is later than ${new Date(now).toISOString()}`
    : `Signature expired: ${date} is now earlier than ${new Date(now).toISOString()} - 5 min.`;
}

/** `20260101T000000Z` as epoch milliseconds; what is not a date is infinitely long ago. */
function parseBasicDate(date: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u.exec(date);
  if (match === null) return Number.NEGATIVE_INFINITY;
  const [, year, month, day, hour, minute, second] = match;
  const parsed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(parsed) ? Number.NEGATIVE_INFINITY : parsed;
}

function sign(key: AccessKey, claim: Claim, parts: SignedParts): string {
  const [, ...scope] = claim.credential.split('/');
  const canonical = sha256(canonicalRequest(claim.signedHeaders, parts));
  const stringToSign = ['AWS4-HMAC-SHA256', claim.date, scope.join('/'), canonical].join('\n');
  const signingKey = scope.reduce<string | Buffer>(hmac, `AWS4${key.secretAccessKey}`);
  return hmac(signingKey, stringToSign).toString('hex');
}

function canonicalRequest(signedHeaders: readonly string[], parts: SignedParts): string {
  return [
    parts.method,
    // Encoded a second time, as every service but S3 wants it: an ARN's %3A is signed as %253A.
    normalized(parts.path).split('/').map(encode).join('/'),
    canonicalQuery(parts.query),
    ...signedHeaders.map((name) => `${name}:${headerValue(parts.headers[name])}`),
    '',
    signedHeaders.join(';'),
    sha256(parts.payload),
  ].join('\n');
}

/** RFC 3986, 6.2.2.3: a client ID may be `..`, and no percent-encoding hides it from who signs or carries its path. */
function normalized(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

/** Sorted by name, then by value, as encoded. */
function canonicalQuery(query: SignedParts['query']): string {
  return query
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([nameA, valueA], [nameB, valueB]) => byCode(nameA, nameB) || byCode(valueA, valueB))
    .map((pair) => pair.join('='))
    .join('&');
}

function byCode(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function headerValue(value: unknown): string {
  return typeof value === 'string' ? value.trim().replaceAll(/\s+/gu, ' ') : '';
}

/** RFC 3986: encodeURIComponent leaves five characters that SigV4 encodes. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sameSignature(given: string, expected: string): boolean {
  return (
    given.length === expected.length &&
    timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(expected)))
  );
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
