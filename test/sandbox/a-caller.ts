import { CloudWatchLogsClient, type CloudWatchLogsClientConfig } from '@aws-sdk/client-cloudwatch-logs';
import { IoTClient } from '@aws-sdk/client-iot';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import type { IClientOptions } from 'mqtt';
import { join } from 'node:path';
import { aClient, type Device } from './a-device.ts';
import type { TestSandbox } from './a-sandbox.ts';
import { type SigningKey, signedUrl } from './a-signed-url.ts';

/** Somebody with IAM credentials, and the real clients that sign with them. */
export type Caller = Disposable & {
  readonly key: SigningKey;
  readonly iot: IoTClient;
  readonly data: IoTDataPlaneClient;
  readonly sts: STSClient;
  /** MQTT over WebSocket, signed with the same credentials. */
  connect(options: IClientOptions): Promise<Device>;
};

/** Whoever a profile of the sandbox's own files stands for. */
export async function aCaller(sandbox: TestSandbox, profile: string): Promise<Caller> {
  return aCallerWith(sandbox, await profileKey(sandbox, profile));
}

export function profileKey({ directory }: TestSandbox, profile: string) {
  return fromIni({
    profile,
    filepath: join(directory, 'aws', 'credentials'),
    configFilepath: join(directory, 'aws', 'config'),
  })();
}

export function aCallerWith(sandbox: TestSandbox, key: SigningKey): Caller {
  const { accessKeyId, secretAccessKey, sessionToken } = key;
  const credentials = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
  const client = { endpoint: sandbox.controlUrl, region: 'us-east-1', credentials, maxAttempts: 1 };
  const [iot, data, sts] = [new IoTClient(client), new IoTDataPlaneClient(client), new STSClient(client)];
  return {
    key,
    iot,
    data,
    sts,
    connect: async (options) =>
      aClient(signedUrl(sandbox.wssUrl, { key }), { ca: await sandbox.file('ca.pem'), ...options }),
    [Symbol.dispose]: () => [iot, data, sts].forEach((one) => one.destroy()),
  };
}

/** CloudWatch Logs, asked by whoever a profile stands for. */
export async function aLogsClient(
  sandbox: TestSandbox,
  profile: string,
  options: CloudWatchLogsClientConfig = {},
): Promise<CloudWatchLogsClient> {
  const credentials = await profileKey(sandbox, profile);
  const common = { endpoint: sandbox.controlUrl, region: 'us-east-1', credentials, maxAttempts: 1 };
  return new CloudWatchLogsClient({ ...common, ...options });
}
