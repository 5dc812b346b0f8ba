import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { AwsOptions } from '../../../src/adapters/aws/credentials.ts';
import { DataPlane } from '../../../src/adapters/aws/data-plane.ts';
import { whyNoClientId, whyNotInPath } from '../../../src/domain/client-id.ts';
import type { Fault } from '../../../src/sandbox/faults/fault.ts';
import { anyText } from '../../domain/any-text.ts';
import { aDevice, anIdentity } from '../../sandbox/a-device.ts';
import type { IssuedIdentity } from '../../sandbox/a-device.ts';
import { aSandbox } from '../../sandbox/a-sandbox.ts';
import type { TestSandbox } from '../../sandbox/a-sandbox.ts';

let sandbox: TestSandbox;
let identity: IssuedIdentity;
beforeAll(async () => {
  sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
  identity = await anIdentity(sandbox);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(10_000);

function aDataPlane(options: Partial<AwsOptions> = {}): DataPlane {
  return new DataPlane({
    region: 'us-east-1',
    endpointUrl: sandbox.controlUrl,
    credentialsFile: join(sandbox.directory, 'aws/credentials'),
    configFile: join(sandbox.directory, 'aws/config'),
    toolVersion: 'test',
    ...options,
  });
}

async function connected(clientId: string, clean = true) {
  const device = aDevice(sandbox, { identity, clientId, clean });
  device.client.on('error', () => {});
  if ((await device.outcome) !== 'connected') throw new Error(`${clientId} could not connect`);
  return device;
}

/** An HTTP server on loopback that is not AWS. */
async function aServer(answer: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(answer).listen(0, '127.0.0.1');
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

const ORDER = { cleanSession: true, preventWill: true };

/** Client IDs are hostile: each must be one label of the path, and no more. */
const HOSTILE = [
  'a/b',
  '../things',
  './subscriptions',
  '...',
  'with space',
  'a#b',
  'a+b',
  '100%',
  '%2F',
  '?x=1',
  '💥',
  'a\nb',
];

describe('the data plane', () => {
  it('says who is connected, since when, and from where', async () => {
    using data = aDataPlane();
    await using device = await connected('there');
    await device.listen('cmd/#', 1);
    const reading = await data.connection('there', soon());
    expect(reading).toMatchObject({ connected: true, sourceIp: '127.0.0.1', keepAliveDuration: 60 });
    expect(Math.abs((reading?.connectedSince ?? 0) - Date.now())).toBeLessThan(10_000);
    expect(await data.subscriptions('there', soon())).toEqual([{ topicFilter: 'cmd/#', qos: 1 }]);
  });

  it('has never heard of whom it does not know', async () => {
    using data = aDataPlane();
    expect(await data.connection('nobody', soon())).toBeUndefined();
    expect(await data.subscriptions('nobody', soon())).toEqual([]);
    expect(await data.disconnect({ clientId: 'nobody', ...ORDER }, soon())).toEqual({ known: false });
  });

  it.each(HOSTILE)('asks for exactly the client %j, and drops it', async (clientId) => {
    using data = aDataPlane();
    await using device = await connected(clientId);
    expect(await data.connection(clientId, soon())).toMatchObject({ connected: true });
    const answer = await data.disconnect({ clientId, ...ORDER }, soon());
    expect(answer).toMatchObject({ known: true, requestId: expect.any(String) });
    await device.closed;
    expect(await data.connection(clientId, soon())).toMatchObject({
      connected: false,
      disconnectReason: 'API_INITIATED_DISCONNECT',
    });
  });

  it('reaches any client ID that AWS may have, and no other, through the path of a URL', async () => {
    using data = aDataPlane();
    const clientId = anyText({ minLength: 1, maxLength: 128 }).filter(
      (text) => whyNoClientId(text) === undefined && whyNotInPath(text) === undefined,
    );
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(clientId, { minLength: 8, maxLength: 8 }), async (clientIds) => {
        const devices = await Promise.all(clientIds.map((one) => connected(one)));
        for (const [index, one] of clientIds.entries()) {
          expect(await data.connection(one, soon())).toMatchObject({ connected: true });
          expect(await data.disconnect({ clientId: one, ...ORDER }, soon())).toMatchObject({ known: true });
          const left = sandbox.truth().connections.map((connection) => connection.clientId);
          expect(new Set(left)).toEqual(new Set(clientIds.slice(index + 1)));
        }
        await Promise.all(devices.map((device) => device[Symbol.asyncDispose]()));
      }),
      { numRuns: 4 },
    );
  });

  it.each(['.', '..'])('is not asked about the client %j, whose path would be another', async (clientId) => {
    await using server = await aServer((_request, response) => void response.writeHead(200).end('{}'));
    using data = aDataPlane({ endpointUrl: server.url });
    const refused = { code: 'not-addressable', source: 'cloud' };
    await expect(data.connection(clientId, soon())).rejects.toMatchObject(refused);
    await expect(data.subscriptions(clientId, soon())).rejects.toMatchObject(refused);
    await expect(data.disconnect({ clientId, ...ORDER }, soon())).rejects.toMatchObject(refused);
  });

  it('names all subscriptions, over all pages', async () => {
    using data = aDataPlane();
    await using device = await connected('many');
    const filters = Array.from({ length: 45 }, (_, index) => `t/${index}`);
    for (const filter of filters) await device.client.subscribeAsync(filter, { qos: 0 });
    const found = (await data.subscriptions('many', soon())).map(({ topicFilter }) => topicFilter);
    expect(new Set(found)).toEqual(new Set(filters));
  });

  it.each([
    [true, undefined],
    [false, { connected: false }],
  ])('ends the session only if that is asked for (%s)', async (cleanSession, left) => {
    using data = aDataPlane();
    const clientId = `session-${String(cleanSession)}`;
    await using device = await connected(clientId, false);
    await device.listen('cmd/#', 1);
    await data.disconnect({ clientId, cleanSession, preventWill: true }, soon());
    await device.closed;
    const filters = (await data.subscriptions(clientId, soon())).map(({ topicFilter }) => topicFilter);
    expect(filters).toEqual(left === undefined ? [] : ['cmd/#']);
  });
});

describe('an answer of DeleteConnection that was lost', () => {
  it('is asked for again by the SDK, and counts as an end that was made', async () => {
    using data = aDataPlane();
    await using device = await connected('lost-answer');
    const { id } = sandbox.faults.add({ fault: 'lost-reply', operation: 'DeleteConnection', times: 1 });
    const answer = await data.disconnect({ clientId: 'lost-answer', ...ORDER }, soon());
    sandbox.faults.remove(id);
    expect(answer.known).toBe(true);
    await device.closed;
  });
});

describe('what the data plane cannot do has a code, names the call and the place:', () => {
  const calls = [
    ['GetConnection', (data: DataPlane, signal = soon()) => data.connection('x', signal)],
    ['ListSubscriptions', (data: DataPlane, signal = soon()) => data.subscriptions('x', signal)],
    [
      'DeleteConnection',
      (data: DataPlane, signal = soon()) => data.disconnect({ clientId: 'x', ...ORDER }, signal),
    ],
  ] as const;

  it.each(calls)('%s without the permission', async (call, ask) => {
    using data = aDataPlane({ profile: 'watcher' });
    await expect(ask(data)).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(new RegExp(`^${call} at ${sandbox.controlUrl}: .*${call}`, 'u')),
    });
  });

  it.each(calls)('%s of a server that never answers', async (call, ask) => {
    await using server = await aServer(() => undefined);
    using data = aDataPlane({ endpointUrl: server.url });
    await expect(ask(data, AbortSignal.timeout(200))).rejects.toMatchObject({
      code: 'timed-out',
      message: expect.stringContaining(call),
    });
  });

  it.each([
    ['throttle', 'service-refused'],
    ['server-error', 'service-failed'],
  ] as const)('%s', async (fault, code) => {
    using data = aDataPlane();
    const added: Fault =
      fault === 'throttle'
        ? { fault, operation: 'GetConnection' }
        : { fault, status: 503, operation: 'GetConnection' };
    const { id } = sandbox.faults.add(added);
    await expect(data.connection('x', soon())).rejects.toMatchObject({ code });
    sandbox.faults.remove(id);
  });

  it('a server that is not AWS', async () => {
    await using server = await aServer((_, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>no</html>'),
    );
    using data = aDataPlane({ endpointUrl: server.url });
    await expect(data.connection('x', soon())).rejects.toMatchObject({ code: 'service-failed' });
  });

  it('a server that nobody runs', async () => {
    const { url } = await aServer(() => undefined).then(async (server) => {
      await server[Symbol.asyncDispose]();
      return server;
    });
    using data = aDataPlane({ endpointUrl: url });
    await expect(data.connection('x', soon())).rejects.toMatchObject({
      code: 'endpoint-unreachable',
      message: expect.stringContaining(url),
    });
  });
});
