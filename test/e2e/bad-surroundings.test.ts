import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';
import { describe, expect, it } from '@jest/globals';
import { webcrypto } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { anIdentity } from '../sandbox/a-device.ts';
import { aSandbox } from '../sandbox/a-sandbox.ts';
import { anUntouchedBench, CLIENT, expectHarmless, expectUsageError, expectVerdict } from './a-bench.ts';
import { aCheckedRecord } from './a-record.ts';
import { aConnectedClient } from './a-scene.ts';
import { aSmallDisk } from './a-small-disk.ts';
import { evictionOf } from './run.ts';
import { aClosedPort, aMuteServer, aWebServer } from './slow-network.ts';

const PRESENCE_HISTORY = fileURLToPath(new URL('../../policies/presence-history.yaml', import.meta.url));
const bench = anUntouchedBench();

describe('the control plane', () => {
  it('nobody listens', async () => {
    const url = `http://127.0.0.1:${await aClosedPort()}`;
    const ended = await bench().evict([CLIENT, '--endpoint-url', url]);
    expectVerdict(ended, { code: 4, verdict: 'denied', named: url });
  });

  it.each([
    [200, '<html>Welcome</html>'],
    [404, '<html>Not found</html>'],
    [302, ''],
    [500, 'oops'],
  ])('a web server that is not AWS: %d', async (status, body) => {
    await using server = await aWebServer(status, body);
    const url = `http://127.0.0.1:${server.port}`;
    const ended = await bench().evict([CLIENT, '--endpoint-url', url]);
    expectVerdict(ended, { code: 4, verdict: 'denied', named: url });
  });

  it('a server that never answers: one --timeout, and what to raise', async () => {
    await using server = await aMuteServer();
    const url = `http://127.0.0.1:${server.port}`;
    const started = Date.now();
    const ended = await bench().evict([CLIENT, '--endpoint-url', url]);
    expectVerdict(ended, { code: 4, verdict: 'denied', named: url });
    expect(evictionOf(ended).cause?.hint).toContain('--timeout');
    expect(Date.now() - started).toBeLessThan(6_000);
  });

  it.each([
    ['a secret that does not fit', '[default]\naws_access_key_id = KEY\naws_secret_access_key = wrong\n'],
    ['an unknown key', '[default]\naws_access_key_id = AKIAWRONG\naws_secret_access_key = wrong\n'],
    ['no such profile', '[other]\n'],
  ])('credentials: %s', async (_, text) => {
    const path = join(bench().sandbox.directory, 'bad-credentials');
    await writeFile(path, text.replace('KEY', bench().sandbox.accessKey.accessKeyId));
    const config = join(bench().sandbox.directory, 'bad-credentials.yaml');
    await writeFile(
      config,
      (await bench().sandbox.file('config.yaml')).replace('aws/credentials', 'bad-credentials'),
    );
    const ended = await bench().evict([CLIENT, '--config', config]);
    expectVerdict(ended, { code: 4, verdict: 'denied', named: bench().sandbox.controlUrl });
    expect(evictionOf(ended).cause?.hint).toContain('credentials');
  });
});

