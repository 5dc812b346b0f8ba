import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { WebSocket } from 'ws';
import { verifySignedQuery } from '../../src/sandbox/identity/signed-request.ts';
import { aClient, connectPacket } from './a-device.ts';
import { type AccessKeyPair, aSandbox, type TestSandbox } from './a-sandbox.ts';

let sandbox: TestSandbox;
let ca: string;
beforeAll(async () => {
  sandbox = await aSandbox();
  ca = await sandbox.file('ca.pem');
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

type Signing = { key?: AccessKeyPair; date?: Date; extra?: string; region?: string };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text).digest();

/** Signs by hand, as AWS's own device SDK does. */
function sign(
  url: string,
  { key = sandbox.accessKey, date = new Date(), extra = '', region = 'us-east-1' }: Signing = {},
) {
  const { host, pathname } = new URL(url);
  const time = date.toISOString().replaceAll(/[-:]|\.\d{3}/gu, '');
  const scope = [time.slice(0, 8), region, 'iotdevicegateway', 'aws4_request'];
  const credential = encodeURIComponent([key.accessKeyId, ...scope].join('/'));
  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}&X-Amz-Date=${time}${extra}&X-Amz-SignedHeaders=host`;
  const canonical = ['GET', pathname, query, `host:${host}`, '', 'host', sha256('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  const signature = hmac(scope.reduce<string | Buffer>(hmac, `AWS4${key.secretAccessKey}`), toSign).toString(
    'hex',
  );
  return `${url}?${query}&X-Amz-Signature=${signature}`;
}

const untilEnd = (clientId: string) =>
  sandbox.untilEvent((event) => event.clientId === clientId && event.eventType === 'disconnected');

/** The HTTP status that a handshake ends with; 101 when it is let in. */
function handshake(url: string): Promise<number | undefined> {
  const socket = new WebSocket(url, 'mqtt', { ca });
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode);
      socket.terminate();
    });
    socket.on('open', () => {
      resolve(101);
      socket.terminate();
    });
    socket.on('error', () => {});
  });
}

/** A connected WebSocket on which MQTT is spoken by hand. */
async function aRawConsole({ clientId, will }: { clientId: string; will?: string }): Promise<WebSocket> {
  const socket = new WebSocket(sign(sandbox.wssUrl), 'mqtt', { ca });
  await once(socket, 'open');
  socket.send(connectPacket(clientId, will === undefined ? {} : { will }));
  await once(socket, 'message');
  return socket;
}

describe('5.1 the handshake', () => {
  it('lets a signed URL in', async () => {
    expect(await handshake(sign(sandbox.wssUrl))).toBe(101);
  });

  it('lets a signed expiry in too', async () => {
    expect(await handshake(sign(sandbox.wssUrl, { extra: '&X-Amz-Expires=300' }))).toBe(101);
  });

  it.each<[string, () => string]>([
    ['without a signature', () => sandbox.wssUrl],
    [
      'with an unknown key',
      () => sign(sandbox.wssUrl, { key: { ...sandbox.accessKey, accessKeyId: 'AKIA' } }),
    ],
    [
      'with a forged signature',
      () => sign(sandbox.wssUrl, { key: { ...sandbox.accessKey, secretAccessKey: 'x' } }),
    ],
    ['for another region', () => sign(sandbox.wssUrl, { region: 'eu-west-1' })],
    ['signed an hour ago', () => sign(sandbox.wssUrl, { date: new Date(Date.now() - 3_600_000) })],
    ['on another path', () => sign(sandbox.wssUrl.replace('/mqtt', '/other'))],
    [
      'with a session token that the key does not have',
      () => `${sign(sandbox.wssUrl)}&X-Amz-Security-Token=stolen`,
    ],
  ])('refuses one %s with 403', async (_, url) => {
    expect(await handshake(url())).toBe(403);
  });
});

describe('5.2 the session token', () => {
  const key = {
    accessKeyId: 'ASIA',
    secretAccessKey: 'secret',
    sessionToken: 'a+b/c=',
    arn: 'arn',
    userId: 'AROA:me',
  };
  const host = 'localhost:8443';
  const verify = (url: string) => {
    const [path = '', search = ''] = url.replace(`wss://${host}`, '').split('?');
    const query = search.split('&').map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name, decodeURIComponent(value)] as const;
    });
    return verifySignedQuery(
      { method: 'GET', path, query, headers: { host }, payload: '' },
      { keys: new Map([['ASIA', key]]), service: 'iotdevicegateway', now: Date.now() },
    ).kind;
  };
  const token = `&X-Amz-Security-Token=${encodeURIComponent(key.sessionToken)}`;

  it('is accepted when it was appended after signing', () => {
    expect(verify(`${sign(`wss://${host}/mqtt`, { key })}${token}`)).toBe('signed');
  });

  it('is refused when it was signed', () => {
    expect(verify(sign(`wss://${host}/mqtt`, { key, extra: token }))).toBe('forged');
  });

  it('is refused when it is missing', () => {
    expect(verify(sign(`wss://${host}/mqtt`, { key }))).toBe('unknown-key');
  });
});

describe('5.3 MQTT over WebSocket', () => {
  it('is the same broker, under the IAM user as principal', async () => {
    const { UserId } = await sandbox.sts.send(new GetCallerIdentityCommand({}));
    await using client = aClient(sign(sandbox.wssUrl), { ca, clientId: 'console' });
    expect(await client.outcome).toBe('connected');
    expect(await sandbox.untilEvent(({ clientId }) => clientId === 'console')).toMatchObject({
      principalIdentifier: UserId,
      ipAddress: '127.0.0.1',
    });
    await client.client.endAsync();
    expect(await untilEnd('console')).toMatchObject({ disconnectReason: 'CLIENT_INITIATED_DISCONNECT' });
  });

  it.each([
    ['CLIENT_INITIATED_DISCONNECT', 'a close frame', (socket: WebSocket) => socket.close(1000)],
    ['CONNECTION_LOST', 'no close frame', (socket: WebSocket) => socket.terminate()],
  ] as const)('ends as %s with %s', async (disconnectReason, _, end) => {
    const socket = await aRawConsole({ clientId: disconnectReason });
    end(socket);
    expect(await untilEnd(disconnectReason)).toMatchObject({ disconnectReason });
  });

  it('publishes the Last Will of a lost connection, not after a close frame', async () => {
    await using listener = aClient(sign(sandbox.wssUrl), { ca, clientId: 'listener' });
    await listener.outcome;
    const inbox = await listener.listen('fleet/+');
    const graceful = await aRawConsole({ clientId: 'graceful', will: 'fleet/graceful' });
    graceful.close(1000);
    await untilEnd('graceful');
    const lost = await aRawConsole({ clientId: 'lost', will: 'fleet/lost' });
    lost.terminate();
    expect(await inbox.next()).toMatchObject({ topic: 'fleet/lost' });
  });
});
