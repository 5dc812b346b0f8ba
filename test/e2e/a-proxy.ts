import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** An HTTP proxy on loopback that remembers what it was asked for. */
export type TestProxy = AsyncDisposable & {
  readonly address: string;
  /** The `host:port` of each tunnel that was asked for, in order. */
  readonly asked: string[];
  /** The connections that are open, of both sides. */
  open(): number;
};

export type ProxyManner = {
  /** `user:password`, without which it answers 407. */
  readonly login?: string;
  /** What it does instead of making a tunnel: answers with this status, says nothing, or makes it and cuts it when it is used. */
  readonly instead?: (target: string) => number | 'silence' | 'cut' | undefined;
  /** Shown to clients that speak TLS to it. */
  readonly certificate?: { readonly cert: string; readonly key: string };
};

export async function aProxy({ login, instead, certificate }: ProxyManner = {}): Promise<TestProxy> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const keep = (socket: Duplex) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('close', () => sockets.delete(socket));
  };
  const onConnect = (request: IncomingMessage, socket: Duplex) => {
    const { url: target = '' } = request;
    asked.push(target);
    const manner = knows(request, login) ? instead?.(target) : 407;
    if (manner === 'silence') return void socket.resume().once('end', () => socket.end());
    if (typeof manner === 'number') return void socket.end(`HTTP/1.1 ${manner} No\r\n\r\n<html>no</html>`);
    const [, host = '', port = ''] = /^(.+):(\d+)$/u.exec(target) ?? [];
    const onward = connect(Number(port), host);
    keep(onward);
    onward.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (manner === 'cut') return void socket.once('data', () => socket.destroy());
      onward.pipe(socket).pipe(onward);
    });
    onward.once('close', () => socket.destroy());
    socket.once('close', () => onward.destroy());
  };
  const server = certificate === undefined ? createServer() : createTlsServer(certificate);
  server.on('connection', keep).on('connect', onConnect).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    address: `127.0.0.1:${port}`,
    asked,
    open: () => sockets.size,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function knows({ headers }: IncomingMessage, login: string | undefined): boolean {
  if (login === undefined) return true;
  return headers['proxy-authorization'] === `Basic ${Buffer.from(login).toString('base64')}`;
}