describe('certificate, key and authority', () => {
  it('missing, exchanged, mismatched, or no PEM', async () => {
    const { cert, key } = await anIdentity(bench().sandbox);
    const files = {
      cert: await bench().file('other-cert.pem', cert),
      key: await bench().file('other-key.pem', key),
    };
    const junk = await bench().file('junk.pem', 'junk');
    for (const [words, named] of [
      [['--cert', '/nowhere/cert.pem'], '/nowhere/cert.pem'],
      [['--key', '/nowhere/key.pem'], '/nowhere/key.pem'],
      [['--ca', '/nowhere/ca.pem'], '/nowhere/ca.pem'],
      [['--cert', files.cert], files.cert],
      [['--key', files.key], files.key],
      [['--cert', files.key, '--key', files.cert], files.key],
      [['--cert', junk], junk],
      [['--key', junk], junk],
      [['--ca', junk], junk],
    ] satisfies [string[], string][])
      expectUsageError(await bench().evict([CLIENT, ...words]), named);
  });

  it.each([
    ['expired', -2, -1],
    ['not valid yet', 1, 2],
  ])('%s', async (_, from, to) => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const day = (days: number) => new Date(Date.now() + days * 86_400_000);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: 'CN=responder',
      keys,
      signingAlgorithm: algorithm,
      notBefore: day(from),
      notAfter: day(to),
    });
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    const cert = await bench().file('stale-cert.pem', certificate.toString('pem'));
    const key = await bench().file(
      'stale-key.pem',
      `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    );
    expectUsageError(await bench().evict([CLIENT, '--cert', cert, '--key', key]), cert);
  });

  it('that the broker does not know, or does not let in: refused where proof is required', async () => {
    await using elsewhere = await aSandbox();
    const stranger = await anIdentity(elsewhere);
    const inactive = await anIdentity(bench().sandbox, { active: false });
    for (const { cert, key } of [stranger, inactive]) {
      const words = [
        '--cert',
        await bench().file('cert.pem', cert),
        '--key',
        await bench().file('key.pem', key),
      ];
      const ended = await bench().evict([CLIENT, ...words, '--require-proof']);
      expectVerdict(ended, { code: 7, verdict: 'refused', named: bench().sandbox.mqttsUrl });
      expect(evictionOf(ended).blockers).toMatchObject([{ code: 'cannot-prove' }]);
    }
  });

  it('an authority that did not sign the broker: refused where proof is required', async () => {
    await using elsewhere = await aSandbox();
    const ended = await bench().evict([
      CLIENT,
      '--ca',
      join(elsewhere.directory, 'ca.pem'),
      '--require-proof',
    ]);
    expectVerdict(ended, { code: 7, verdict: 'refused', named: bench().sandbox.mqttsUrl });
  });
});

describe('the broker', () => {
  it('nobody listens, or nobody answers: refused where proof is required', async () => {
    await using mute = await aMuteServer();
    for (const port of [await aClosedPort(), mute.port]) {
      const url = `mqtts://localhost:${port}`;
      const ended = await bench().evict([CLIENT, '--mqtt-url', url, '--require-proof']);
      expectVerdict(ended, { code: 7, verdict: 'refused', named: url });
    }
  });

  it('nobody answers: contained all the same, never said to be proved, and said what to do', async () => {
    await using mute = await aMuteServer();
    await using other = await aConnectedClient(bench().sandbox, { clientId: 'pump-2' });
    const url = `mqtts://localhost:${mute.port}`;
    const ended = await bench().evict([other.clientId, '--mqtt-url', url]);
    expectHarmless(ended);
    expect(ended.code).toBe(5);
    const document = evictionOf(ended);
    expect(document).toMatchObject({ verdict: 'unverified', contained: 'yes' });
    expect(document.warnings.map(({ code }) => code)).toContain('cannot-prove');
    expect(document.cause?.message).toContain(url);
    expect(document.cause?.hint).toMatch(/./u);
    expect(await other.status()).toBe('INACTIVE');
  });
});

describe('the state directory', () => {
  it.each([
    ['a file', () => bench().file('a-file', '')],
    ['below a file', async () => join(await bench().file('a-file', ''), 'state')],
    ['read-only (/sys)', () => '/sys/evict'],
    ['where nothing can be made (/proc)', () => '/proc/evict'],
  ])('%s', async (_, path) => {
    const directory = await path();
    expectUsageError(
      await bench().evict([CLIENT, '--state-dir', directory], { timeoutMs: 5_000 }),
      directory,
    );
  });

  it('full: the act does not happen', async () => {
    await using disk = await aSmallDisk(16, 'a full state directory');
    if (disk === undefined) return;
    // The whole disk, then all but one page: it fills up at the first entry, or in the middle of the record.
    for (const size of [16_384, 12_288]) {
      await rm(join(disk.path, 'incidents'), { recursive: true, force: true });
      await writeFile(join(disk.path, 'filler'), Buffer.alloc(size));
      const ended = await bench().evict([CLIENT, '--state-dir', disk.path]);
      expectVerdict(ended, { code: 1, verdict: 'failed', named: disk.path });
      expect(await bench().client.status()).toBe('ACTIVE');
      const kept = await readdir(join(disk.path, 'incidents'));
      for (const name of kept) await aCheckedRecord(join(disk.path, 'incidents', name));
    }
  });
});

describe('a sandbox', () => {
  it.each([
    ['events.jsonl', []],
    ['rule/History.jsonl', ['--rule', PRESENCE_HISTORY]], // whose lines are the longer ones
  ])('whose disk is full ends, and says that %s is not written any more', async (file, more) => {
    await using disk = await aSmallDisk(256, 'a full event file');
    if (disk === undefined) return;
    // An intruder that is dropped each time that it comes back fills the last page soon.
    const busy = ['--fault', 'unlimited-connects', '--fault', 'drop-connection', ...more];
    const directory = join(disk.path, 'drill');
    const running = bench().home.start(['sandbox', '--directory', directory, '--json', ...busy]);
    await running.said('"kind":"sandbox"', 'stdout');
    await expect(writeFile(join(disk.path, 'filler'), Buffer.alloc(1_000_000))).rejects.toThrow('ENOSPC');
    const ended = await running.ended;
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`${file} cannot be written any more`);
    expect(ended.stderr).not.toContain('    at ');
  });

  it('is not made in the present directory for want of a name', async () => {
    const ended = await bench().home.run(['sandbox', '--directory', '']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('--directory is empty');
  });
});
