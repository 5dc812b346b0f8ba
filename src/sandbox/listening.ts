import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/** A server that listens on loopback, with every socket it holds. */
export type Listening = AsyncDisposable & { readonly port: number };

/** Binds a server (HTTP, HTTPS or TLS alike) to 127.0.0.1, never to another address; 0 is any free port. */
export async function listenOnLoopback(server: Server, port: number): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
