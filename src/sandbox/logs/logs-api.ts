import * as z from 'zod';
import { logGroupArn } from '../identity/account.ts';
import type { Verified } from '../identity/signed-request.ts';
import { denialOf } from '../rest/denial.ts';
import { page, pageToken } from '../rest/paging.ts';
import type { RestContext } from '../rest/route.ts';
import { readFilter } from './filter-pattern.ts';

/** How CloudWatch Logs names what is wrong with a caller. */
const ERROR_TYPE = {
  unsigned: 'MissingAuthenticationTokenException',
  'unknown-key': 'UnrecognizedClientException',
  'expired-token': 'ExpiredTokenException',
  skewed: 'InvalidSignatureException',
  forged: 'InvalidSignatureException',
} as const;

/** An answer of the JSON 1.1 protocol. */
type JsonReply = { readonly status: number; readonly headers: Record<string, string>; readonly body: string };

export type Asked = {
  /** `Logs_20140328.FilterLogEvents`: the header that names the operation. */
  readonly target: string;
  readonly body: string;
  readonly verified: Verified;
  readonly sourceIp: string;
  readonly context: RestContext;
};

/** Answers the one operation of CloudWatch Logs that the sandbox has: FilterLogEvents. (its API Reference) */
export function answerLogs({ target, body, verified, sourceIp, context }: Asked): JsonReply | 'cut' {
  if (verified.kind !== 'signed') return failed(ERROR_TYPE[verified.kind], verified.message);
  const operation = target.slice(target.indexOf('.') + 1);
  const { faults } = context;
  if (faults.strike('throttle', { operation }) !== undefined)
    return failed('ThrottlingException', 'Rate exceeded');
  const broken = faults.strike('server-error', { operation });
  if (broken !== undefined)
    return failed('ServiceUnavailableException', 'The service cannot complete the request.', broken.status);
  if (target !== 'Logs_20140328.FilterLogEvents')
    return failed('UnknownOperationException', `the sandbox has no operation ${target}`);
  const reply = filterLogEvents(body, { identity: { kind: 'iam', key: verified.key, sourceIp }, context });
  return faults.strike('lost-reply', { operation }) === undefined ? reply : 'cut';
}

/** Strict: what the sandbox would pass over must not narrow the answer at AWS only. */
const filtering = z.strictObject({
  logGroupName: z.string().regex(/^[.\-_/#A-Za-z0-9]{1,512}$/u),
  startTime: z.number().int().min(0).default(0),
  endTime: z.number().int().min(0).default(Number.MAX_SAFE_INTEGER),
  filterPattern: z.string().max(1024).default(''),
  limit: z.number().int().min(1).max(10_000).default(10_000),
  nextToken: pageToken,
});

type Caller = { readonly identity: Parameters<typeof denialOf>[0]; readonly context: RestContext };

/** The stream of each event is the sandbox's own; AWS IoT has one for each of its hosts. */
const STREAM = 'sandbox';

function filterLogEvents(body: string, { identity, context }: Caller): JsonReply {
  const parsed = filtering.safeParse(parseJson(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return failed('InvalidParameterException', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { logGroupName, startTime, endTime, filterPattern, limit, nextToken } = parsed.data;
  const access = { action: 'logs:FilterLogEvents', resource: logGroupArn(logGroupName) };
  const denied = denialOf(identity, access);
  if (denied !== undefined) return failed('AccessDeniedException', denied);
  const isWanted = readFilter(filterPattern);
  if (isWanted === undefined)
    return failed('InvalidParameterException', `the sandbox cannot evaluate the pattern ${filterPattern}`);
  const all = context.logs.events(logGroupName);
  if (all === undefined)
    return failed('ResourceNotFoundException', 'The specified log group does not exist.');
  const found = all.filter(
    ({ timestamp, message }) => startTime <= timestamp && timestamp <= endTime && isWanted(message),
  );
  const { items, next } = page(found, { size: limit, from: nextToken });
  const events = items.map((event) => ({ ...event, logStreamName: STREAM }));
  return json(200, { events, searchedLogStreams: [], ...(next === undefined ? {} : { nextToken: next }) });
}

function failed(type: string, message: string, status = 400): JsonReply {
  return json(status, { __type: type, message });
}

function json(status: number, body: object): JsonReply {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
