import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientConfig, identityFrom } from '../../../src/adapters/aws/credentials.ts';
import { openNetwork } from '../../../src/adapters/aws/network.ts';
import { asEvictError } from '../../../src/adapters/aws/sdk-error.ts';
import { messageOf } from '../../../src/domain/errors.ts';
import { aProxy, type TestProxy } from '../../e2e/a-proxy.ts';
import { signedIn } from '../../e2e/an-sso-portal.ts';
import { aTlsFront } from '../../e2e/a-tls-front.ts';
import { aSelfSigned } from '../../sandbox/a-certificate.ts';
import { aSandbox, type TestSandbox } from '../../sandbox/a-sandbox.ts';

let sandbox: TestSandbox;
let proxy: TestProxy;
beforeAll(async () => {
  [sandbox, proxy] = await Promise.all([aSandbox(), aProxy({ instead: () => 403 })]);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
const SETTINGS = [
  'AWS_CA_BUNDLE',
  'HTTP_PROXY',
  'http_proxy',
  'HTTPS_PROXY',
  'https_proxy',
  'ALL_PROXY',
  'NO_PROXY',
  'no_proxy',
];
const forget = () => SETTINGS.forEach((name) => delete process.env[name]);
forget();
const home = process.env['HOME'];
afterEach(() => {
  forget();
  process.env['HOME'] = home;
});

describe('credentials are fetched by the proxy, too:', () => {
  it.each(['responder-role', 'sso'])('%s', async (profile) => {
    process.env['HTTP_PROXY'] = `http://${proxy.address}`;
    if (profile === 'sso') process.env['HOME'] = sandbox.directory;
    await signedIn(sandbox.directory, { expiresInMs: 3_600_000 });
    const files = {
      configFile: join(sandbox.directory, profile === 'sso' ? '.aws/config' : 'aws/config'),
      credentialsFile: join(sandbox.directory, 'aws/credentials'),
    };
    const place = {
      region: 'us-east-1',
      endpointUrl: sandbox.controlUrl,
      toolVersion: 'test',
      profile,
      ...files,
    };
    const network = await openNetwork(place);
    const error = await identityFrom({ ...place, network })
      .credentials()
      .then(
        () => undefined,
        (failure: unknown) => failure,
      );
    const explained = asEvictError(error, {
      call: 'any',
      where: 'AWS',
      signal: AbortSignal.timeout(1e4),
      network,
    });
    expect(explained).toMatchObject({
      code: 'endpoint-unreachable',
      message: expect.stringContaining(`the proxy ${proxy.address} of HTTP_PROXY answered HTTP 403`),
    });
  });
});

describe('all clients of a run share one network:', () => {
  /** A front that holds back its answer until it is told to give it, and clients that trust it. */
  async function aHeldCall(proxied: boolean) {
    const certificate = await aSelfSigned({ subject: 'CN=a company' });
    let [arrived, release] = [() => {}, () => {}];
    const asked = new Promise<void>((resolve) => (arrived = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    const before = () => (arrived(), released);
    const front = await aTlsFront(sandbox.controlUrl, certificate, before);
    const way = await aProxy();
    process.env['AWS_CA_BUNDLE'] = join(sandbox.directory, 'company.pem');
    await writeFile(process.env['AWS_CA_BUNDLE'], certificate.cert);
    if (proxied) process.env['HTTPS_PROXY'] = `http://${way.address}`;
    const place = {
      region: 'us-east-1',
      endpointUrl: front.url,
      toolVersion: 'test',
      credentialsFile: join(sandbox.directory, 'aws/credentials'),
      configFile: join(sandbox.directory, 'aws/config'),
    };
    const network = await openNetwork(place);
    const [one, other] = [1, 2].map(
      () => new STSClient({ ...clientConfig({ ...place, network }), maxAttempts: 1 }),
    );
    const call = one?.send(new GetCallerIdentityCommand({})).catch((error: unknown) => error);
    await asked;
    other?.destroy();
    return {
      call,
      network,
      release,
      [Symbol.asyncDispose]: async () => {
        release();
        network[Symbol.dispose]();
        await Promise.all([front[Symbol.asyncDispose](), way[Symbol.asyncDispose]()]);
      },
    };
  }

  it.each([false, true])('one that is done does not cut off the others (by a proxy: %s)', async (proxied) => {
    await using held = await aHeldCall(proxied);
    held.release();
    expect(await held.call).toMatchObject({ Account: expect.any(String) });
  });

  it('who ends it does', async () => {
    await using held = await aHeldCall(false);
    held.network[Symbol.dispose]();
    expect(messageOf(await held.call)).toContain('socket hang up');
  });

  it('a connection that was cut is not called a time-out, whatever the SDK calls it', () => {
    const cut = Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
    const signal = AbortSignal.timeout(1e4);
    expect(asEvictError(cut, { call: 'Any', where: 'AWS', signal })).toMatchObject({
      code: 'connection-lost',
      message: 'Any at AWS: socket hang up',
    });
  });
});

describe('which proxy', () => {
  const proxied = async (env: Readonly<Record<string, string>>, url: string) => {
    Object.assign(process.env, env);
    return (await openNetwork({})).proxyFor(url)?.address;
  };

  it.each([
    ['https://iot.example/', { HTTPS_PROXY: 'http://one:3128' }, 'one:3128'],
    ['wss://iot.example/mqtt', { HTTPS_PROXY: 'http://one:3128' }, 'one:3128'],
    ['https://iot.example/', { https_proxy: 'http://small:1', HTTPS_PROXY: 'http://big:2' }, 'small:1'],
    ['https://iot.example/', { HTTPS_PROXY: 'one:3128' }, 'one:3128'],
    ['https://iot.example/', { ALL_PROXY: 'http://all' }, 'all:80'],
    ['https://iot.example/', { HTTP_PROXY: 'http://plain:1' }, undefined],
    ['https://iot.example/', { HTTPS_PROXY: 'http://one:1', NO_PROXY: '*' }, undefined],
    ['https://iot.example/', { HTTPS_PROXY: 'http://one:1', NO_PROXY: 'iot.example' }, undefined],
    ['https://iot.example/', { HTTPS_PROXY: 'http://one:1', NO_PROXY: '.example' }, undefined],
    ['https://iot.example/', { HTTPS_PROXY: 'http://one:1', NO_PROXY: '*.example' }, undefined],
    ['https://iot.example/', { HTTPS_PROXY: 'http://one:1', NO_PROXY: 'a.b, iot.example:443' }, undefined],
    ['https://iot.example/', { HTTPS_PROXY: 'http://one:1', NO_PROXY: 'iot.example:444' }, 'one:1'],
    // As docs/networks.md says, and unlike what some others do.
    ['https://iot.example/', { HTTPS_PROXY: 'http://one:1', NO_PROXY: 'example' }, 'one:1'],
    ['https://127.0.0.1/', { HTTPS_PROXY: 'http://one:1', NO_PROXY: '127.0.0.0/8' }, 'one:1'],
  ])('%s with %j: %s', async (url, env, address) => {
    expect(await proxied(env, url)).toBe(address);
  });
});
