import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { SigningKey } from '../sandbox/a-signed-url.ts';

const TOKEN = 'portal-token';

/** A control plane that also is the portal of IAM Identity Center: it gives a role's credentials for a token. */
export async function anSsoPortal(
  controlUrl: string,
  key: SigningKey,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((asked, response) => {
    if (asked.url?.startsWith('/federation/credentials') === true) answer(asked, response, key);
    else passOn(asked, response, controlUrl);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer({ headers }: IncomingMessage, response: ServerResponse, key: SigningKey): void {
  if (headers['x-amz-sso_bearer_token'] !== TOKEN) return void response.writeHead(401).end('{}');
  const roleCredentials = { ...key, expiration: Date.now() + 3_600_000 };
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ roleCredentials }));
}

/** With its headers as they are: the signature covers them. `read`: its body, if that was read already. */
export function passOn(asked: IncomingMessage, response: ServerResponse, to: string, read?: Buffer): void {
  const { method, url, headers } = asked;
  const onward = httpRequest(new URL(url ?? '/', to), { method, headers }, (answered) => {
    response.writeHead(answered.statusCode ?? 500, answered.headers);
    answered.pipe(response);
  });
  onward.on('error', () => response.destroy());
  if (read === undefined) asked.pipe(onward);
  else onward.end(read);
}

type Login = { readonly session?: string | undefined; readonly expiresInMs: number };

/**
 * What `aws configure sso` and `aws sso login` leave in a home: a profile, and a token that is good for a while or no longer.
 * Nothing that a new token could be fetched with: that would be asked of AWS itself.
 */
export async function signedIn(home: string, { session, expiresInMs }: Login): Promise<void> {
  const startUrl = 'https://portal.example/start';
  const place = [`sso_start_url = ${startUrl}`, 'sso_region = us-east-1'];
  const role = ['region = us-east-1', 'sso_account_id = 123456789012', 'sso_role_name = responder'];
  const profile =
    session === undefined
      ? ['[profile sso]', ...place, ...role]
      : ['[profile sso]', `sso_session = ${session}`, ...role, `[sso-session ${session}]`, ...place];
  const cache = join(home, '.aws', 'sso', 'cache');
  await mkdir(cache, { recursive: true });
  await writeFile(join(home, '.aws', 'config'), `${profile.join('\n')}\n`);
  const name = createHash('sha1')
    .update(session ?? startUrl)
    .digest('hex');
  const expiresAt = new Date(Date.now() + expiresInMs).toISOString();
  await writeFile(join(cache, `${name}.json`), JSON.stringify({ accessToken: TOKEN, expiresAt, startUrl }));
}
