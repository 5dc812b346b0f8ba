import { once } from 'node:events';
import { createServer } from 'node:http';
import type { SigningKey } from '../sandbox/a-signed-url.ts';
import { passOn } from './an-sso-portal.ts';

/** A control plane whose STS wants a code for a role, and takes each code once. */
export type MfaSts = AsyncDisposable & {
  readonly url: string;
  /** The codes that it was given, in order. */
  readonly codes: string[];
};

export async function anMfaSts(
  controlUrl: string,
  { code, key }: { readonly code: string; readonly key: SigningKey },
): Promise<MfaSts> {
  const codes: string[] = [];
  const server = createServer((asked, response) => {
    if (asked.headers.authorization?.includes('/sts/') !== true) return passOn(asked, response, controlUrl);
    const parts: Buffer[] = [];
    asked.on('data', (part: Buffer) => parts.push(part));
    asked.once('end', () => {
      const form = Buffer.concat(parts);
      const fields = new URLSearchParams(form.toString());
      if (!fields.has('SerialNumber')) return passOn(asked, response, controlUrl, form);
      const given = fields.get('TokenCode') ?? '';
      const good = given === code && !codes.includes(given);
      codes.push(given);
      response.writeHead(good ? 200 : 403, { 'content-type': 'text/xml' });
      response.end(good ? assumed(key) : REFUSED);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    codes,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const REFUSED = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>
<Message>MultiFactorAuthentication failed with invalid MFA one time pass code. </Message></Error><RequestId>1</RequestId></ErrorResponse>`;

function assumed({ accessKeyId, secretAccessKey, sessionToken = '' }: SigningKey): string {
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
<SessionToken>${sessionToken}</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}
