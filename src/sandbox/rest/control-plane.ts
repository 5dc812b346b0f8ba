import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AccessKey } from '../identity/account.ts';
import { refusal, type Answer } from './answer.ts';
import { certificateRoutes } from './certificate-routes.ts';
import { type Listening, listenOnLoopback } from '../listening.ts';
import { policyRoutes } from './policy-routes.ts';
import { splitUrl } from '../identity/request-url.ts';
import { dispatch, type ControlContext } from './route.ts';
import type { SignedParts, Verified } from '../identity/sigv4.ts';
import { verifySignedHeaders } from '../identity/signed-request.ts';
import { answerSts } from './sts.ts';
import { thingRoutes } from './thing-routes.ts';

const ROUTES = [...certificateRoutes, ...policyRoutes, ...thingRoutes];
const MAX_BODY_BYTES = 64 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;

/** How the IoT API names what SigV4 found wrong. */
const ERROR_TYPE = {
  unsigned: 'MissingAuthenticationTokenException',
  'unknown-key': 'UnrecognizedClientException',
  expired: 'InvalidSignatureException',
  forged: 'InvalidSignatureException',
} as const;

type ControlPlaneOptions = {
  readonly context: ControlContext;
  readonly keys: ReadonlyMap<string, AccessKey>;
  readonly port: number;
};

/** Serves IoT's REST API, and STS on `POST /`, to the AWS SDK and CLI as they are. */
export function startControlPlane(options: ControlPlaneOptions): Promise<Listening> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    serve(request, options).then(
      (reply) => send(response, reply),
      () => send(response, json(refusal('InternalFailureException', 'the sandbox failed'))),
    );
  });
  return listenOnLoopback(server, options.port);
}

type Reply = { status: number; headers: Record<string, string>; body: string };

/** Read, verify, answer. Nothing of a request is looked at before its signature is. */
async function serve(request: IncomingMessage, options: ControlPlaneOptions): Promise<Reply> {
  const payload = await readBody(request);
  if (payload === undefined) {
    return json(refusal('RequestEntityTooLargeException', `a body has at most ${MAX_BODY_BYTES} bytes`));
  }
  const parts = signedParts(request, payload);
  const verify = (service: string) =>
    verifySignedHeaders(parts, { keys: options.keys, service, now: options.context.now() });
  if (parts.method === 'POST' && parts.path === '/') {
    const { status, xml } = answerSts(payload.toString(), verify('sts'));
    return { status, headers: { 'content-type': 'text/xml' }, body: xml };
  }
  return json(await answerRest(parts, { verified: verify('iot'), context: options.context }));
}

async function answerRest(
  parts: SignedParts,
  { verified, context }: { verified: Verified; context: ControlContext },
): Promise<Answer> {
  if (verified.kind !== 'signed') return refusal(ERROR_TYPE[verified.kind], verified.message);
  const body = parseJson(parts.payload.toString());
  if (body === undefined) return refusal('InvalidRequestException', 'the body is not JSON');
  const { method, path, headers } = parts;
  return dispatch(ROUTES, { request: { method, path, query: new Map(parts.query), headers, body }, context });
}

/** Reads on past the limit without keeping what comes, so that the sender gets to hear of it. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  });
  return new Promise((resolve, reject) => {
    request.once('end', () => resolve(size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined));
    request.once('error', reject);
  });
}

function signedParts(request: IncomingMessage, payload: Buffer): SignedParts {
  const { method = '', url = '', headers } = request;
  return { method, ...splitUrl(url), headers, payload };
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function json({ status, body, errorType }: Answer): Reply {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...(errorType === undefined ? {} : { 'x-amzn-ErrorType': errorType }),
    },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

/** Node adds the Date that the SDK corrects its clock by. */
function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...headers, 'x-amzn-RequestId': randomUUID() }).end(body);
}
