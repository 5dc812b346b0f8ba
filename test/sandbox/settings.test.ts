import {
  DescribeEndpointCommand,
  GetV2LoggingOptionsCommand,
  SetV2LoggingOptionsCommand,
  type SetV2LoggingOptionsCommandInput,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';
import { anError, BAD_REQUEST } from './an-error.ts';

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const endpoint = async (endpointType?: string) =>
  (await sandbox.iot.send(new DescribeEndpointCommand({ endpointType }))).endpointAddress;
const options = async (verbose?: boolean) => {
  const { $metadata: _metadata, ...rest } = await sandbox.iot.send(
    new GetV2LoggingOptionsCommand({ verbose }),
  );
  return rest;
};
const set = (input: SetV2LoggingOptionsCommandInput) =>
  sandbox.iot.send(new SetV2LoggingOptionsCommand(input));

describe('2.8 endpoint and logging options', () => {
  it.each(['iot:Data-ATS', 'iot:Data', undefined])(
    '2.8.1 name the WebSocket port as the data endpoint: %s',
    async (type) => {
      expect(await endpoint(type)).toBe(new URL(sandbox.wssUrl).host);
    },
  );

  it.each(['iot:CredentialProvider', 'iot:Jobs', 'iot:Nonsense'])(
    '2.8.2 refuse an endpoint that the sandbox does not have, and name those that it has: %s',
    async (type) => {
      await expect(endpoint(type)).rejects.toMatchObject(BAD_REQUEST);
      await expect(endpoint(type)).rejects.toThrow('the sandbox has iot:Data-ATS and iot:Data');
    },
  );

  it('2.8.3 are not configured before they are set', async () => {
    await expect(options()).rejects.toMatchObject(anError('NotConfiguredException', 404));
  });

  it('2.8.4 are given back as they were set, the last time', async () => {
    const roleArn = 'arn:aws:iam::123456789012:role/logs';
    await set({ roleArn, defaultLogLevel: 'INFO' });
    expect(await options()).toEqual({ roleArn, defaultLogLevel: 'INFO', disableAllLogs: false });
    const eventConfigurations = [
      { eventType: 'Connect', logLevel: 'DEBUG' as const, logDestination: 'group' },
    ];
    await set({ disableAllLogs: true, eventConfigurations });
    expect(await options(true)).toEqual({ disableAllLogs: true, eventConfigurations });
  });

  it('2.8.5 refuse a log level that does not exist', async () => {
    const command: object = { defaultLogLevel: 'LOUD' };
    await expect(set(command)).rejects.toMatchObject(BAD_REQUEST);
  });
});
