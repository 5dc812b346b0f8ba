import { UpdateCertificateCommand } from '@aws-sdk/client-iot';
import { describe, expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { aDevice, anIdentity, type DeviceIdentity } from './a-device.ts';
import { aSandbox, eventually, type TestSandbox } from './a-sandbox.ts';

const aDirectory = () => mkdtemp(join(tmpdir(), 'evict-sandbox-'));

/** The identity that the sandbox has ready for whoever answers the incident. */
async function theResponder(sandbox: TestSandbox): Promise<DeviceIdentity> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'responder/cert.pem', 'responder/key.pem'].map((path) => sandbox.file(path)),
  );
  return { ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
}

describe('6.1 the directory', () => {
  it('6.1.1 holds identities and a configuration whose paths are relative to it', async () => {
    await using sandbox = await aSandbox({ intruder: 'pump-17' });
    const config: unknown = parse(await sandbox.file('config.yaml'));
    expect(config).toEqual({
      profile: 'responder',
      region: 'us-east-1',
      'endpoint-url': sandbox.controlUrl,
      'aws-credentials-file': 'aws/credentials',
      'aws-config-file': 'aws/config',
      'mqtt-url': sandbox.mqttsUrl,
      'mqtt-version': 4,
      ca: 'ca.pem',
      cert: 'responder/cert.pem',
      key: 'responder/key.pem',
      events: ['events.jsonl'],
      'state-dir': 'state',
    });
    const identity = await theResponder(sandbox);
    await using responder = aDevice(sandbox, { identity, clientId: 'responder' });
    expect(await responder.outcome).toBe('connected');
  });

  it('6.1.2 is for its owner alone, and so is every file in it', async () => {
    await using sandbox = await aSandbox({ intruder: 'pump-17' });
    expect((await stat(sandbox.directory)).mode & 0o777).toBe(0o700);
    const entries = await readdir(sandbox.directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(files.length).toBe(9);
    for (const { parentPath, name } of files) {
      expect((await stat(join(parentPath, name))).mode & 0o777).toBe(0o600);
    }
  });

  it('6.1.3 is made anew in place of an older one, without following its links', async () => {
    const directory = await aDirectory();
    const elsewhere = join(directory, 'elsewhere');
    await writeFile(elsewhere, 'untouched');
    await symlink(elsewhere, join(directory, 'ca.pem'));
    await writeFile(join(directory, 'events.jsonl'), 'old', { mode: 0o644 });
    await chmod(directory, 0o755);
    {
      await using sandbox = await startSandbox({ directory });
      expect(sandbox.truth().connections).toEqual([]);
    }
    expect((await stat(elsewhere)).size).toBe('untouched'.length);
    expect((await stat(join(directory, 'events.jsonl'))).size).toBe(0);
    await rm(directory, { recursive: true });
  });
});

describe('6.1 a directory that is somebody’s', () => {
  it.each(['config.yaml', 'aws/credentials'])(
    '6.1.4 is left alone when its %s is no sandbox’s',
    async (name) => {
      const directory = await aDirectory();
      const path = join(directory, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'mine');
      await chmod(directory, 0o755);
      await expect(startSandbox({ directory })).rejects.toThrow('would be overwritten');
      expect(await readFile(path, 'utf8')).toBe('mine');
      expect((await stat(directory)).mode & 0o777).toBe(0o755);
      await rm(directory, { recursive: true });
    },
  );

  it('6.1.4 is taken over when a sandbox has left it', async () => {
    const directory = await aDirectory();
    for (const _ of ['first', 'second']) {
      await using sandbox = await startSandbox({ directory });
      expect(sandbox.failed.aborted).toBe(false);
    }
    await rm(directory, { recursive: true });
  });

  it.each(['/proc/x', '/dev/null/x', '/dev/null'])('6.1.5 cannot be %s, which is said', async (directory) => {
    await expect(startSandbox({ directory })).rejects.toMatchObject({
      name: 'SandboxProblem',
      message: expect.stringContaining(directory),
    });
  });
});

describe('6.2 the intruder', () => {
  it('6.2.1 is connected when the sandbox has started, and its event is in the file', async () => {
    await using sandbox = await aSandbox({
      intruder: 'pump-17',
      faults: [{ fault: 'event-delay', ms: 100 }],
    });
    const [connection] = sandbox.truth().connections;
    expect(await sandbox.events()).toMatchObject([
      { clientId: 'pump-17', eventType: 'connected', principalIdentifier: connection?.principal },
    ]);
  });

  it('6.2.2 publishes, and comes back when it is knocked off', async () => {
    await using sandbox = await aSandbox({ intruder: 'pump-17', faults: [{ fault: 'unlimited-connects' }] });
    const [first] = sandbox.truth().connections;
    const identity = await anIdentity(sandbox);
    await using watcher = aDevice(sandbox, { identity, clientId: 'watcher' });
    await watcher.outcome;
    expect((await (await watcher.listen('fleet/#')).next()).topic).toBe('fleet/telemetry');
    await using taker = aDevice(sandbox, { identity, clientId: 'pump-17' });
    await taker.outcome;
    await taker.closed;
    expect(sandbox.truth().connections.find(({ clientId }) => clientId === 'pump-17')).toMatchObject({
      principal: first?.principal,
      versionNumber: 2,
    });
  });

  it('6.2.3 knocks for ever at a door that is shut', async () => {
    await using sandbox = await aSandbox({ intruder: 'pump-17', faults: [{ fault: 'unlimited-connects' }] });
    const certificateId = sandbox.truth().connections[0]?.principal ?? '';
    await sandbox.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
    const identity = await theResponder(sandbox);
    await using taker = aDevice(sandbox, { identity, clientId: 'pump-17' });
    expect(await taker.outcome).toBe('connected');
    const refused = await eventually(() => sandbox.truth().refusedHandshakes.find(({ count }) => count >= 2));
    expect(refused.certificateId).toBe(certificateId);
    expect(sandbox.truth().connections).toHaveLength(1);
  });

  it.each(['', '$pump', 'x'.repeat(129)])('6.2.4 cannot be named %j', async (intruder) => {
    const directory = join(tmpdir(), 'never-made');
    await expect(startSandbox({ directory, intruder })).rejects.toThrow('client ID');
    await expect(stat(directory)).rejects.toThrow('ENOENT');
  });
});

describe('6.3 the side door', () => {
  it('6.3.1 tells the truth', async () => {
    await using sandbox = await aSandbox({ intruder: 'pump-17' });
    const response = await fetch(`${sandbox.adminUrl}/truth`);
    expect(await response.json()).toEqual(sandbox.truth());
  });

  it('6.3.2 answers nothing else', async () => {
    await using sandbox = await aSandbox();
    expect((await fetch(sandbox.adminUrl)).status).toBe(404);
    expect((await fetch(`${sandbox.adminUrl}/truth`, { method: 'POST' })).status).toBe(404);
  });

  it('6.3.3 refuses a name that was rebound to loopback', async () => {
    await using sandbox = await aSandbox();
    const status = await new Promise((resolve) => {
      const headers = { host: 'attacker.example' };
      request(`${sandbox.adminUrl}/truth`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });
});

describe('6.4 the end', () => {
  it('6.4.1 ends open sessions as the server, closes every port and can be asked for twice', async () => {
    const sandbox = await aSandbox({ intruder: 'pump-17' });
    const { adminUrl, controlUrl } = sandbox;
    const directory = await aDirectory();
    const other = await startSandbox({ directory, intruder: 'pump-18' });
    await other[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await sandbox[Symbol.asyncDispose]();
    for (const url of [adminUrl, controlUrl, other.adminUrl]) await expect(fetch(url)).rejects.toThrow();
    const lines = (await readFile(join(directory, 'events.jsonl'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ disconnectReason: 'SERVER_INITIATED_DISCONNECT' });
    await rm(directory, { recursive: true });
  });

  it('6.4.2 leaves nothing open when it cannot start', async () => {
    await using sandbox = await aSandbox();
    const directory = await aDirectory();
    const ports = { admin: Number(new URL(sandbox.adminUrl).port) };
    await expect(startSandbox({ directory, ports })).rejects.toThrow('EADDRINUSE');
    await rm(directory, { recursive: true });
  });
});
