import { SignatureV4 } from '@smithy/signature-v4';
import { createHash } from 'node:crypto';
import type { AwsIdentity } from './credentials.ts';

/** The service that a device or console signs for. (AWS IoT Developer Guide, "Device communication protocols") */
const SERVICE = 'iotdevicegateway';
const WSS_PORT = ':443';

export type SigningOrder = {
  /** `host` or `host:port`. */
  readonly host: string;
  readonly region: string;
  readonly credentials: Awaited<ReturnType<AwsIdentity['credentials']>>;
  readonly date: Date;
  /** The SDK's own. */
  readonly sha256: AwsIdentity['sha256'];
};

/**
 * The URL under which AWS IoT takes an IAM identity's WebSocket, equal to that of AWS's own device SDK: a secret, and good
 * for one handshake soon. The session token is appended after signing, as AWS IoT alone wants it; a presigner signs it in.
 * (AWS IoT Developer Guide, "IAM users, groups, and roles")
 */
export async function signedUrl({
  credentials,
  region,
  date,
  sha256,
  ...order
}: SigningOrder): Promise<string> {
  const host = order.host.endsWith(WSS_PORT) ? order.host.slice(0, -WSS_PORT.length) : order.host;
  const time = date.toISOString().replaceAll(/[-:]|\.\d{3}/gu, '');
  const scope = [time.slice(0, 8), region, SERVICE, 'aws4_request'].join('/');
  const query = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(`${credentials.accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${time}`,
    'X-Amz-SignedHeaders=host',
  ].join('&');
  const request = ['GET', '/mqtt', query, `host:${host.toLowerCase()}`, '', 'host', hashOf('')].join('\n');
  const stringToSign = ['AWS4-HMAC-SHA256', time, scope, hashOf(request)].join('\n');
  const signer = new SignatureV4({ credentials, region, service: SERVICE, sha256 });
  const signature = await signer.sign(stringToSign, { signingDate: date });
  const { sessionToken } = credentials;
  const token = sessionToken === undefined ? '' : `&X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`;
  return `wss://${host}/mqtt?${query}&X-Amz-Signature=${signature}${token}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
