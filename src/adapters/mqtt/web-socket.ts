import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { EvictError, codeOf } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { UNREACHED } from './door.ts';
import type { Door, Tunnel } from './door.ts';

/** The name of MQTT within WebSocket. [MQTT-6.0.0-3] */
const SUBPROTOCOL = 'mqtt';
/** AWS IoT answers in a hundred characters; nothing longer is worth reading. */
const MOST_CHARACTERS = 1_000;

const SECRETS = ['X-Amz-Signature', 'X-Amz-Security-Token'];

/** A signed URL, and the same without its secrets, which alone may be shown. */
type Address = {
  readonly url: string;
  readonly signedUrl: string;
  readonly ca?: string | undefined;
  readonly tunnel?: Tunnel | undefined;
};

/**
 * A door whose WebSocket is made here: the library's own never settles on an HTTP answer that is no upgrade, and it would
 * get to see the signed URL. AWS IoT says with 403 that it does not believe the signature.
 */
export function webSocketDoor({ url, signedUrl, ca, tunnel }: Address): Door {
  let refusal: EvictError | undefined;
  const unreached = tunnel === undefined ? UNREACHED : `${tunnel.hint}; ${UNREACHED}`;
  const createWebsocket = () => {
    const trust = ca === undefined ? {} : { ca };
    const way = tunnel === undefined ? {} : { agent: tunnel.agent };
    const options = { ...trust, ...way, perMessageDeflate: false };
    const socket = new WebSocket(new URL(signedUrl), SUBPROTOCOL, options);
    socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      refusal = refused(status, { url, unreached });
      readShortly(response, (body) => {
        refusal = refused(status, { url, unreached, said: harmless(messageIn(body), signedUrl) });
        socket.terminate();
      });
    });
    socket.on('error', (error) => {
      refusal ??=
        throughProxy(tunnel?.refusal(error), url) ??
        unreachable(url, { why: error.message || codeOf(error), unreached });
    });
    return socket;
  };
  return {
    url,
    options: { createWebsocket },
    refusal: () => refusal,
    unreached,
    hint: 'check that the policies of the credentials allow iot:Connect for this client ID',
  };
}

/** Reads an answer's beginning. It may never end: whoever opens the connection has a limit of his own. */
function readShortly(response: IncomingMessage, done: (body: string) => void): void {
  let body = '';
  response.setEncoding('utf8');
  response.on('data', (more: string) => {
    body += more;
    if (body.length > MOST_CHARACTERS) response.destroy();
  });
  response.on('error', () => undefined); // cut off: what came until then is all there is
  response.once('close', () => done(body.slice(0, MOST_CHARACTERS)));
}

/** `{"message":"Forbidden","traceId":"…"}`: what is no such answer is not AWS's, and its text is left out. */
function messageIn(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const message: unknown = Reflect.get(Object(value), 'message');
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Whoever answers may repeat what was asked, encoded or not. */
function harmless(text: string | undefined, signedUrl: string): string | undefined {
  const { searchParams } = new URL(signedUrl);
  const secrets = SECRETS.flatMap((name) => searchParams.getAll(name));
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return text === undefined || forms.some((form) => text.includes(form)) ? undefined : text;
}

type Answer = { readonly url: string; readonly unreached: string; readonly said?: string | undefined };

function refused(status: number, { url, unreached, said }: Answer): EvictError {
  const answer = said === undefined ? '' : `, ${printable(said)}`;
  if (status !== 403)
    return unreachable(url, {
      why: `it answered HTTP ${status}${answer} in place of a WebSocket`,
      unreached,
    });
  return new EvictError('broker-refused', `${url} does not believe the signature (HTTP 403${answer})`, {
    hint: 'check that the credentials, with their session token, are valid and of this account, that the region is the one of the endpoint, and that the clock is right',
  });
}

function unreachable(
  url: string,
  { why, unreached }: { readonly why: string; readonly unreached: string },
): EvictError {
  return new EvictError('broker-unreachable', `${url}: ${why}`, { hint: unreached });
}

/** The proxy was reached, and the broker was not. */
function throughProxy(said: EvictError | undefined, url: string): EvictError | undefined {
  return said && new EvictError('broker-unreachable', `${url}: ${said.message}`, { hint: said.hint });
}
