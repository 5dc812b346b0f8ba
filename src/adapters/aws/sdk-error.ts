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
  const [name, message] = [nameOf(error), messageOf(error)];
  const [code, hint] = explain(error, signal);
  const detail =
    code === 'timed-out' ? 'no answer in time' : `${name === 'Error' ? '' : `${name}: `}${message}`;
  return new EvictError(code, `${call} at ${where}: ${detail}`, { hint, cause: error });
}

function explain(error: unknown, signal: AbortSignal): readonly [ErrorCode, string] {
  const [name, message] = [nameOf(error), messageOf(error)];
  if (signal.aborted || name === 'AbortError' || name === 'TimeoutError')
    return ['timed-out', 'check the network and the endpoint, or raise --timeout'];
  if (/region is missing/iu.test(message)) return ['bad-option', 'give --region, or set AWS_REGION'];
  if (/^Expired|TokenRefreshRequired/u.test(name) || /expired/iu.test(message))
    return ['credentials-missing', 'refresh the credentials: for SSO, run "aws sso login"'];
  if (/Credentials|SSO|TokenProvider/u.test(name))
    return [
      'credentials-missing',
      'give --profile, or set up credentials: "aws configure" or "aws sso login"',
    ];
  if (DENIED.test(name))
    return ['access-denied', 'check the credentials and their permissions for this call'];
  if (UNREACHABLE.test(`${codeOf(error)} ${message}`))
    return ['endpoint-unreachable', 'check --endpoint-url, --region and the network'];
  return [
    'service-refused',
    'check that the endpoint is the one of AWS IoT in the right region, and try again',
  ];
}

const DENIED =
  /^(AccessDenied|Unauthorized|Forbidden|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|InvalidClientTokenId|MissingAuthenticationToken|IncompleteSignature|NotAuthorized)/u;

/** By code, or within the message, where the SDK has wrapped the error of the socket. */
const UNREACHABLE =
  /\b(ECONN\w+|ENOTFOUND|EAI_\w+|EHOST\w+|ENET\w+|ETIMEDOUT|EPIPE|EPROTO|ERR_(TLS|SSL)\w+|CERT_\w+|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO\w+)\b/u;
