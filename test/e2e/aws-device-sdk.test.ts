import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { anIdentity } from '../sandbox/a-device.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { connectedAs, statusOf } from './a-scene.ts';
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

const portOf = (url: string) => Number(new URL(url).port);

describe('a device that runs aws-iot-device-sdk-v2', () => {
  it('over mTLS is evicted, and kept out while it reconnects', async () => {
    const identity = await anIdentity(sandbox);
    const [cert, key] = [join(home.directory, 'sdk.crt'), join(home.directory, 'sdk.key')];
    await Promise.all([writeFile(cert, identity.cert), writeFile(key, identity.key)]);
    const port = portOf(sandbox.mqttsUrl);
    await using device = await anAwsDevice({ way: 'mtls', port, cert, key, clientId: 'sdk-mtls' });
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
