import { readAuthorities } from './ca-bundle.ts';
import type { ProfilePlace } from './profiles.ts';
import type { Tunnel } from './proxied-handler.ts';
import type { HttpProxy } from './proxies.ts';
import { SharedHandler } from './shared-handler.ts';

/** How AWS is reached from here: by which proxies, and whom to trust there. Disposing of it cuts off whoever still asks. */
export type Network = Disposable & {
  /** For all clients of the SDK, none of which closes it; `undefined`: their own will do. */
  readonly requestHandler: SharedHandler | undefined;
  /** Trusted instead of the system's authorities, in PEM. */
  readonly ca: string | undefined;
  /** The proxy by which an address is reached. Throws `bad-option` where it cannot be used. */
  readonly proxyFor: (address: string) => HttpProxy | undefined;
  /** Resolves when something listens where the proxy for the address should be. Throws `endpoint-unreachable`. */
  readonly reachProxyFor: (address: string, signal: AbortSignal) => Promise<void>;
  /** What the WebSocket to an address goes through; `undefined`: nothing. */
  readonly tunnelTo: (address: string) => Tunnel | undefined;
  /** By which proxy the latest request of the SDK went. */
  readonly latestProxy: () => HttpProxy | undefined;
};

/** Finds out how AWS is reached. Throws `file-invalid` or `file-unreadable` for authorities that are none. */
export async function openNetwork(place: ProfilePlace): Promise<Network> {
  const ca = await readAuthorities(place);
  const trust = ca === undefined ? {} : { ca };
  const { namesProxy, proxyFor } = await import('./proxies.ts');
  if (!namesProxy(process.env)) return direct(ca);
  const [{ ProxiedHandler, tunnelOn }, { reachProxy }] = await Promise.all([
    import('./proxied-handler.ts'),
    import('./reach-proxy.ts'),
  ]);
  const requestHandler = new ProxiedHandler(proxyFor, trust);
  return {
    requestHandler,
    ca,
    proxyFor,
    reachProxyFor: async (address, signal) => {
      const proxy = proxyFor(address);
      if (proxy !== undefined) await reachProxy(proxy, signal);
    },
    tunnelTo: (address) => {
      const proxy = proxyFor(address);
      return proxy && tunnelOn(proxy, trust);
    },
    latestProxy: () => requestHandler.latest,
    [Symbol.dispose]: () => requestHandler[Symbol.dispose](),
  };
}

function direct(ca: string | undefined): Network {
  const requestHandler = ca === undefined ? undefined : new SharedHandler({ httpsAgent: { ca } });
  return {
    requestHandler,
    ca,
    proxyFor: () => undefined,
    reachProxyFor: () => Promise.resolve(),
    tunnelTo: () => undefined,
    latestProxy: () => undefined,
    [Symbol.dispose]: () => requestHandler?.[Symbol.dispose](),
  };
}
