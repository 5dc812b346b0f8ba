import { EvictError, codeOf, messageOf, nameOf } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';

type Call = { readonly call: string; readonly where: string; readonly signal: AbortSignal };

/** Whether the SDK threw the exception of this name. */
export function named(error: unknown, name: string): boolean {
  return nameOf(error) === name;
}

/** Gives what the SDK threw a code, a sentence with the call and the place in it, and a next step. */
export function asEvictError(error: unknown, { call, where, signal }: Call): EvictError {
  if (error instanceof EvictError) return error;
  const { code, detail, hint } = explain(error, signal);
  return new EvictError(code, `${call} at ${where}: ${detail}`, {
    hint,
    cause: error,
    tries: attemptsOf(error),
  });
}

type Explanation = { readonly code: ErrorCode; readonly detail: string; readonly hint: string };

function explain(error: unknown, signal: AbortSignal): Explanation {
  const [name, message] = [nameOf(error), messageOf(error)];
  const detail = `${name === 'Error' ? '' : `${name}: `}${message.split('\n')[0] ?? ''}`;
  if (signal.aborted || name === 'AbortError' || name === 'TimeoutError')
    return {
      code: 'timed-out',
      detail: 'no answer in time',
      hint: 'check the network and the endpoint, or raise --timeout',
    };
  if (/region is missing/iu.test(message))
    return { code: 'bad-option', detail, hint: 'give --region, or set AWS_REGION' };
  if (/^Expired|TokenRefreshRequired/u.test(name) || /expired|run '?aws sso login/iu.test(message))
    return {
      code: 'credentials-missing',
      detail,
      hint: 'refresh the credentials: for SSO, run "aws sso login"',
    };
  if (/^(Throttling|TooManyRequests)/u.test(name))
    return {
      code: 'service-refused',
      detail,
      hint: 'AWS takes no more of these calls just now: wait, and run again',
    };
  if (/Credentials|SSO|TokenProvider/u.test(name))
    return {
      code: 'credentials-missing',
      detail,
      hint: 'give --profile, or set up credentials: "aws configure" or "aws sso login"',
    };
  if (DENIED.test(name))
    return {
      code: 'access-denied',
      detail,
      hint: 'check the credentials and their permissions for this call',
    };
  return explainTransport(error, detail);
}

/** No words of AWS's own: the socket's, or those of something that is not AWS. */
function explainTransport(error: unknown, detail: string): Explanation {
  const words = `${codeOf(error)} ${messageOf(error)}`;
  const hint = 'check --endpoint-url, --region and the network';
  if (NEVER_SENT.test(words)) return { code: 'endpoint-unreachable', detail, hint };
  if (CUT_OFF.test(words)) return { code: 'connection-lost', detail, hint };
  const status = statusOf(error);
  if (/Deserialization error/u.test(messageOf(error)))
    return {
      code: 'service-failed',
      detail: `the answer (HTTP ${status ?? '?'}) is not one of AWS IoT`,
      hint,
    };
  const refused = status !== undefined && status >= 400 && status < 500;
  return { code: refused ? 'service-refused' : 'service-failed', detail, hint };
}

function statusOf(error: unknown): number | undefined {
  return metadataOf(error, 'httpStatusCode');
}

/** How often the SDK had asked until it gave up with this error. */
export function attemptsOf(error: unknown): number {
  return metadataOf(error, 'attempts') ?? 1;
}

function metadataOf(error: unknown, name: 'httpStatusCode' | 'attempts'): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const value: unknown = Reflect.get(Object(error.$metadata), name);
  return typeof value === 'number' ? value : undefined;
}

const DENIED =
  /^(AccessDenied|Unauthorized|Forbidden|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|InvalidClientTokenId|MissingAuthenticationToken|IncompleteSignature|NotAuthorized)/u;

/** By code, or within the message, where the SDK has wrapped the error of the socket. */
const NEVER_SENT =
  /\b(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOST\w+|ENET\w+|EPROTO|ERR_(TLS|SSL)\w+|CERT_\w+|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO\w+)\b/u;
const CUT_OFF = /\b(ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|socket hang up)\b/u;
