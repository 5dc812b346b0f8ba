import { codeOf, messageOf, nameOf } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { metadataOf } from './sdk-metadata.ts';

/** Whether there were no credentials to sign with; what merely kept them from being fetched is of the way. */
export function isOfCredentials(error: unknown): boolean {
  return OF_CREDENTIALS.test(nameOf(error)) && !isOfTheWay(error);
}

/** What an error of the SDK's comes to, and what to do about it. */
type Explanation = { readonly code: ErrorCode; readonly detail: string; readonly hint: string };

/** Finds out what it was by name and message, for the SDK has no other signs. */
export function explain(error: unknown, signal: AbortSignal): Explanation {
  const [name, message] = [nameOf(error), messageOf(error)];
  const isNamed = name !== 'Error' && !wasHungUp(error);
  const detail = `${isNamed ? `${name}: ` : ''}${message.split('\n')[0] ?? ''}`;
  if (signal.aborted || name === 'AbortError' || (name === 'TimeoutError' && !wasHungUp(error)))
    return {
      code: 'timed-out',
      detail: 'no answer in time',
      hint: 'check the network and the endpoint, or raise --timeout',
    };
  if (isOfTheWay(error)) return explainTransport(error, detail);
  const known = EXPLAINED.find(({ fits }) => fits(name, message));
  return known === undefined
    ? explainTransport(error, detail)
    : { code: known.code, detail, hint: known.hint };
}

type Explained = Omit<Explanation, 'detail'> & { readonly fits: (name: string, message: string) => boolean };

/** In this order: what is told by name may have another reason, which is told by its message. */
const EXPLAINED: readonly Explained[] = [
  {
    fits: (_name, message) => /region is missing/iu.test(message),
    code: 'bad-option',
    hint: 'give --region, or set AWS_REGION',
  },
  {
    fits: (_name, message) => /MultiFactorAuthentication failed/u.test(message),
    code: 'credentials-missing',
    hint: 'run it again, with the code that the device shows then: each is good once',
  },
  {
    fits: (_name, message) => /^Signature (expired|not yet current)/u.test(message),
    code: 'access-denied',
    hint: 'set the clock of this machine, by NTP for one: AWS takes no signature that is five minutes off',
  },
  {
    fits: (name, message) =>
      /^Expired|TokenRefreshRequired/u.test(name) || /expired|run '?aws sso login/iu.test(message),
    code: 'credentials-missing',
    hint: 'refresh the credentials: for SSO, run "aws sso login"',
  },
  {
    fits: (name) => /^(Throttling|TooManyRequests)/u.test(name),
    code: 'service-refused',
    hint: 'AWS takes no more of these calls just now: wait, and run again',
  },
  {
    fits: (name) => OF_CREDENTIALS.test(name),
    code: 'credentials-missing',
    hint: 'give --profile, or set up credentials: "aws configure" or "aws sso login"',
  },
  {
    fits: (name) => DENIED.test(name),
    code: 'access-denied',
    hint: 'check the credentials and their permissions for this call',
  },
];

/** No words of AWS's own: the socket's, or those of something that is not AWS. */
function explainTransport(error: unknown, detail: string): Explanation {
  const words = wordsOf(error);
  const hint = 'check --endpoint-url, --region and the network';
  if (UNTRUSTED.test(words)) return { code: 'endpoint-unreachable', detail, hint: NOT_TRUSTED };
  if (NEVER_SENT.test(words)) return { code: 'endpoint-unreachable', detail, hint };
  if (CUT_OFF.test(words)) return { code: 'connection-lost', detail, hint };
  const status = metadataOf(error, 'httpStatusCode');
  if (/Deserialization error/u.test(messageOf(error)))
    return {
      code: 'service-failed',
      detail: `the answer (HTTP ${status ?? '?'}) is not one of AWS IoT`,
      hint,
    };
  const refused = status !== undefined && status >= 400 && status < 500;
  return { code: refused ? 'service-refused' : 'service-failed', detail, hint };
}

/** Whatever the SDK was about, it is the socket that failed, or TLS on it. */
function isOfTheWay(error: unknown): boolean {
  const answered = metadataOf(error, 'httpStatusCode') !== undefined;
  return !answered && [UNTRUSTED, NEVER_SENT, CUT_OFF].some((sort) => sort.test(wordsOf(error)));
}

/** The SDK names it a time-out, although it was over at once. */
function wasHungUp(error: unknown): boolean {
  return HUNG_UP.test(wordsOf(error));
}

/** By code, or within the message, where the SDK has wrapped the error of the socket. */
function wordsOf(error: unknown): string {
  return `${codeOf(error)} ${messageOf(error)}`;
}

const DENIED =
  /^(AccessDenied|Unauthorized|Forbidden|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|InvalidClientTokenId|MissingAuthenticationToken|IncompleteSignature|NotAuthorized)/u;
const OF_CREDENTIALS = /Credentials|SSO|TokenProvider/u;

const UNTRUSTED =
  /\b(CERT_\w+|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO\w+|ERR_TLS_CERT\w+|self-signed certificate|unable to (get|verify) [\w ]*certificate|certificate has expired)\b/u;
const NEVER_SENT =
  /\b(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOST\w+|ENET\w+|EPROTO|ERR_(TLS|SSL)\w+|the proxy \S+ of \w+ (answered|did not))\b/u;
const CUT_OFF = /\b(ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|socket hang up)\b/u;
const HUNG_UP = /\b(ECONNRESET|EPIPE|socket hang up)\b/u;

const NOT_TRUSTED =
  'check --endpoint-url and the clock; what opens TLS on the way has an authority of its own: name it in AWS_CA_BUNDLE';
