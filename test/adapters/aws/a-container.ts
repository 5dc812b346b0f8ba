import { once } from 'node:events';
import { createServer } from 'node:http';
import type { SigningKey } from '../../sandbox/a-signed-url.ts';

/** What gives credentials to whatever runs in a container: an endpoint on loopback, which counts how often it is asked. */
export async function aContainer(
  key: SigningKey,
  { lifetimeMs = 3_600_000 }: { readonly lifetimeMs?: number } = {},
): Promise<AsyncDisposable & { readonly url: string; readonly asked: () => number }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        AccessKeyId: key.accessKeyId,
        SecretAccessKey: key.secretAccessKey,
        Token: key.sessionToken ?? '',
        Expiration: new Date(Date.now() + lifetimeMs).toISOString(),
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}/credentials`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
