import type { IamIdentity } from '../identity/identity.ts';
import type { Verified } from '../identity/signed-request.ts';
import type { SignedParts } from '../identity/sigv4.ts';
import { refusal, type Answer } from './answer.ts';
import { denialOf } from './denial.ts';
import { type Call, findRoute, type Match, type RestContext, type Route } from './route.ts';

/** One of AWS IoT's two REST APIs. They sign for other services, and word the same refusals in other ways. */
export type Plane = {
  /** Names that the credential scope may have. */
  readonly services: readonly string[];
  readonly routes: readonly Route[];
  readonly throttled: { readonly status: number };
  /** How it refuses a caller: by the reason, where it has names for them. */
  refuse(reason: Exclude<Verified['kind'], 'signed'> | 'denied', message: string): Answer;
};

type Asked = {
  readonly planes: readonly Plane[];
  readonly verify: (services: readonly string[]) => Verified;
  readonly sourceIp: string;
  readonly context: RestContext;
};

/** Verify, then allow, then carry out: nothing of a request is believed before its signature is. */
export async function answerRest(
  parts: SignedParts,
  { planes, verify, sourceIp, context }: Asked,
): Promise<Answer | 'cut'> {
  const found = find(planes, parts);
  const [fallback] = planes;
  const plane = found?.plane ?? fallback;
  if (plane === undefined) throw new Error('a server without a plane answers nothing');
  const verified = verify(plane.services);
  if (verified.kind !== 'signed') return plane.refuse(verified.kind, verified.message);
  if (found === undefined) {
    return refusal('UnknownOperationException', `the sandbox has no operation ${parts.method} ${parts.path}`);
  }
  const body = parseJson(parts.payload.toString());
  if (body === undefined) return refusal('InvalidRequestException', 'the body is not JSON');
  const identity = { kind: 'iam', key: verified.key, sourceIp } as const;
  return carryOut(found, { identity, body, context });
}

type Found = { readonly plane: Plane; readonly match: Match };

function find(planes: readonly Plane[], { method, path, query, headers }: SignedParts): Found | undefined {
  for (const plane of planes) {
    const request = { method, path, query: new Map(query), headers, body: undefined };
    const match = findRoute(plane.routes, request);
    if (match !== undefined) return { plane, match };
  }
  return undefined;
}

type Caller = {
  readonly identity: IamIdentity;
  readonly body: unknown;
  readonly context: RestContext;
};

async function carryOut({ plane, match }: Found, caller: Caller): Promise<Answer | 'cut'> {
  const { route, input, labels } = match;
  const { faults } = caller.context;
  const victim = { operation: route.operation, client: labels.get('clientId') };
  if (faults.strike('throttle', victim) !== undefined) {
    return refusal('ThrottlingException', 'Rate exceeded', plane.throttled.status);
  }
  const broken = faults.strike('server-error', victim);
  if (broken !== undefined) {
    return broken.status === 503
      ? refusal('ServiceUnavailableException', 'The service is temporarily unavailable.')
      : refusal('InternalFailureException', 'An unexpected error has occurred.');
  }
  const call = route.parse({ ...Object(input), body: caller.body });
  if ('problem' in call) return refusal('InvalidRequestException', call.problem);
  const denied = denial(route, { call, caller });
  if (denied !== undefined) return plane.refuse('denied', denied);
  const answered = await call.handle(caller.context);
  return faults.strike('lost-reply', victim) === undefined ? answered : 'cut';
}

/** In IAM's words, where the caller's policies do not allow the operation on everything that it touches. */
function denial(route: Route, { call, caller }: { call: Call; caller: Caller }): string | undefined {
  const action = `iot:${route.permission}`;
  const { identity } = caller;
  for (const resource of call.resources) {
    const denied = denialOf(identity, { action, resource });
    if (denied !== undefined) return denied;
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
