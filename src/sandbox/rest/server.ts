import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { splitUrl } from '../identity/request-url.ts';
import { type SignatureCheck, verifySignedHeaders, type Verified } from '../identity/signed-request.ts';
import type { SignedParts } from '../identity/sigv4.ts';
import { answerLogs } from '../logs/logs-api.ts';
import { refusal, type Answer } from './answer.ts';
import { answerRest, type Plane } from './pipeline.ts';
import type { RestContext } from './route.ts';
import { answerSts } from './sts.ts';
import { tellUnforeseen } from '../unforeseen.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** A reply on the wire; `cut`: the connection ends in its place. */
type Reply = { status: number; headers: Record<string, string>; body: string } | 'cut';

/** Serves the planes' REST APIs, and where it is wanted STS and CloudWatch Logs on `POST /`, to the AWS SDK and CLI as they are. */
export function restListener(
  { planes, others }: { planes: readonly Plane[]; others: boolean },
  context: RestContext,
): RequestListener {
  const serve = async (request: IncomingMessage): Promise<Reply> => {
    const payload = await readBody(request);
    if (payload === undefined) {
      return json(refusal('RequestEntityTooLargeException', `a body has at most ${MAX_BODY_BYTES} bytes`));
    }
    const parts = signedParts(request, payload);
    const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
    const verify = (services: readonly string[]): Verified => verified(parts, services, context);
    if (others && parts.method === 'POST' && parts.path === '/') {
      const target = parts.headers['x-amz-target'];
      if (typeof target === 'string') {
        const asked = { target, body: payload.toString(), verified: verify(['logs']), sourceIp, context };
        return answerLogs(asked);
      }
      return answerSts(payload.toString(), { verified: verify(['sts']), context });
    }
    const given = await answerRest(parts, { planes, verify, sourceIp, context });
    return given === 'cut' ? given : json(given);
  };
  return (request, response) => {
    serve(request).then(
      (reply) => send(response, { reply, now: context.clock.now() }),
      (error: unknown) => {
        tellUnforeseen(error, request);
        const reply = json(refusal('InternalFailureException', 'the sandbox failed'));
        send(response, { reply, now: context.clock.now() });
      },
    );
  };
}

function verified(parts: SignedParts, services: readonly string[], { iam, clock }: RestContext): Verified {
  const check: SignatureCheck = { keys: iam.keys, services, now: clock.now() };
  return verifySignedHeaders(parts, check);
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

/** The SDK corrects its clock by the `Date`, which is the sandbox's own. */
function send(response: ServerResponse, { reply, now }: { reply: Reply; now: number }): void {
  if (reply === 'cut') {
    response.destroy();
    return;
  }
  const date = new Date(now).toUTCString();
  response
    .writeHead(reply.status, { ...reply.headers, Date: date, 'x-amzn-RequestId': randomUUID() })
    .end(reply.body);
}
