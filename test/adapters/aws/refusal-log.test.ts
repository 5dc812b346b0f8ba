import { UpdateCertificateCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { AwsRefusalLog } from '../../../src/adapters/aws/refusal-log.ts';
import { logRefusals } from '../../e2e/a-scene.ts';
import { aDevice, anIdentity } from '../../sandbox/a-device.ts';
import type { IssuedIdentity } from '../../sandbox/a-device.ts';
import { aSandbox } from '../../sandbox/a-sandbox.ts';
import type { TestSandbox } from '../../sandbox/a-sandbox.ts';

let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(10_000);

function aRefusalLog(profile = 'responder'): AwsRefusalLog {
  return new AwsRefusalLog({
    region: 'us-east-1',
    endpointUrl: sandbox.controlUrl,
    profile,
    credentialsFile: join(sandbox.directory, 'aws/credentials'),
    configFile: join(sandbox.directory, 'aws/config'),
    toolVersion: 'test',
  });
}

async function knock(identity: IssuedIdentity): Promise<void> {
  await using device = aDevice(sandbox, { identity, clientId: 'refused' });
  device.client.on('error', () => {});
  expect(await device.outcome).not.toBe('connected');
}

describe('the log of refused connections', () => {
  it('is in no group before it is switched on, and empty until somebody was refused', async () => {
    using log = aRefusalLog();
    expect(await log.group(soon())).toBeUndefined();
    await logRefusals(sandbox);
    const group = (await log.group(soon())) ?? '';
    expect(group).toBe('AWSIotLogsV2');
    const { certificateId } = await anIdentity(sandbox);
    expect(await log.refusals({ group, certificateId, from: 0 }, soon())).toEqual([]);
  });

  it('has the refusals of the one certificate, each with a name of its own, from a moment on', async () => {
    using log = aRefusalLog();
    await logRefusals(sandbox);
    const [one, other] = [await anIdentity(sandbox), await anIdentity(sandbox, { active: false })];
    const { certificateId } = one;
    await sandbox.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' }));
    const from = Date.now();
    for (const identity of [one, other, one]) await knock(identity);
    const search = { group: 'AWSIotLogsV2', certificateId, from };
    const found = await log.refusals(search, soon());
    expect(found).toHaveLength(2);
    expect(new Set(found.map(({ id }) => id)).size).toBe(2);
    for (const { at } of found) expect(at).toBeGreaterThanOrEqual(from);
    expect(await log.refusals({ ...search, from: Date.now() + 1_000 }, soon())).toEqual([]);
  });

  it('says which call was refused', async () => {
    using log = aRefusalLog('auditor');
    await expect(log.group(soon())).rejects.toMatchObject({
      code: 'access-denied',
      source: 'cloud',
      message: expect.stringContaining('GetV2LoggingOptions at '),
    });
    const search = { group: 'AWSIotLogsV2', certificateId: '0'.repeat(64), from: 0 };
    await expect(log.refusals(search, soon())).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringContaining('FilterLogEvents at '),
    });
  });

  it('does not keep anybody waiting beyond the signal', async () => {
    using log = aRefusalLog();
    await expect(log.group(AbortSignal.abort())).rejects.toMatchObject({ code: 'timed-out' });
  });
});
