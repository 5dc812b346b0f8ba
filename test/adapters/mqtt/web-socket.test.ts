import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import type { SignedBroker } from '../../../src/adapters/mqtt/broker.ts';
import { openConnection } from '../../../src/adapters/mqtt/connection.ts';
import { presenceOn } from '../../../src/adapters/mqtt/presence-watch.ts';
import { takeoverOn } from '../../../src/adapters/mqtt/takeover.ts';
import { systemClock, systemRandomness } from '../../../src/cli/system.ts';
import { aClosedPort, aMuteServer } from '../../e2e/slow-network.ts';
import { aSandbox, eventually, type TestSandbox } from '../../sandbox/a-sandbox.ts';
import { type SigningKey, signedUrl } from '../../sandbox/a-signed-url.ts';
import { acceptByHand, answering, aPeer, lettingIn } from './a-web-socket-peer.ts';

let sandbox: TestSandbox;
let ca: string;
beforeAll(async () => {
  sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
  ca = await sandbox.file('ca.pem');
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(5_000);
const ignore = () => undefined;
const order = (clientId: string, onLost: (reason: string) => void = ignore) =>
  ({ clientId, mqttVersion: 4, keepSession: false, onLost }) as const;

const KEY = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'to+ken/of=the session' };

/** A broker at the URL, and every URL that was signed for it. */
function signed(url: string, trusted: string | undefined, key: SigningKey = KEY) {
  const urls: string[] = [];
  const sign: SignedBroker['sign'] = () => {
    const one = signedUrl(url, { key });
    urls.push(one);
    return Promise.resolve({ url, signedUrl: one });
  };
  return { broker: { sign, ca: trusted }, urls };
}

const inSandbox = (key: SigningKey = sandbox.accessKey) => signed(sandbox.wssUrl, ca, key);

/** The error of a connection that cannot be had, once it was looked through for what nobody may see. */
async function failureAt(url: string, trusted: string | undefined, signal = soon()): Promise<unknown> {
  const { broker, urls } = signed(url, trusted);
  const failure: unknown = await openConnection(broker, order('nobody'), signal).catch(
    (error: unknown) => error,
  );
  expectNoSecrets(failure, urls);
  return failure;
}

function expectNoSecrets(what: unknown, urls: readonly string[]): void {
  const text = inspect(what, { depth: Infinity, showHidden: true });
  for (const url of urls) {
    const { searchParams } = new URL(url);
    const secrets = ['X-Amz-Signature', 'X-Amz-Security-Token'].flatMap((name) => searchParams.getAll(name));
    for (const secret of secrets.flatMap((one) => [one, encodeURIComponent(one)]))
      expect(text).not.toContain(secret);
  }
}

describe('a WebSocket', () => {
  it('is there from CONNACK until it is disposed of, and ends with DISCONNECT', async () => {
    const connection = await openConnection(inSandbox().broker, order('w1'), soon());
    expect(sandbox.truth().connections.map(({ clientId }) => clientId)).toContain('w1');
    if (connection !== 'version-refused') await connection[Symbol.asyncDispose]();
    const end = await sandbox.untilEvent(
      ({ clientId, eventType }) => clientId === 'w1' && eventType === 'disconnected',
    );
    expect(end).toMatchObject({ disconnectReason: 'CLIENT_INITIATED_DISCONNECT' });
  });

  it('says that the broker refuses the version, so that another can be tried', async () => {
    const five = { ...order('w2'), mqttVersion: 5 as const };
    expect(await openConnection(inSandbox().broker, five, soon())).toBe('version-refused');
  });

  it('tells when it is lost, once, and never comes back by itself', async () => {
    const lost: string[] = [];
    await openConnection(
      inSandbox().broker,
      order('w3', (reason) => lost.push(reason)),
      soon(),
    );
    const other = await openConnection(inSandbox().broker, order('w3'), soon());
    await eventually(() => (lost.length > 0 ? true : undefined));
    expect(sandbox.truth().connections.filter(({ clientId }) => clientId === 'w3')).toHaveLength(1);
    if (other !== 'version-refused') await other[Symbol.asyncDispose]();
    expect(lost).toEqual(['the connection was closed']);
  });

  it('that is let go of is not lost', async () => {
    const lost: string[] = [];
    const held = await takeoverOn(inSandbox().broker).connect(
      order('w4', (reason) => lost.push(reason)),
      soon(),
    );
    await held[Symbol.asyncDispose]();
    await sandbox.untilEvent(({ clientId, eventType }) => clientId === 'w4' && eventType === 'disconnected');
    expect(lost).toEqual([]);
  });

  it('is signed anew for each connection: the version that is refused, the watch and each canary', async () => {
    const { broker, urls } = inSandbox();
    const tools = { clock: systemClock, random: systemRandomness, mqttVersion: 5 as const };
    const watch = await presenceOn(broker, tools).open(
      { clientIds: ['pump-1'], onEvent: ignore, onGap: ignore },
      soon(),
    );
    const { principalIdentifier } = await watch.prove(soon());
    await watch.prove(soon());
    await watch[Symbol.asyncDispose]();
    expect(urls).toHaveLength(4);
    expect(principalIdentifier).toMatch(/^AIDA/u);
  });
});

describe('a WebSocket that cannot be had says why, shows no secret, and leaves nothing open:', () => {
  it('a signature that is not believed', async () => {
    const key = { ...sandbox.accessKey, secretAccessKey: 'wrong' };
    await expect(openConnection(inSandbox(key).broker, order('nobody'), soon())).rejects.toMatchObject({
      code: 'broker-refused',
      message: expect.stringContaining(`${sandbox.wssUrl} does not believe the signature (HTTP 403)`),
      hint: expect.stringMatching(/credentials.*session token.*region.*clock/u),
    });
  });

  it('what AWS says with its 403 is passed on', async () => {
    await using peer = await aPeer(answering(403, '{"message":"Forbidden\\u001b[2J","traceId":"1"}'));
    expect(await failureAt(peer.url, peer.ca)).toMatchObject({
      code: 'broker-refused',
      message: `${peer.url} does not believe the signature (HTTP 403, Forbidden\\u{1b}[2J)`,
    });
  });

  it.each<[string, (asked: string) => string]>([
    ['as a page', (asked) => `<html>You may not see ${asked}</html>`],
    ['as a message', (asked) => JSON.stringify({ message: `You may not see ${asked}` })],
    ['decoded', (asked) => JSON.stringify({ message: decodeURIComponent(asked) })],
    ['in part', (asked) => JSON.stringify({ message: asked.slice(-40) })],
  ])('a 403 that repeats what was asked, %s', async (_, page) => {
    await using peer = await aPeer(answering(403, ({ url = '' }) => page(url)));
    expect(await failureAt(peer.url, peer.ca)).toMatchObject({ code: 'broker-refused' });
  });

  it('a 403 that never ends is one all the same', async () => {
    await using peer = await aPeer(answering(403, 'so', { endless: true }));
    const failure = await failureAt(peer.url, peer.ca, AbortSignal.timeout(300));
    expect(failure).toMatchObject({ code: 'broker-refused' });
    await eventually(() => (peer.open() === 0 ? true : undefined));
  });

  it('a 403 that is too long is not read to its end', async () => {
    await using peer = await aPeer(answering(403, 'x'.repeat(200_000), { endless: true }));
    expect(await failureAt(peer.url, peer.ca)).toMatchObject({ code: 'broker-refused' });
    await eventually(() => (peer.open() === 0 ? true : undefined));
  });

  it.each([200, 302, 400, 404, 426, 500, 503])('HTTP %d in place of a WebSocket', async (status) => {
    await using peer = await aPeer(answering(status, '<html></html>'));
    expect(await failureAt(peer.url, peer.ca)).toMatchObject({
      code: 'broker-unreachable',
      message: `${peer.url}: it answered HTTP ${status} in place of a WebSocket`,
    });
  });

  it('a server whose authority is not trusted', async () => {
    await using peer = await aPeer(lettingIn(ignore));
    expect(await failureAt(peer.url, undefined)).toMatchObject({
      code: 'broker-unreachable',
      message: expect.stringMatching(/certificate/u),
      hint: expect.stringContaining('--ca'),
    });
  });

  it.each(['127.0.0.1', 'localhost'])('a port of %s where nobody listens', async (host) => {
    const url = `wss://${host}:${await aClosedPort()}/mqtt`;
    expect(await failureAt(url, undefined)).toMatchObject({
      code: 'broker-unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('a server that takes the TCP connection and says nothing', async () => {
    await using mute = await aMuteServer();
    const url = `wss://127.0.0.1:${mute.port}/mqtt`;
    expect(await failureAt(url, undefined, AbortSignal.timeout(300))).toMatchObject({
      code: 'timed-out',
      message: `${url} did not acknowledge "nobody" in time`,
    });
  });

  it('a server that says nothing to the handshake', async () => {
    await using peer = await aPeer(ignore);
    expect(await failureAt(peer.url, peer.ca, AbortSignal.timeout(300))).toMatchObject({ code: 'timed-out' });
    await eventually(() => (peer.open() === 0 ? true : undefined));
  });

  it('a peer that lets us in and never acknowledges', async () => {
    await using peer = await aPeer(lettingIn(ignore));
    expect(await failureAt(peer.url, peer.ca, AbortSignal.timeout(500))).toMatchObject({ code: 'timed-out' });
    await eventually(() => (peer.open() === 0 ? true : undefined));
  });

  it('a peer that lets us in and closes', async () => {
    await using peer = await aPeer(lettingIn((socket) => socket.close()));
    expect(await failureAt(peer.url, peer.ca)).toMatchObject({
      code: 'broker-refused',
      hint: expect.stringContaining('iot:Connect'),
    });
  });

  it('a peer that lets us in and drops us', async () => {
    await using peer = await aPeer(lettingIn((socket) => socket.terminate()));
    expect(await failureAt(peer.url, peer.ca)).toMatchObject({
      code: expect.stringMatching(/^broker-/u),
      message: expect.stringContaining(peer.url),
    });
  });

  it.each(['', 'other'])('a peer that speaks no MQTT, but "%s"', async (subprotocol) => {
    await using peer = await aPeer(lettingIn(ignore, { subprotocol }));
    expect(await failureAt(peer.url, peer.ca)).toMatchObject({
      code: 'broker-unreachable',
      message: expect.stringContaining('subprotocol'),
    });
  });

  it('a signal that was given before', async () => {
    const { broker } = inSandbox();
    await expect(openConnection(broker, order('nobody'), AbortSignal.abort())).rejects.toMatchObject({
      code: 'timed-out',
    });
  });
});

describe('a peer that acknowledges over WebSocket and then ignores everything', () => {
  it('is cut off in the end: letting go of it takes no longer than a moment', async () => {
    await using peer = await aPeer((wire, request) => {
      acceptByHand(wire, request);
      wire.once('data', () => wire.write(Buffer.from([0x82, 0x04, 0x20, 0x02, 0x00, 0x00])));
    });
    const { broker, urls } = signed(peer.url, peer.ca);
    const lost: string[] = [];
    const connection = await openConnection(
      broker,
      order('held', (reason) => lost.push(reason)),
      soon(),
    );
    if (connection !== 'version-refused') await connection[Symbol.asyncDispose]();
    await eventually(() => (peer.open() === 0 ? true : undefined));
    expect(lost).toEqual([]);
    expectNoSecrets(connection, urls);
  });
});
