import { goesByProxy } from '../domain/check-proxy.ts';
import type { Route } from '../domain/check-proxy.ts';
import type { Checkup } from '../domain/checkup-ports.ts';
import { skipped, tried } from './trial.ts';

/** Asks of each address that is known by which proxy it is reached, and whether that is there. */
export function tryRoutes(checkup: Checkup, urls: readonly (string | undefined)[]): Promise<Route[]> {
  const { proxies } = checkup.ports;
  const known = urls.filter((url) => url !== undefined);
  return Promise.all(
    known.map(async (url) => {
      const proxy = goesByProxy(url) ? proxies.proxyFor(url) : undefined;
      const reached =
        proxy === undefined
          ? skipped('it is reached directly')
          : await tried(checkup, (limit) => proxies.reachProxyFor(url, limit));
      return { url, proxy, reached };
    }),
  );
}
