import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Something that listens on loopback. */
export type Listening = AsyncDisposable & { readonly port: number };

async function listening(server: Server, sockets: Set<Socket>): Promise<Listening> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port on which nobody listens: it was free a moment ago. */
export async function aClosedPort(): Promise<number> {
  await using server = await aMuteServer();
  return server.port;
}

/** Accepts, and never says a word. */
export function aMuteServer(): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).resume();
  });
  return listening(server, sockets);
}

/** An HTTP server that has never heard of AWS. */
export function aWebServer(status: number, body: string): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createHttpServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'text/html' }).end(body);
  });
  server.on('connection', (socket) => sockets.add(socket));
  return listening(server, sockets);
}

/** Passes bytes on until told to swallow them: what it swallows, the other side never sees. */
export type Stalling = Listening & {
  /** From the first piece of a connection on that fits, nothing of that connection is passed on. */
  stallWhen(fits: (piece: { text: string; connection: number }) => boolean): void;
  /** Resolves when something is being held back. */
  readonly stalled: Promise<void>;
  /** Passes on what was held back, and everything from now on. */
  release(): void;
};

export async function aStallingProxy(targetUrl: string): Promise<Stalling> {
  const { hostname, port } = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const held: { to: Socket; bytes: Buffer }[] = [];
  let fits: (piece: { text: string; connection: number }) => boolean = () => false;
  let connections = 0;
  let onStalled: () => void = () => {};
  const stalled = new Promise<void>((resolve) => {
    onStalled = resolve;
  });
  const server = createServer((from) => {
    connections += 1;
    const connection = connections;
    const to = connect(Number(port), hostname);
    let stalling = false;
    for (const socket of [from, to]) sockets.add(socket.on('error', () => {}));
    from.on('data', (bytes: Buffer) => {
      stalling = (stalling && held.length > 0) || fits({ text: bytes.toString('latin1'), connection });
      if (!stalling) return void to.write(bytes);
      held.push({ to, bytes });
      onStalled();
    });
    from.on('close', () => to.destroy());
    to.pipe(from);
  });
  return {
    ...(await listening(server, sockets)),
    stalled,
    stallWhen: (wanted) => {
      fits = wanted;
    },
    release: () => {
      fits = () => false;
      for (const { to, bytes } of held.splice(0)) to.write(bytes);
    },
  };
}
