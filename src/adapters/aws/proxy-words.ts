import { EvictError, messageOf } from '../../domain/errors.ts';
import type { HttpProxy } from './proxies.ts';

/** What `hpagent` throws for any answer to CONNECT but 200, and where none came. */
const ANSWERED = /^Bad response: (\d+)$/u;
const SILENT = 'Proxy timeout';

/** What the proxy itself said to a tunnel; `undefined`: it is not the proxy that failed, or it said nothing. */
export function proxyRefusal(error: unknown, proxy: HttpProxy): EvictError | undefined {
  const message = messageOf(error);
  const status = ANSWERED.exec(message)?.[1];
  if (status === undefined && message !== SILENT) return undefined;
  const said = status === undefined ? 'did not answer' : `answered HTTP ${status}`;
  return new EvictError('endpoint-unreachable', `${proxyName(proxy)} ${said} when asked for a tunnel`, {
    hint:
      status === '407'
        ? `it wants a user and a password: ${proxy.variable}=${proxy.url.protocol}//user:password@${proxy.address}`
        : 'have it let the endpoint through, or name the host in NO_PROXY where it is reached without',
    cause: error,
  });
}

/** What to look at first, where something behind a proxy cannot be reached. */
export function checkProxy(proxy: HttpProxy): string {
  return `check ${proxyName(proxy)}, or name the host in NO_PROXY where it is reached without`;
}

function proxyName({ address, variable }: HttpProxy): string {
  return `the proxy ${address} of ${variable}`;
}
