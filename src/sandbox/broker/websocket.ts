import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../faults/clock.ts';
import type { AccessKey } from '../identity/access-key.ts';
import { type Identity, peerOf } from '../identity/identity.ts';
import { splitUrl } from '../identity/request-url.ts';
import { verifySignedQuery } from '../identity/signed-request.ts';
import type { Broker } from './broker.ts';

const PATH = '/mqtt';
const MAX_MESSAGE_BYTES = 256 * 1024;
/** RFC 6455, 7.1.5: the connection ended without a close frame. */
const NO_CLOSE_FRAME = 1006;

/** Whose signatures are believed, and by which clock. */
export type Signers = { readonly keys: ReadonlyMap<string, AccessKey>; readonly clock: Clock };

/** MQTT over WebSocket for IAM identities: SigV4 in the query, and a 403 for whoever has none that is good. */
export function acceptWebSockets(
  server: Server,
  { broker, signers }: { broker: Broker; signers: Signers },
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const key = signerOf(request, signers);
    if (key === undefined) return refuse(socket);
    const peer = peerOf(request.socket);
    const identity = { kind: 'iam', key, principal: key.userId, peer, sourceIp: peer.sourceIp } as const;
    sockets.handleUpgrade(request, socket, head, (webSocket) => admit(webSocket, { broker, identity }));
  });
}

function signerOf(request: IncomingMessage, { keys, clock }: Signers): AccessKey | undefined {
  const { path, query } = splitUrl(request.url ?? '');
  if (path !== PATH) return undefined;
  const parts = { method: 'GET', path, query, headers: request.headers, payload: '' };
  const check = { keys, services: ['iotdevicegateway'], now: clock.now() };
  const verified = verifySignedQuery(parts, check);
  return verified.kind === 'signed' ? verified.key : undefined;
}

function refuse(socket: Duplex): void {
  socket.on('error', () => {}); // the peer may be gone already; there is nobody to tell
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

/** A close frame is a graceful end, like DISCONNECT (LE); the reason is noted before the stream ends by it. */
function admit(webSocket: WebSocket, { broker, identity }: { broker: Broker; identity: Identity }): void {
  const stream = createWebSocketStream(webSocket);
  const admitted = broker.admit(stream, identity);
  webSocket.prependListener('close', (code) => {
    if (code !== NO_CLOSE_FRAME) admitted.ends('CLIENT_INITIATED_DISCONNECT');
  });
}
