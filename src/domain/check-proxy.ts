import type { Check, ResponseWay, Trial, Way } from './checkup.ts';
import { SIGNING } from './check-identity.ts';

/** A proxy as it may be shown: `host:port`, and the variable that names it. */
export type ProxyName = { readonly address: string; readonly variable: string };

/** By which way something is reached. */
export type Route = {
  readonly url: string;
  /** Undefined: directly. */
  readonly proxy: ProxyName | undefined;
  /** Whether the proxy itself can be reached. */
  readonly reached: Trial<void>;
};

/** A proxy is for HTTPS, and for the WebSocket that begins as such. */
export function goesByProxy(url: string): boolean {
  return !url.startsWith('mqtts:');
}

/** The proxies that stand on the ways to AWS; there is nothing to say where none is set. */
export function proxyChecks(routes: readonly Route[], responding: ResponseWay): Check[] {
  if (!routes.some(({ proxy }) => proxy !== undefined)) return [];
  const failed = routes.flatMap(({ reached }) => (reached.kind === 'failed' ? [reached.error] : []));
  const [first] = failed;
  const common = { id: 'proxy', group: 'endpoints', neededFor: neededFor(routes, responding) } as const;
  return first === undefined
    ? [{ ...common, status: 'ok', message: routes.map(words).join('; ') }]
    : [{ ...common, status: 'fail', message: first.message, hint: first.hint }];
}

function words({ url, proxy }: Route): string {
  if (proxy !== undefined) return `${url} through ${proxy.address} (${proxy.variable})`;
  return `${url} directly${goesByProxy(url) ? '' : ', as all MQTT by certificate'}`;
}

function neededFor(routes: readonly Route[], responding: ResponseWay): Way[] {
  const proxied = routes.filter(({ proxy }) => proxy !== undefined);
  return proxied.some(({ url }) => url.startsWith('http')) ? SIGNING[responding] : [responding, 'watch'];
}
