import { verifyClaim, type SignatureCheck, type SignedParts, type Verified } from './sigv4.ts';

export type { SignatureCheck, Verified };

const UNSIGNED: Verified = { kind: 'unsigned', message: 'Missing Authentication Token' };

/** Signers leave this one out on purpose: proxies rewrite it. */
const MAY_BE_UNSIGNED = 'x-amzn-trace-id';

/** Verifies a request that carries its signature in the Authorization header, as the SDK and the AWS CLI send it. */
export function verifySignedHeaders(parts: SignedParts, check: SignatureCheck): Verified {
  const { authorization } = parts.headers;
  const claim = typeof authorization === 'string' ? readAuthorization(authorization) : undefined;
  if (claim === undefined) return UNSIGNED;
  if (!coversWhatMatters(claim.signedHeaders, parts.headers)) {
    return { kind: 'forged', message: 'Host and every x-amz header must be signed.' };
  }
  const date = text(parts.headers['x-amz-date']) ?? '';
  const sessionToken = text(parts.headers['x-amz-security-token']);
  return verifyClaim({ ...claim, date, sessionToken }, parts, check);
}

function readAuthorization(header: string) {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^\s,]+), ?SignedHeaders=([^\s,]+), ?Signature=([0-9a-f]{64})$/u.exec(
      header,
    );
  if (match === null) return undefined;
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  return { credential, signedHeaders: signedHeaders.split(';'), signature };
}

/** An unsigned `x-amzn-principal` could be swapped on the way. */
function coversWhatMatters(signed: readonly string[], headers: SignedParts['headers']): boolean {
  const covered = new Set(signed);
  const needed = Object.keys(headers).filter((name) => /^x-amzn?-/u.test(name) && name !== MAY_BE_UNSIGNED);
  return covered.has('host') && covered.has('x-amz-date') && needed.every((name) => covered.has(name));
}

/**
 * Verifies a WebSocket handshake that carries its signature in the query. The session token is appended after signing and
 * is not part of the signature; one that was signed in is refused. (IUG; facts sheet, section 8)
 */
export function verifySignedQuery(parts: SignedParts, check: SignatureCheck): Verified {
  const query = new Map(parts.query);
  const signature = query.get('X-Amz-Signature');
  if (signature === undefined || query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return UNSIGNED;
  const signedHeaders = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  if (!signedHeaders.includes('host')) return { kind: 'forged', message: 'Host must be signed.' };
  const claim = {
    credential: query.get('X-Amz-Credential') ?? '',
    date: query.get('X-Amz-Date') ?? '',
    signedHeaders,
    signature,
    sessionToken: query.get('X-Amz-Security-Token'),
  };
  const signedQuery = parts.query.filter(
    ([name]) => !['X-Amz-Signature', 'X-Amz-Security-Token'].includes(name),
  );
  return verifyClaim(claim, { ...parts, query: signedQuery }, check);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
