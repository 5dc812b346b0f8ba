import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Listening, listenOnLoopback } from '../listening.ts';

const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/u;
const REQUEST_TIMEOUT_MS = 10_000;

/** The sandbox's own side door: `GET /truth`, for tests and for the demo to judge by. */
export function startAdmin(truth: () => unknown, port: number): Promise<Listening> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    request.resume();
    if (!isFromLoopbackName(request))
      reply(response, { status: 403, body: { message: 'not a loopback host' } });
    else if (request.method === 'GET' && request.url === '/truth')
      reply(response, { status: 200, body: truth() });
    else reply(response, { status: 404, body: { message: 'the sandbox answers GET /truth here' } });
  });
  return listenOnLoopback(server, port);
}

/** A web page whose name was rebound to 127.0.0.1 still sends its own name. */
function isFromLoopbackName({ headers }: IncomingMessage): boolean {
  return LOOPBACK_HOST.test(headers.host ?? '');
}

function reply(response: ServerResponse, { status, body }: { status: number; body: unknown }): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
