import type { Verified } from '../identity/signed-request.ts';
import type { RestContext } from '../rest/route.ts';
import { filterLogEvents } from './filter-log-events.ts';
import { failed, type JsonReply, type Operation } from './json-reply.ts';
import { createLogGroup, putLogEvents } from './put-log-events.ts';
import { getQueryResults, startQuery, stopQuery } from './query-operations.ts';

/** How CloudWatch Logs names what is wrong with a caller. */
const ERROR_TYPE = {
  unsigned: 'MissingAuthenticationTokenException',
  'unknown-key': 'UnrecognizedClientException',
  'expired-token': 'ExpiredTokenException',
  skewed: 'InvalidSignatureException',
  forged: 'InvalidSignatureException',
} as const;

export type Asked = {
  /** `Logs_20140328.FilterLogEvents`: the header that names the operation. */
  readonly target: string;
  readonly body: string;
  readonly verified: Verified;
  readonly sourceIp: string;
  readonly context: RestContext;
};

/** The operations of CloudWatch Logs that the sandbox has. (its API Reference) */
const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['FilterLogEvents', filterLogEvents],
  ['StartQuery', startQuery],
  ['GetQueryResults', getQueryResults],
  ['StopQuery', stopQuery],
  ['CreateLogGroup', createLogGroup],
  ['PutLogEvents', putLogEvents],
]);

export function answerLogs({ target, body, verified, sourceIp, context }: Asked): JsonReply | 'cut' {
  if (verified.kind !== 'signed') return failed(ERROR_TYPE[verified.kind], verified.message);
  const [service, name = ''] = target.split('.');
  const { faults } = context;
  if (faults.strike('throttle', { operation: name }) !== undefined)
    return failed('ThrottlingException', 'Rate exceeded');
  const broken = faults.strike('server-error', { operation: name });
  if (broken !== undefined)
    return failed('ServiceUnavailableException', 'The service cannot complete the request.', broken.status);
  const operation = service === 'Logs_20140328' ? OPERATIONS.get(name) : undefined;
  if (operation === undefined)
    return failed('UnknownOperationException', `the sandbox has no operation ${target}`);
  const reply = operation(parseJson(body), {
    identity: { kind: 'iam', key: verified.key, sourceIp },
    context,
  });
  return faults.strike('lost-reply', { operation: name }) === undefined ? reply : 'cut';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
