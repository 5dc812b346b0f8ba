import { getProxyForUrl } from 'proxy-from-env';
import { EvictError } from '../../domain/errors.ts';

/** A proxy that the environment names. */
export type HttpProxy = {
  /** A secret: it may hold a password. */
  readonly url: URL;
  /** `host:port`: all of it that is ever shown. */
  readonly address: string;
  /** The variable that names it. */
  readonly variable: string;
};

const SETTINGS = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'];

/** Whether there is anything to look for: otherwise none of this need be loaded. */
export function namesProxy(env: NodeJS.ProcessEnv): boolean {
  return SETTINGS.some((name) => env[name]);
}

/**
 * The proxy by which an address is reached; `undefined`: directly. A WebSocket goes where HTTPS goes, which is what it begins
 * as. Throws `bad-option` for one that cannot be used: passed over, it would be believed to be in use.
 */
export function proxyFor(address: string): HttpProxy | undefined {
  const target = new URL(address.replace(/^(wss|mqtts):/u, 'https:'));
  if (getProxyForUrl(target.href) === '') return undefined; // none is set, or NO_PROXY excepts it
  const secure = target.protocol === 'https:';
  const variable = SETTINGS.find((name) => process.env[name] && isFor(name, secure));
  return variable === undefined ? undefined : parsed(variable, process.env[variable] ?? '');
}

function isFor(name: string, secure: boolean): boolean {
  return /^all/iu.test(name) || /^https/iu.test(name) === secure;
}

/** Without a scheme it is plain HTTP, as for curl and the AWS CLI. */
function parsed(variable: string, value: string): HttpProxy {
  const text = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(text)) throw unusable(variable, 'is no URL');
  const url = new URL(text);
  if (!/^https?:$/u.test(url.protocol)) throw unusable(variable, `names a ${url.protocol} proxy`);
  if (!isDecodable(url)) throw unusable(variable, 'has a user or a password that is not percent-encoded');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return { url, address: `${url.hostname}:${port}`, variable };
}

function isDecodable({ username, password }: URL): boolean {
  try {
    return decodeURIComponent(username + password).length >= 0;
  } catch {
    return false;
  }
}

/** Never with the value: there may be a password in it. */
function unusable(variable: string, why: string): EvictError {
  return new EvictError('bad-option', `${variable} ${why}, and cannot be used`, {
    hint: `set it to http://host:port or https://host:port, or NO_PROXY=* to go without; see docs/networks.md`,
  });
}
