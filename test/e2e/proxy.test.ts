import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkupDocument } from '../../src/domain/checkup.ts';
import { aSelfSigned } from '../sandbox/a-certificate.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aProxy, type ProxyManner, type TestProxy } from './a-proxy.ts';
import { aConnectedClient, type ConnectedClient, connectedAs } from './a-scene.ts';
import { aSignedConfig, type Changes } from './a-signed-config.ts';
import { aTlsFront } from './a-tls-front.ts';
import { aHome, evictionOf, type Home, onlyDocument } from './run.ts';
import { aClosedPort } from './slow-network.ts';

let sandbox: TestSandbox;
let home: Home;
let client: ConnectedClient;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
  client = await aConnectedClient(sandbox, { clientId: 'stays' });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

type Env = Readonly<Record<string, string>>;
type Asked = { readonly client: ConnectedClient; readonly env: Env; readonly changes?: Changes };

async function respond({ client: { clientId, events }, env, changes }: Asked, ...more: string[]) {
  const config = await aSignedConfig(sandbox, changes);
  const words = ['--config', config, '--events', events, '--yes', '--json', '--hold', '300ms'];
  return home.run([clientId, ...words, ...more], { env });
}

const hostOf = (url: string) => new URL(url).host;
const throughOut = ({ address }: { address: string }): Env => ({
  HTTP_PROXY: `http://${address}`,
  HTTPS_PROXY: `http://${address}`,
});

/** Nothing was changed, and the run says who is to blame. */
async function expectDenied(env: Env, words: readonly string[] = [], changes: Changes = {}) {
  const ended = await respond({ client, env, changes }, ...words);
  const document = evictionOf(ended);
  expect({ code: ended.code, ...document }).toMatchObject({ code: 4, verdict: 'denied', contained: 'no' });
  expect(await client.status()).toBe('ACTIVE');
  expect(connectedAs(sandbox, client.clientId)).toEqual([client.identity.certificateId]);
  return `${document.cause?.message ?? ''}\n${document.cause?.hint ?? ''}`;
}

const untilClosed = (proxy: TestProxy) => eventually(() => (proxy.open() === 0 ? true : undefined));

