import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import type { EvictError } from '../../domain/errors.ts';
import { checkProxy, proxyRefusal } from './proxy-words.ts';
import type { HttpProxy } from './proxies.ts';
import { SharedHandler } from './shared-handler.ts';

type Trust = { readonly ca?: string };
type Handled = ReturnType<NodeHttpHandler['handle']>;

/** As the SDK's own agents are. */
const POOL = { keepAlive: true, maxSockets: 50 } as const;
/** A proxy that has taken the connection and not answered by then is let go of, whoever still waits for it or not. */
const CONNECT_MS = 30_000;

/** Sends each request of the SDK by the proxy that is meant for its address, through a tunnel, or directly. */
export class ProxiedHandler extends SharedHandler {
  readonly #proxyFor: (address: string) => HttpProxy | undefined;
  readonly #trust: Trust;
  readonly #tunnels = new Map<string, NodeHttpHandler>();
  #latest: HttpProxy | undefined;

  constructor(proxyFor: (address: string) => HttpProxy | undefined, trust: Trust) {
    super({ httpsAgent: { ...POOL, ...trust } });
    this.#proxyFor = proxyFor;
    this.#trust = trust;
  }

  /** By which proxy the latest request went. */
  get latest(): HttpProxy | undefined {
    return this.#latest;
  }

  override async handle(...[request, options]: Parameters<NodeHttpHandler['handle']>): Handled {
    const { protocol, hostname, port } = request;
    const proxy = this.#proxyFor(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
    this.#latest = proxy;
    if (proxy === undefined) return super.handle(request, options);
    try {
      return await this.#tunnelsOf(proxy).handle(request, options);
    } catch (error) {
      throw proxyRefusal(error, proxy) ?? error;
    }
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    for (const tunnels of this.#tunnels.values()) tunnels.destroy();
  }

  #tunnelsOf(proxy: HttpProxy): NodeHttpHandler {
    const known = this.#tunnels.get(proxy.variable) ?? handlerOn(proxy, this.#trust);
    this.#tunnels.set(proxy.variable, known);
    return known;
  }
}

function handlerOn(proxy: HttpProxy, trust: Trust): NodeHttpHandler {
  const options = { ...POOL, ...optionsOf(proxy, trust) };
  return new NodeHttpHandler({
    httpAgent: new HttpProxyAgent(options),
    httpsAgent: new HttpsProxyAgent({ ...options, ...trust }),
  });
}

/** A way for one WebSocket through a proxy. */
export type Tunnel = {
  readonly agent: HttpsProxyAgent;
  /** What to look at where nothing is reached through it. */
  readonly hint: string;
  /** What the proxy said, where it is the proxy that refused. */
  readonly refusal: (error: unknown) => EvictError | undefined;
};

/** Whom the WebSocket trusts behind the proxy is its own business. */
export function tunnelOn(proxy: HttpProxy, trust: Trust): Tunnel {
  return {
    agent: new HttpsProxyAgent(optionsOf(proxy, trust)),
    hint: checkProxy(proxy),
    refusal: (error) => proxyRefusal(error, proxy),
  };
}

/** What a proxy of `https:` shows is judged by the same authorities as AWS. */
function optionsOf({ url }: HttpProxy, { ca }: Trust) {
  return {
    proxy: url,
    timeout: CONNECT_MS,
    ...(ca === undefined ? {} : { proxyRequestOptions: { ca: [ca] } }),
  };
}
