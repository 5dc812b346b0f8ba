import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { anIdentity, type DeviceIdentity } from '../sandbox/a-device.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aMosquitto } from '../adapters/mqtt/a-mosquitto.ts';
import { anAuthority } from '../adapters/mqtt/an-authority.ts';
import { aConnectedEvent } from '../domain/an-event.ts';
import { connectedAs, statusOf } from './a-scene.ts';
import { findTool } from './a-tool.ts';
import { describeWith } from './describe-with.ts';
import { aHome, evictionOf, type Home } from './run.ts';

const DEVICE = fileURLToPath(new URL('an-aws-device.js', import.meta.url));

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox(), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** AWS's own device SDK, in a process of its own, with all that it said happened so far. */
async function anAwsDevice(how: object) {
  const about = { host: 'localhost', ca: join(sandbox.directory, 'ca.pem'), will: 'fleet/status', ...how };
  const child = spawn(process.execPath, [DEVICE, JSON.stringify(about)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const happened: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => happened.push(line));
  const until = (what: string, after = 0) =>
    eventually(() => happened.slice(after).find((line) => line.includes(what)));
  return {
    happened,
    until,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** What a device has on its disk. */
async function filesOf(identity: DeviceIdentity, name: string) {
  const file = async (part: 'ca' | 'cert' | 'key') => {
    const path = join(home.directory, `${name}-${part}.pem`);
    await writeFile(path, identity[part]);
    return path;
  };
  const [ca, cert, key] = await Promise.all([file('ca'), file('cert'), file('key')]);
  return { ca, cert, key };
}

const portOf = (url: string) => Number(new URL(url).port);

describe('a device that runs aws-iot-device-sdk-v2', () => {
  it('over mTLS is evicted, and kept out while it reconnects', async () => {
    const identity = await anIdentity(sandbox);
    const files = await filesOf(identity, 'sdk');
    const port = portOf(sandbox.mqttsUrl);
    await using device = await anAwsDevice({ ...files, way: 'mtls', port, clientId: 'sdk-mtls' });
    await device.until('subscribed');
    const before = device.happened.length;

    const ended = await home.run(['sdk-mtls', '--config', sandbox.config, '--yes', '--json', '--hold', '3s']);
    const document = evictionOf(ended);
    expect({ code: ended.code, verdict: document.verdict }).toEqual({ code: 0, verdict: 'evicted' });
    expect(document.proof?.event).toMatchObject({ disconnectReason: 'DUPLICATE_CLIENTID' });
    expect(await statusOf(sandbox, identity.certificateId)).toBe('INACTIVE');
    await device.until('interrupted', before);
    // Its own reconnect logic goes on, against a door that is shut.
    await eventually(() =>
      sandbox.truth().refusedHandshakes.find((one) => one.certificateId === identity.certificateId),
    );
    expect(connectedAs(sandbox, 'sdk-mtls')).toEqual([]);
    expect(device.happened.slice(before).join('\n')).not.toContain('resumed');
  });

  it('is retaken each time that it comes back while the deactivation is on its way, and evicted', async () => {
    await using slow = await aSandbox({ faults: [{ fault: 'deactivation-delay', ms: 3_500 }] });
    const identity = await anIdentity(slow);
    const files = await filesOf(identity, 'returning');
    const about = { ...files, way: 'mtls', port: portOf(slow.mqttsUrl), clientId: 'sdk-returning' };
    await using device = await anAwsDevice(about);
    await device.until('subscribed');

    const words = ['--config', slow.config, '--yes', '--json', '--hold', '3s'];
    const ended = await home.run(['sdk-returning', ...words], { timeoutMs: 60_000 });
    const document = evictionOf(ended);
    expect({ code: ended.code, verdict: document.verdict }).toEqual({ code: 0, verdict: 'evicted' });
    const [back, ...others] = document.hold?.returns ?? [];
    expect(others).toEqual([]);
    expect(back?.principal).toBe(identity.certificateId);
    expect(document.steps.filter(({ id, status }) => id === 'takeover' && status === 'done')).toHaveLength(
      1 + (back?.count ?? 0),
    );
    expect(device.happened.filter((line) => line.includes('resumed'))).toHaveLength(back?.count ?? 0);
    expect(connectedAs(slow, 'sdk-returning')).toEqual([]);
  }, 60_000);

  it('over a SigV4 WebSocket is kicked with proof; taking an IAM user’s access is not asked for', async () => {
    const { accessKey } = sandbox;
    const port = portOf(sandbox.wssUrl);
    await using device = await anAwsDevice({ way: 'ws', port, clientId: 'sdk-ws', credentials: accessKey });
    await device.until('subscribed');
    const connected = await sandbox.untilEvent(({ clientId }) => clientId === 'sdk-ws');
    expect(connected.principalIdentifier).toMatch(/^AIDA/u);
    const before = device.happened.length;

    const kick = ['--action', 'none', '--hold', '0'];
    const ended = await home.run(['sdk-ws', '--config', sandbox.config, '--yes', '--json', ...kick]);
    const document = evictionOf(ended);
    expect({ code: ended.code, verdict: document.verdict }).toEqual({ code: 8, verdict: 'kicked' });
    expect(document.sighting?.principal).toMatchObject({
      kind: 'iam-user',
      identifier: connected.principalIdentifier,
    });
    expect(document.proof?.event).toMatchObject({
      principalIdentifier: connected.principalIdentifier,
      sessionIdentifier: connected.sessionIdentifier,
    });
    await device.until('interrupted', before);
    await device.until('resumed', before); // its access was left to it
  });

  it('over a SigV4 WebSocket with a session token is known by its role session', async () => {
    const RoleArn = 'arn:aws:iam::123456789012:role/responder';
    const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'intern' });
    const { Credentials: key, AssumedRoleUser: assumed } = await sandbox.sts.send(command);
    const credentials = {
      accessKeyId: key?.AccessKeyId,
      secretAccessKey: key?.SecretAccessKey,
      sessionToken: key?.SessionToken,
    };
    const about = { way: 'ws', port: portOf(sandbox.wssUrl), clientId: 'sdk-role', credentials };
    await using device = await anAwsDevice({ ...about, will: undefined });
    await device.until('connected');
    const event = await sandbox.untilEvent(({ clientId }) => clientId === 'sdk-role');
    expect(event.principalIdentifier).toBe(assumed?.AssumedRoleId);
    expect(event.principalIdentifier).toMatch(/^AROA[A-Z0-9]{17}:intern$/u);
  });
});

const mosquitto = findTool('/usr/sbin/mosquitto', '-h');

describeWith(
  'a device that runs the MQTT 5 client of aws-iot-device-sdk-v2',
  [['mosquitto', mosquitto]],
  () => {
    it('is dropped each time that it comes back, and where nobody hears of it, nothing is proved', async () => {
      const authority = await anAuthority('broker');
      const ca = await sandbox.file('ca.pem');
      const server = await authority.issue();
      await using broker = await aMosquitto(mosquitto?.path ?? '', [{ server, ca }]);
      const [port = 0] = broker.ports;
      const identity = await anIdentity(sandbox);
      const files = await filesOf({ ...identity, ca: authority.ca }, 'sdk5');
      await using device = await anAwsDevice({ ...files, way: 'mtls5', port, clientId: 'sdk-5' });
      await device.until('connected');

      const events = join(home.directory, 'sdk-5.json');
      const sighted = {
        clientId: 'sdk-5',
        principalIdentifier: identity.certificateId,
        timestamp: Date.now(),
      };
      await writeFile(events, JSON.stringify(aConnectedEvent(sighted)));
      const at = ['--mqtt-url', `mqtts://localhost:${port}`, '--ca', files.ca, '--mqtt-version', '5'];
      const limits = ['--timeout', '1s', '--hold', '2s', '--deadline', '7s'];
      const words = ['--config', sandbox.config, '--events', events, '--yes', '--json'];
      const ended = await home.run(['sdk-5', ...words, ...at, ...limits]);
      const document = evictionOf(ended);
      expect(document).toMatchObject({ verdict: 'unverified', contained: 'yes' });
      expect(document.warnings.map(({ code }) => code)).toContain('cannot-prove');
      expect(device.happened.filter((line) => line.includes('interrupted')).length).toBeGreaterThan(1);
    });
  },
);
