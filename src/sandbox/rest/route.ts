import type * as z from 'zod';
import type { Connections } from '../broker/connections.ts';
import type { Clock } from '../faults/clock.ts';
import type { Faults } from '../faults/faults.ts';
import type { CertificateAuthority } from '../identity/certificate-authority.ts';
import type { Iam } from '../identity/iam.ts';
import type { LogGroups } from '../logs/log-groups.ts';
import type { Registry } from '../registry/registry.ts';
import type { Answer } from './answer.ts';

/** What an operation may use. */
export type RestContext = {
  readonly registry: Registry;
  readonly iam: Iam;
  readonly authority: CertificateAuthority;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly logs: LogGroups;
  /** `host:port` that DescribeEndpoint answers. */
  readonly dataEndpoint: string;
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

/** What one request asks for, once its shape was found good. */
export type Call = {
  /** What it touches, for the caller's policy: ARNs, or `*` where AWS knows no narrower one. */
  readonly resources: readonly string[];
  handle(context: RestContext): Answer | Promise<Answer>;
};

/** One operation of the API. */
export type Route = {
  /** As AWS's reference names it. */
  readonly operation: string;
  /** The IAM action that it needs, without `iot:`. */
  readonly permission: string;
  readonly method: string;
  readonly path: string;
  /** The call, or what does not fit the operation's shape. */
  readonly parse: (input: unknown) => Call | { readonly problem: string };
};

type Row<Input extends z.ZodType> = {
  /** The shape of `{ path, query, headers, body }`. */
  readonly input: Input;
  /** ARNs that the caller's policy must allow (Service Authorization Reference); `*` without it. */
  readonly resources?: (input: z.output<Input>) => readonly string[];
  /** Where it is not the operation's own name. */
  readonly permission?: string;
  readonly handle: (input: z.output<Input>, context: RestContext) => Answer | Promise<Answer>;
};

/** Writes one row: `route('DescribeCertificate', 'GET /certificates/{certificateId}', { input, resources, handle })`. */
export function route<Input extends z.ZodType>(
  operation: string,
  line: `${string} /${string}`,
  row: Row<Input>,
): Route {
  const [method = '', path = ''] = line.split(' ');
  return {
    operation,
    permission: row.permission ?? operation,
    method,
    path,
    parse: (untrusted) => {
      const parsed = row.input.safeParse(untrusted);
      if (!parsed.success) return { problem: problemOf(parsed.error) };
      return {
        resources: row.resources?.(parsed.data) ?? ['*'],
        handle: (context) => row.handle(parsed.data, context),
      };
    },
  };
}

function problemOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const where = issue?.path.slice(1).join('.') ?? '';
  return `${where === '' ? 'request' : where}: ${issue?.message ?? 'invalid'}`;
}

/** The operation that a request names, and its input, not yet looked at. */
export type Match = {
  readonly route: Route;
  readonly input: unknown;
  readonly labels: ReadonlyMap<string, string>;
};

/** Finds the row of a request. Of two that fit, the one with more fixed parts is meant. */
export function findRoute(routes: readonly Route[], request: RestRequest): Match | undefined {
  const matches = routes
    .filter(({ method }) => method === request.method)
    .map((one) => ({ route: one, labels: matchPath(one.path, request.path) }))
    .filter((match): match is { route: Route; labels: Map<string, string> } => match.labels !== undefined)
    .toSorted((a, b) => a.labels.size - b.labels.size);
  const [best] = matches;
  return best && { ...best, input: untrustedInput(request, best.labels) };
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