describe('a whole response behind a proxy', () => {
  it('goes through it, API and WebSocket alike, and never shows its password', async () => {
    await using evicted = await aConnectedClient(sandbox, { clientId: 'behind' });
    await using proxy = await aProxy({ login: 'alice:pass%word' });
    const url = `http://alice:pass%25word@${proxy.address}`;
    const env = { http_proxy: url, HTTPS_PROXY: url };
    const ended = await respond({ client: evicted, env }, '--verbose');
    const document = evictionOf(ended);
    expect({ code: ended.code, ...document }).toMatchObject({ code: 0, verdict: 'evicted' });
    expect(document.warnings.map(({ code }) => code)).not.toContain('cannot-prove');
    expect(new Set(proxy.asked)).toEqual(new Set([sandbox.controlUrl, sandbox.wssUrl].map(hostOf)));
    const record = await readFile(document.record?.file ?? '', 'utf8');
    expect([ended.stdout, ended.stderr, record].join('\n')).not.toMatch(/pass%(25)?word|alice:/u);
    await untilClosed(proxy);
  });

  it('trusts the authorities of AWS_CA_BUNDLE, or of the profile: at AWS, on the WebSocket, and at a proxy that speaks TLS', async () => {
    const certificate = await aSelfSigned({ subject: 'CN=a company' });
    await using front = await aTlsFront(sandbox.controlUrl, certificate);
    await using proxy = await aProxy({ certificate });
    const port = proxy.address.replace(/^.*:/u, '');
    const bundle = join(sandbox.directory, 'bundle.pem');
    await writeFile(bundle, [await sandbox.file('ca.pem'), certificate.cert].join('\n'));
    const changes = { ca: undefined, 'endpoint-url': front.url, profile: 'trusting' };
    const env = { HTTPS_PROXY: `https://localhost:${port}` };
    const role = /\[profile responder-role\]\n([^[]*)/u.exec(await sandbox.file('aws/config'))?.[1] ?? '';
    const configFile = join(sandbox.directory, 'aws/config');
    await appendFile(configFile, `\n[profile trusting]\n${role}`);
    expect(await expectDenied(env, [], changes)).toMatch(/self-signed certificate.*\n.*AWS_CA_BUNDLE/u);

    for (const [clientId, trust] of [
      ['trusting-variable', { AWS_CA_BUNDLE: bundle }],
      ['trusting-profile', {}],
    ] as const) {
      if (clientId === 'trusting-profile') await appendFile(configFile, `ca_bundle = ${bundle}\n`);
      await using evicted = await aConnectedClient(sandbox, { clientId });
      proxy.asked.splice(0);
      const ended = await respond({ client: evicted, env: { ...env, ...trust }, changes });
      expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({
        code: 0,
        verdict: 'evicted',
        responder: { principal: expect.stringMatching(/^AROA/u) },
      });
      expect(new Set(proxy.asked)).toEqual(new Set([front.url, sandbox.wssUrl].map(hostOf)));
    }
  });

  it('goes past it where NO_PROXY says so', async () => {
    await using evicted = await aConnectedClient(sandbox, { clientId: 'past' });
    await using proxy = await aProxy();
    const env = { ...throughOut(proxy), no_proxy: '127.0.0.1,localhost' };
    expect(evictionOf(await respond({ client: evicted, env }))).toMatchObject({ verdict: 'evicted' });
    expect(proxy.asked).toEqual([]);
  });
});

describe('a proxy that does not let AWS be asked: denied, nothing was changed, and it is named;', () => {
  const named = (proxy: TestProxy) => expect.stringContaining(`the proxy ${proxy.address} of HTTP_PROXY`);

  it.each<[number, string]>([
    [407, 'HTTP_PROXY=http://user:password@'],
    [403, 'NO_PROXY'],
    [502, 'NO_PROXY'],
  ])('it answers %d', async (status, advice) => {
    await using proxy = await aProxy({ instead: () => status });
    const said = await expectDenied(throughOut(proxy));
    expect(said).toEqual(named(proxy));
    expect(said).toContain(`answered HTTP ${status}`);
    expect(said).toContain(advice);
    await untilClosed(proxy);
  });

  it.each(['silence', 'cut'] as const)('%s', async (manner) => {
    await using proxy = await aProxy({ instead: () => manner });
    expect(await expectDenied(throughOut(proxy), ['--timeout', '1s'])).toEqual(named(proxy));
    await untilClosed(proxy);
  });

  it('nobody listens there, nor is AWS asked without it', async () => {
    const address = `127.0.0.1:${await aClosedPort()}`;
    expect(await expectDenied(throughOut({ address }))).toContain(`the proxy ${address} of HTTP_PROXY`);
  });
});

describe('a proxy that lets the API through and not the WebSocket', () => {
  it.each<[string, ProxyManner['instead'] & {}, RegExp]>([
    ['403', () => 403, /answered HTTP 403 when asked for a tunnel/u],
    ['silence', () => 'silence', /did not acknowledge/u],
    ['cut', () => 'cut', /localhost/u],
  ])('is told of where proof is required: %s', async (_, instead, said) => {
    await using proxy = await aProxy({
      instead: (target) => (target === hostOf(sandbox.wssUrl) ? instead(target) : undefined),
    });
    const ended = await respond({ client, env: throughOut(proxy) }, '--require-proof', '--timeout', '2s');
    const document = evictionOf(ended);
    expect({ code: ended.code, ...document }).toMatchObject({
      code: 7,
      blockers: [{ code: 'cannot-prove' }],
    });
    expect(document.blockers[0]?.message).toMatch(said);
    await untilClosed(proxy);
  });
});

describe('what cannot be used is refused before anything is done:', () => {
  it.each<[string, Env, string]>([
    ['a SOCKS proxy', { ALL_PROXY: 'socks5://alice:secret@127.0.0.1:1' }, 'ALL_PROXY names a socks5: proxy'],
    ['a proxy that is no URL', { HTTP_PROXY: 'http://alice:secret@' }, 'HTTP_PROXY is no URL'],
    [
      'a bundle that is not there',
      { AWS_CA_BUNDLE: '/no/such.pem' },
      'AWS_CA_BUNDLE (ca_bundle) /no/such.pem',
    ],
    ['a bundle that is none', { AWS_CA_BUNDLE: '/dev/null' }, 'PEM'],
  ])('%s', async (_, env, message) => {
    const ended = await respond({ client, env });
    expect(ended.code).toBe(2);
    expect(onlyDocument(ended)).toMatchObject({ kind: 'error', message: expect.stringContaining(message) });
    expect(ended.stdout + ended.stderr).not.toContain('secret');
  });
});

it('evict demo, which is all on loopback, wants none', async () => {
  const env = throughOut({ address: `127.0.0.1:${await aClosedPort()}` });
  const ended = await home.run(['demo', '--hold', '300ms', '--json'], { env });
  expect({ code: ended.code, ...evictionOf(ended) }).toMatchObject({ code: 0, verdict: 'evicted' });
});

describe('evict doctor', () => {
  const checkup = async (env: Env, changes: Changes = {}) => {
    const ended = await home.run(['doctor', '--config', await aSignedConfig(sandbox, changes), '--json'], {
      env,
    });
    const { checks } = checkupDocument.parse(onlyDocument(ended));
    return { code: ended.code, proxy: checks.find(({ id }) => id === 'proxy') };
  };

  it('says what goes through which proxy, and what does not', async () => {
    await using proxy = await aProxy();
    const { address } = proxy;
    const env = { ALL_PROXY: `http://alice:secret@${address}`, NO_PROXY: '127.0.0.1' };
    const message = `${sandbox.controlUrl} directly; ${sandbox.wssUrl} through ${address} (ALL_PROXY)`;
    expect(await checkup(env)).toMatchObject({ code: 0, proxy: { status: 'ok', message } });
    expect(new Set(proxy.asked)).toEqual(new Set([hostOf(sandbox.wssUrl)]));
    const byCertificate = {
      'mqtt-url': sandbox.mqttsUrl,
      cert: 'responder/cert.pem',
      key: 'responder/key.pem',
    };
    expect((await checkup({ HTTP_PROXY: `http://${address}` }, byCertificate)).proxy?.message).toBe(
      `${sandbox.controlUrl} through ${address} (HTTP_PROXY); ${sandbox.mqttsUrl} directly, as all MQTT by certificate`,
    );
  });

  it('says that a proxy is not there, and nothing of proxies where none is set', async () => {
    const address = `127.0.0.1:${await aClosedPort()}`;
    expect(await checkup(throughOut({ address }))).toMatchObject({
      code: 4,
      proxy: { status: 'fail', message: `the proxy ${address} of HTTP_PROXY: ECONNREFUSED` },
    });
    expect(await checkup({})).toEqual({ code: 0, proxy: undefined });
  });
});

it('MQTT by certificate that is not reached says that no proxy is used for it', async () => {
  await using proxy = await aProxy();
  const changes = {
    'mqtt-url': `mqtts://localhost:${await aClosedPort()}`,
    cert: 'responder/cert.pem',
    key: 'responder/key.pem',
  };
  const config = await aSignedConfig(sandbox, changes);
  const ended = await home.run(['doctor', '--config', config], { env: throughOut(proxy) });
  expect(ended.stdout.replaceAll(/\s+/gu, ' ')).toContain('does not go through the proxy of HTTPS_PROXY');
});
