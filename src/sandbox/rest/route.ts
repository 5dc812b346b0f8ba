import type * as z from 'zod';
import { refusal, type Answer } from './answer.ts';
import type { CertificateAuthority } from '../identity/certificate-authority.ts';
import type { Registry } from '../registry/registry.ts';

/** What a handler may use. */
export type ControlContext = {
  readonly registry: Registry;
  readonly authority: CertificateAuthority;
  /** `host:port` that DescribeEndpoint answers for `iot:Data-ATS`. */
  readonly dataEndpoint: string;
  readonly now: () => number;
};

/** A request after its HTTP form has been taken apart, before any of it is trusted. */
export type RestRequest = {
  readonly method: string;
  /** As on the wire, still percent-encoded: an ARN is one label (`%3A`, `%2F`). */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
};

/** One row of the control plane. */
export type Route = {
  readonly method: string;
  readonly path: string;
  readonly handle: (input: unknown, context: ControlContext) => Answer | Promise<Answer>;
};

type Row<Input extends z.ZodType> = {
  /** The shape of `{ path, query, headers, body }`: what does not fit is an InvalidRequestException. */
  input: Input;
  handle: (input: z.output<Input>, context: ControlContext) => Answer | Promise<Answer>;
};

/** Writes one row: `route('GET /certificates/{certificateId}', { input, handle })`. */
export function route<Input extends z.ZodType>(line: `${string} /${string}`, row: Row<Input>): Route {
  const [method = '', path = ''] = line.split(' ');
  return {
    method,
    path,
    handle: (untrusted, context) => {
      const parsed = row.input.safeParse(untrusted);
      return parsed.success ? row.handle(parsed.data, context) : invalidRequest(parsed.error);
    },
  };
}

function invalidRequest(error: z.ZodError): Answer {
  const [issue] = error.issues;
  const where = issue?.path.slice(1).join('.') ?? '';
  return refusal(
    'InvalidRequestException',
    `${where === '' ? 'request' : where}: ${issue?.message ?? 'invalid'}`,
  );
}

/** Finds the row of a request and lets it answer. */
export function dispatch(
  routes: readonly Route[],
  { request, context }: { request: RestRequest; context: ControlContext },
): Answer | Promise<Answer> {
  for (const candidate of routes) {
    const labels = candidate.method === request.method ? matchPath(candidate.path, request.path) : undefined;
    if (labels !== undefined) return candidate.handle(untrustedInput(request, labels), context);
  }
  return refusal(
    'UnknownOperationException',
    `the sandbox has no operation ${request.method} ${request.path}`,
  );
}

function untrustedInput(request: RestRequest, labels: ReadonlyMap<string, string>): unknown {
  return {
    path: Object.fromEntries(labels),
    query: Object.fromEntries(request.query),
    headers: request.headers,
    body: request.body,
  };
}

function matchPath(pattern: string, path: string): Map<string, string> | undefined {
  const expected = pattern.split('/');
  const actual = path.split('/');
  if (expected.length !== actual.length) return undefined;
  const labels = new Map<string, string>();
  for (const [index, part] of expected.entries()) {
    const segment = decodeSegment(actual[index] ?? '');
    if (part.startsWith('{')) {
      if (segment === undefined || segment === '') return undefined;
      labels.set(part.slice(1, -1), segment);
    } else if (part !== segment) return undefined;
  }
  return labels;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
