import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Listening, listenOnLoopback } from '../listening.ts';
import { tellUnforeseen } from '../unforeseen.ts';
import { readFault } from './fault.ts';
import type { Faults } from './faults.ts';

const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/u;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_BODY_CHARACTERS = 10_000;
const CALLS = 'GET /truth, GET /snapshot, GET /faults, POST /faults, DELETE /faults, DELETE /faults/<id>';

/** What the side door shows and changes. */
export type AdminView = {
  readonly faults: Faults;
  truth(): unknown;
  snapshot(): Promise<unknown>;
};

type Reply = { readonly status: number; readonly body: unknown };

/** The sandbox's own side door, for tests and drills: its view of the truth, its whole state, and its faults. */
export function startAdmin(view: AdminView, port: number): Promise<Listening> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    answer(request, view).then(
      (reply) => send(response, reply),
      (error: unknown) => {
        tellUnforeseen(error, request);
        send(response, refusal(500, 'the sandbox failed'));
      },
    );
  });
  return listenOnLoopback(server, port);
}

async function answer(request: IncomingMessage, view: AdminView): Promise<Reply> {
  const text = await readText(request);
  if (!isFromLoopbackName(request)) return refusal(403, 'not a loopback host');
  if (text === undefined) return refusal(413, `a body has at most ${MAX_BODY_CHARACTERS} characters`);
  const { method = '', url = '' } = request;
  if (method === 'GET' && url === '/truth') return { status: 200, body: view.truth() };
  if (method === 'GET' && url === '/snapshot') return { status: 200, body: await view.snapshot() };
  if (url === '/faults' || url.startsWith('/faults/')) return answerFaults({ request, text }, view.faults);
  return refusal(404, `the sandbox answers ${CALLS} here`);
}

/** A web page can send a request here without asking, but not one with JSON in it, nor a DELETE. */
function answerFaults({ request, text }: { request: IncomingMessage; text: string }, faults: Faults): Reply {
  const { method = '', url = '', headers } = request;
  const id = /^\/faults\/(\d{1,9})$/u.exec(url)?.[1];
  if (method === 'GET' && id === undefined) return { status: 200, body: faults.list() };
  if (method === 'DELETE' && url === '/faults') {
    faults.clear();
    return { status: 200, body: faults.list() };
  }
  if (method === 'DELETE' && id !== undefined) {
    return faults.remove(Number(id))
      ? { status: 200, body: faults.list() }
      : refusal(404, `there is no fault ${id}`);
  }
  if (method !== 'POST' || url !== '/faults') return refusal(404, `the sandbox answers ${CALLS} here`);
  if (!/^application\/json\b/u.test(headers['content-type'] ?? ''))
    return refusal(415, 'send application/json');
  return addFault(text, faults);
}

function addFault(text: string, faults: Faults): Reply {
  const read = readFault(parseJson(text));
  return 'problem' in read ? refusal(400, read.problem) : { status: 201, body: faults.add(read) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readText(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  request.setEncoding('utf8');
  for await (const part of request) {
    if (text.length <= MAX_BODY_CHARACTERS) text += String(part);
  }
  return text.length <= MAX_BODY_CHARACTERS ? text : undefined;
}

/** A web page whose name was rebound to 127.0.0.1 still sends its own name. */
function isFromLoopbackName({ headers }: IncomingMessage): boolean {
  return LOOPBACK_HOST.test(headers.host ?? '');
}

function refusal(status: number, message: string): Reply {
  return { status, body: { message } };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
