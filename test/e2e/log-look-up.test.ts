import { SetV2LoggingOptionsCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aPolicyDirectory, readPolicy } from '../sandbox/a-policy-directory.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, type ConnectedClient } from './a-scene.ts';
import { aSignedConfig } from './a-signed-config.ts';
import { aHome, evictionOf, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
let client: ConnectedClient;
beforeAll(async () => {
  const [respond, lookUp] = [readPolicy('respond.json'), readPolicy('look-up-in-logs.json')];
  const both = { ...respond, Statement: [...respond.Statement, ...lookUp.Statement] };
  await using policies = await aPolicyDirectory({ 'respond.json': both });
  [sandbox, home] = await Promise.all([aSandbox({ policies: policies.directory }), aHome()]);
  await sandbox.iot.send(new SetV2LoggingOptionsCommand({ defaultLogLevel: 'INFO' }));
  client = await aConnectedClient(sandbox, { clientId: 'pump "17"' });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const run = async (...words: string[]) => {
  const config = await aSignedConfig(sandbox, { events: ['cloudwatch'], hold: '500ms', timeout: '5s' });
  return home.run([client.clientId, '--config', config, '--json', ...words]);
};

describe('a client whose connection AWS IoT has logged', () => {
  it('is found in that log, and evicted', async () => {
    const sighting = {
      source: 'cloudwatch:AWSIotLogsV2',
      event: { eventType: 'Connect', clientId: client.clientId },
      principal: { kind: 'certificate', identifier: client.identity.certificateId },
    };
    expect(evictionOf(await run('--dry-run'))).toMatchObject({
      verdict: 'planned',
      sighting: { ...sighting, ipAddress: '127.0.0.1', ended: false, confirmed: 'yes' },
    });
    expect(evictionOf(await run('--yes'))).toMatchObject({ verdict: 'evicted', sighting });
    expect(await client.status()).toBe('INACTIVE');
    expect(evictionOf(await run('--dry-run')).sighting).toMatchObject({ ...sighting, ended: true });
  });

  it('is not where there is no such log, or nobody may look, and each is said by its name', async () => {
    const absent = ['--dry-run', '--events', 'cloudwatch:absent'];
    const { code, stdout } = await run(...absent, '--profile', 'default');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'error', message: expect.stringContaining('"absent"') });
    expect(evictionOf(await run(...absent))).toMatchObject({
      verdict: 'denied',
      cause: {
        code: 'access-denied',
        message: expect.stringContaining('StartQuery at CloudWatch Logs'),
        hint: expect.stringContaining('log-group:absent:*'),
      },
    });
  });
});
