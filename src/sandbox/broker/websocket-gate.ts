import { createServer } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { AccessKey } from '../identity/account.ts';
import type { Broker } from './broker.ts';
import type { Credential } from '../identity/certificate-authority.ts';
import type { Identity } from '../presence/presence.ts';
import { type Listening, listenOnLoopback } from '../listening.ts';
import { splitUrl } from '../identity/request-url.ts';
import { verifySignedQuery } from '../identity/signed-request.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
const PATH = '/mqtt';
const MAX_MESSAGE_BYTES = 256 * 1024;
/** RFC 6455, 7.1.5: the connection ended without a close frame. */
const NO_CLOSE_FRAME = 1006;

type GateOptions = {
  readonly broker: Broker;
  readonly server: Credential;
  readonly keys: ReadonlyMap<string, AccessKey>;
  readonly port: number;
};

/** MQTT over WebSocket for IAM identities: SigV4 in the query, and a 403 for whoever has none that is good. */
export function startWebSocketGate(options: GateOptions): Promise<Listening> {
  const server = createServer({
    cert: options.server.certificatePem,
    key: options.server.privateKeyPem,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    requestTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
  });
  server.on('request', (_request, response) => response.writeHead(404).end());
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const key = signerOf(request, options);
    if (key === undefined) return refuse(socket);
    const ipAddress = request.socket.remoteAddress ?? '127.0.0.1';
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      admit(webSocket, { broker: options.broker, identity: { principal: key.userId, ipAddress } }),
    );
  });
  return listenOnLoopback(server, options.port);
}

function signerOf(request: IncomingMessage, options: GateOptions): AccessKey | undefined {
  const { path, query } = splitUrl(request.url ?? '');
  if (path !== PATH) return undefined;
  const parts = { method: 'GET', path, query, headers: request.headers, payload: '' };
  const check = { keys: options.keys, service: 'iotdevicegateway', now: Date.now() };
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
