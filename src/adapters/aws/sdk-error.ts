import { EvictError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';

type Call = { readonly call: string; readonly where: string; readonly signal: AbortSignal };

/** Whether the SDK threw the exception of this name. */
export function named(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** Gives what the SDK threw a code, a sentence with the call and the place in it, and a next step. */
export function asEvictError(error: unknown, { call, where, signal }: Call): EvictError {
  if (error instanceof EvictError) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const [code, hint] = explain(error, signal);
  const detail =
    code === 'timed-out' ? 'no answer in time' : `${name === 'Error' ? '' : `${name}: `}${message}`;
  return new EvictError(code, `${call} at ${where}: ${detail}`, { hint, cause: error });
}

function explain(error: unknown, signal: AbortSignal): readonly [ErrorCode, string] {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
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
  if (UNREACHABLE.test(networkCode(error)))
    return ['endpoint-unreachable', 'check --endpoint-url, --region and the network'];
  return [
    'service-refused',
    'check that the endpoint is the one of AWS IoT in the right region, and try again',
  ];
}

const DENIED =
  /^(AccessDenied|Unauthorized|Forbidden|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|InvalidClientTokenId|MissingAuthenticationToken|IncompleteSignature|NotAuthorized)/u;

const UNREACHABLE =
  /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE|EPROTO|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/u;

function networkCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
