import { createHash, createHmac } from 'node:crypto';

/** What signs: long-lived keys have no session token. */
export type SigningKey = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };

export type Signing = {
  key: SigningKey;
  date?: Date;
  extra?: string;
  region?: string;
  /** The value of a connection header that is signed besides. */
  connection?: string;
};

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text).digest();
const basicDate = (date: Date) => date.toISOString().replaceAll(/[-:]|\.\d{3}/gu, '');

function signature(
  canonical: string,
  { key, time, scope }: { key: SigningKey; time: string; scope: string[] },
) {
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  return hmac(scope.reduce<string | Buffer>(hmac, `AWS4${key.secretAccessKey}`), toSign).toString('hex');
}

/** Signs a WebSocket's URL by hand, as AWS's own device SDK does: the session token is appended after signing. */
export function signedUrl(
  url: string,
  { key, date = new Date(), extra = '', region = 'us-east-1', connection }: Signing,
): string {
  const { host, pathname } = new URL(url);
  const time = basicDate(date);
  const scope = [time.slice(0, 8), region, 'iotdevicegateway', 'aws4_request'];
  const credential = encodeURIComponent([key.accessKeyId, ...scope].join('/'));
  const names = connection === undefined ? 'host' : 'connection;host';
  const lines = [...(connection === undefined ? [] : [`connection:${connection}`]), `host:${host}`];
  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}&X-Amz-Date=${time}${extra}&X-Amz-SignedHeaders=${encodeURIComponent(names)}`;
  const canonical = ['GET', pathname, query, ...lines, '', names, sha256('')].join('\n');
  const signed = `${url}?${query}&X-Amz-Signature=${signature(canonical, { key, time, scope })}`;
  return key.sessionToken === undefined ? signed : `${signed}${tokenParameter(key.sessionToken)}`;
}

export function tokenParameter(sessionToken: string): string {
  return `&X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`;
}

type HttpRequest = {
  readonly method: string;
  /** With its query, if any, in the order of its names. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
};

/** The headers of a request that no SDK would send, signed by hand for a service. */
export function signedHeaders(
  { method, url, headers: more = {}, body = '' }: HttpRequest,
  { key, service }: { key: SigningKey; service: string },
): Record<string, string> {
  const { host, pathname, search } = new URL(url);
  const time = basicDate(new Date());
  const scope = [time.slice(0, 8), 'us-east-1', service, 'aws4_request'];
  const token = key.sessionToken === undefined ? {} : { 'x-amz-security-token': key.sessionToken };
  const headers: Record<string, string> = { host, 'x-amz-date': time, ...token, ...more };
  const names = Object.keys(headers).toSorted();
  const path = pathname.split('/').map(encodeURIComponent).join('/');
  const lines = names.map((name) => `${name}:${headers[name] ?? ''}`);
  const canonical = [method, path, search.slice(1), ...lines, '', names.join(';'), sha256(body)].join('\n');
  const credential = [key.accessKeyId, ...scope].join('/');
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature(canonical, { key, time, scope })}`,
  };
}
