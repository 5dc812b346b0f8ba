import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { EvictError, codeOf } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import type { Door } from './door.ts';

/** The name of MQTT within WebSocket. [MQTT-6.0.0-3] */
const SUBPROTOCOL = 'mqtt';
/** AWS IoT answers in a hundred characters; nothing longer is worth reading. */
const MOST_CHARACTERS = 1_000;

const SECRETS = ['X-Amz-Signature', 'X-Amz-Security-Token'];

/** A signed URL, and the same without its secrets, which alone may be shown. */
type Address = { readonly url: string; readonly signedUrl: string; readonly ca?: string | undefined };

/**
 * A door whose WebSocket is made here: the library's own never settles on an HTTP answer that is no upgrade, and it would
 * get to see the signed URL. AWS IoT says with 403 that it does not believe the signature.
 */
export function webSocketDoor({ url, signedUrl, ca }: Address): Door {
  let refusal: EvictError | undefined;
  const createWebsocket = () => {
    const trust = ca === undefined ? {} : { ca };
    const socket = new WebSocket(new URL(signedUrl), SUBPROTOCOL, { ...trust, perMessageDeflate: false });
    socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      refusal = refused(status, { url });
      readShortly(response, (body) => {
        refusal = refused(status, { url, said: harmless(messageIn(body), signedUrl) });
        socket.terminate();
      });
    });
    socket.on('error', (error) => {
      refusal ??= unreachable(url, error.message || codeOf(error));
    });
    return socket;
  };
  return {
    url,
    options: { createWebsocket },
    refusal: () => refusal,
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

function refused(status: number, { url, said }: { url: string; said?: string | undefined }): EvictError {
  const answer = said === undefined ? '' : `, ${printable(said)}`;
  if (status !== 403) return unreachable(url, `it answered HTTP ${status}${answer} in place of a WebSocket`);
  return new EvictError('broker-refused', `${url} does not believe the signature (HTTP 403${answer})`, {
    hint: 'check that the credentials, with their session token, are valid and of this account, that the region is the one of the endpoint, and that the clock is right',
  });
}

function unreachable(url: string, why: string): EvictError {
  return new EvictError('broker-unreachable', `${url}: ${why}`, {
    hint: 'check --mqtt-url, --ca and the network',
  });
}
