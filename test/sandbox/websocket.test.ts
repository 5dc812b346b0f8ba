import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { WebSocket } from 'ws';
import { issueSessionKey } from '../../src/sandbox/identity/access-key.ts';
import { addEntity, createIam } from '../../src/sandbox/identity/iam.ts';
import { splitUrl } from '../../src/sandbox/identity/request-url.ts';
import { verifySignedQuery } from '../../src/sandbox/identity/signed-request.ts';
import { aClient, connectPacket } from './a-device.ts';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';
import { signedUrl, type Signing, tokenParameter } from './a-signed-url.ts';

let sandbox: TestSandbox;
let ca: string;
beforeAll(async () => {
  sandbox = await aSandbox();
  ca = await sandbox.file('ca.pem');
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const sign = (url: string, signing: Partial<Signing> = {}) =>
  signedUrl(url, { key: sandbox.accessKey, ...signing });

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
  it('5.1.1 lets a signed URL in', async () => {
    expect(await handshake(sign(sandbox.wssUrl))).toBe(101);
  });

  it('5.1.3 lets a signed connection header in too, which AWS’s device SDK sends', async () => {
    expect(await handshake(sign(sandbox.wssUrl, { connection: 'Upgrade' }))).toBe(101);
    expect(await handshake(sign(sandbox.wssUrl, { connection: 'Close' }))).toBe(403);
  });

  it('5.1.1 lets a signed expiry in too', async () => {
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
  ])('5.1.2 refuses one %s with 403', async (_, url) => {
    expect(await handshake(url())).toBe(403);
  });
});

describe('5.2 the session token', () => {
  const role = addEntity(createIam(), { kind: 'role', name: 'me', policies: new Map() });
  const key = issueSessionKey(role, { name: 'session', issuedAt: Date.now(), seconds: 900 });
  const { accessKeyId, secretAccessKey, sessionToken = '' } = key;
  const withoutToken = { accessKeyId, secretAccessKey };
  const host = 'localhost:8443';
  const verify = (url: string) => {
    const { path, query } = splitUrl(url.replace(`wss://${host}`, ''));
    return verifySignedQuery(
      { method: 'GET', path, query, headers: { host }, payload: '' },
      { keys: new Map([[accessKeyId, key]]), services: ['iotdevicegateway'], now: Date.now() },
    ).kind;
  };

  it('5.2.1 is accepted when it was appended after signing', () => {
    expect(verify(sign(`wss://${host}/mqtt`, { key }))).toBe('signed');
  });

  it('5.2.1 is refused when it was signed', () => {
    const extra = tokenParameter(sessionToken);
    expect(verify(sign(`wss://${host}/mqtt`, { key: withoutToken, extra }))).toBe('forged');
  });

  it('5.2.1 is refused when it is missing', () => {
    expect(verify(sign(`wss://${host}/mqtt`, { key: withoutToken }))).toBe('unknown-key');
  });
});

describe('5.3 MQTT over WebSocket', () => {
  it('5.3.1 is the same broker, under the IAM user as principal', async () => {
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
  ] as const)('5.3.2 ends as %s with %s', async (disconnectReason, _, end) => {
    const socket = await aRawConsole({ clientId: disconnectReason });
    end(socket);
    expect(await untilEnd(disconnectReason)).toMatchObject({ disconnectReason });
  });

  it('5.3.2 publishes the Last Will of a lost connection, not after a close frame', async () => {
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
