import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { createCertificateAuthority } from '../../../src/sandbox/identity/certificate-authority.ts';

/** A server on loopback that does with each handshake as told: what no honest broker does. */
export type Peer = AsyncDisposable & {
  readonly url: string;
  readonly ca: string;
  /** The TCP connections that are still there. */
  readonly open: () => number;
};

export async function aPeer(
  onHandshake: (wire: Duplex, request: IncomingMessage, head: Buffer) => void,
): Promise<Peer> {
  const authority = await createCertificateAuthority();
  const { certificatePem: cert, privateKeyPem: key } = await authority.issueServer();
  const server = createServer({ cert, key }).listen(0, '127.0.0.1');
  const wires = new Set<Socket>();
  server.on('connection', (wire: Socket) => {
    wires.add(wire.on('error', () => undefined));
    wire.once('close', () => wires.delete(wire));
  });
  server.on('upgrade', (request: IncomingMessage, wire: Duplex, head: Buffer) => {
    wire.on('error', () => undefined);
    onHandshake(wire, request, head);
  });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `wss://127.0.0.1:${port}/mqtt`,
    ca: authority.certificatePem,
    open: () => wires.size,
    [Symbol.asyncDispose]: async () => {
      for (const wire of wires) wire.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers the handshake over HTTP, and closes unless it is to go on for ever. */
export function answering(
  status: number,
  body: string | ((request: IncomingMessage) => string),
  { endless = false }: { readonly endless?: boolean } = {},
) {
  return (wire: Duplex, request: IncomingMessage): void => {
    const text = typeof body === 'string' ? body : body(request);
    const length = Buffer.byteLength(text) + (endless ? 1_000_000 : 0);
    wire.write(`HTTP/1.1 ${status} So\r\nContent-Length: ${length}\r\n\r\n${text}`);
    if (!endless) wire.end();
  };
}

/** Lets the WebSocket in, under the subprotocol that was asked for or another. */
export function lettingIn(then: (socket: WebSocket) => void, { subprotocol = 'mqtt' } = {}) {
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: () => (subprotocol === '' ? false : subprotocol),
  });
  return (wire: Duplex, request: IncomingMessage, head: Buffer): void =>
    sockets.handleUpgrade(request, wire, head, then);
}

/** The same without a library, which would answer a close frame. (RFC 6455, 4.2.2) */
export function acceptByHand(wire: Duplex, { headers }: IncomingMessage): void {
  const key = `${headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  const lines = ['HTTP/1.1 101 Switching Protocols', ...upgrade, 'Sec-WebSocket-Protocol: mqtt', '', ''];
  wire.write(lines.join('\r\n'));
}
