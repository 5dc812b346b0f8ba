import { once } from 'node:events';
import { createServer } from 'node:https';
import { passOn } from './an-sso-portal.ts';

/** A control plane that speaks TLS, as AWS's does, before one that does not. `before`: what each request waits for. */
export async function aTlsFront(
  controlUrl: string,
  certificate: { readonly cert: string; readonly key: string },
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(certificate, (asked, response) => {
    void before().then(() => passOn(asked, response, controlUrl));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `https://localhost:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
