import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { SetV2LoggingOptionsCommand, UpdateCertificateCommand } from '@aws-sdk/client-iot';
import { describe, expect, it } from '@jest/globals';
import { profileKey } from './a-caller.ts';
import { aClient, aDevice, anIdentity, type IssuedIdentity } from './a-device.ts';
import { aPolicyDirectory } from './a-policy-directory.ts';
import { aSandbox, eventually, type TestSandbox } from './a-sandbox.ts';
import { anError } from './an-error.ts';

const GROUP = 'AWSIotLogsV2';
const ON = { eventType: 'Connection.AuthNError', logLevel: 'ERROR' as const };
const NO_GROUP = anError('ResourceNotFoundException', 400);

type Configuration = Pick<typeof ON, 'eventType'> & {
  logLevel?: 'ERROR' | 'DISABLED';
  logDestination?: string;
};

const log = ({ iot }: TestSandbox, own: Configuration, disableAllLogs = false) =>
  iot.send(
    new SetV2LoggingOptionsCommand({ defaultLogLevel: 'INFO', disableAllLogs, eventConfigurations: [own] }),
  );

/** Somebody who reads logs. */
async function aReader(sandbox: TestSandbox, profile = 'default', options: object = {}) {
  const credentials = await profileKey(sandbox, profile);
  const common = { endpoint: sandbox.controlUrl, region: 'us-east-1', credentials, maxAttempts: 1 };
  const client = new CloudWatchLogsClient({ ...common, ...options });
  const filter = async (input: Partial<FilterLogEventsCommandInput> = {}) => {
    const command = new FilterLogEventsCommand({ logGroupName: GROUP, ...input });
    return (await client.send(command)).events ?? [];
  };
  return { client, filter, [Symbol.dispose]: () => client.destroy() };
}

const entriesIn = (events: { readonly message?: string | undefined }[]) =>
  events.map(({ message = '' }): unknown => JSON.parse(message));

/** Comes to the door, and is refused. */
async function knock(sandbox: TestSandbox, identity: IssuedIdentity): Promise<void> {
  await using device = aDevice(sandbox, { identity, clientId: 'refused' });
  device.client.on('error', () => {});
  expect(await device.outcome).not.toBe('connected');
}

const setStatus = (
  { iot }: TestSandbox,
  { certificateId }: IssuedIdentity,
  newStatus: 'INACTIVE' | 'REVOKED',
) => iot.send(new UpdateCertificateCommand({ certificateId, newStatus }));

describe('2.9 the log of refused connections', () => {
  it('2.9.1 is off until Connection.AuthNError is switched on, and then has each refusal with its reason', async () => {
    await using sandbox = await aSandbox();
    using reader = await aReader(sandbox);
    const identity = await anIdentity(sandbox, { active: false });
    for (const off of [
      { eventType: 'Connect', logLevel: 'ERROR' as const },
      { ...ON, logLevel: 'DISABLED' as const },
    ]) {
      await knock(sandbox, identity);
      await log(sandbox, off);
    }
    await log(sandbox, ON, true);
    await knock(sandbox, identity);
    await expect(reader.filter()).rejects.toMatchObject(NO_GROUP);
    await log(sandbox, ON);
    const before = Date.now();
    await knock(sandbox, identity);
    await setStatus(sandbox, identity, 'REVOKED');
    await knock(sandbox, identity);
    const events = await reader.filter();
    const entry = {
      timestamp: expect.any(String),
      logLevel: 'ERROR',
      traceId: expect.any(String),
      accountId: '123456789012',
      status: 'Failure',
      eventType: 'Connection.AuthNError',
      authenticationType: 'AWS_X509',
      reason: 'DEVICE_CERTIFICATE_INACTIVE',
      principalId: identity.certificateId,
      sourceIp: '127.0.0.1',
      sourcePort: expect.any(Number),
    };
    expect(entriesIn(events)).toEqual([entry, { ...entry, reason: 'DEVICE_CERTIFICATE_REVOKED' }]);
    expect(events[0]?.timestamp).toBeGreaterThanOrEqual(before);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(2);
  });

  it('2.9.2 goes to a group of its own where one is named', async () => {
    await using sandbox = await aSandbox();
    using reader = await aReader(sandbox);
    await log(sandbox, { ...ON, logDestination: 'the/doors' });
    await knock(sandbox, await anIdentity(sandbox, { active: false }));
    expect(await reader.filter({ logGroupName: 'the/doors' })).toHaveLength(1);
    await expect(reader.filter()).rejects.toMatchObject(NO_GROUP);
  });

  it('2.9.3 has nothing of a device that names no host in TLS', async () => {
    await using sandbox = await aSandbox();
    using reader = await aReader(sandbox);
    await log(sandbox, ON);
    const identity = await anIdentity(sandbox, { active: false });
    const byAddress = sandbox.mqttsUrl.replace('localhost', '127.0.0.1'); // an address is no SNI
    const { ca, cert, key } = identity;
    await using device = aClient(byAddress, { ca, cert, key, rejectUnauthorized: false, clientId: 'mute' });
    device.client.on('error', () => {});
    expect(await device.outcome).not.toBe('connected');
    await knock(sandbox, identity);
    expect(await reader.filter()).toHaveLength(1);
  });
});

describe('2.10 FilterLogEvents', () => {
  it('2.10.1 finds by time and by fields that are equal, page by page', async () => {
    await using sandbox = await aSandbox();
    using reader = await aReader(sandbox);
    await log(sandbox, ON);
    const [one, other] = [
      await anIdentity(sandbox, { active: false }),
      await anIdentity(sandbox, { active: false }),
    ];
    for (const identity of [one, other, one]) await knock(sandbox, identity);
    const filterPattern = `{ $.eventType = "Connection.AuthNError" && $.principalId = "${one.certificateId}" }`;
    expect(await reader.filter({ filterPattern })).toHaveLength(2);
    const [, second, third] = await reader.filter();
    expect(await reader.filter({ startTime: second?.timestamp, endTime: second?.timestamp })).toContainEqual(
      second,
    );
    expect(await reader.filter({ startTime: (third?.timestamp ?? 0) + 1 })).toEqual([]);
    const pages: number[] = [];
    const query = { logGroupName: GROUP, limit: 2 };
    for await (const { events = [] } of paginateFilterLogEvents({ client: reader.client }, query))
      pages.push(events.length);
    expect(pages).toEqual([2, 1]);
  });

  it('2.10.2 refuses what the sandbox cannot evaluate, rather than passing over it', async () => {
    await using sandbox = await aSandbox();
    using reader = await aReader(sandbox);
    const refused = anError('InvalidParameterException', 400);
    for (const input of [{ filterPattern: '{ $.reason = * }' }, { logStreamNames: ['a'] }, { limit: 0 }])
      await expect(reader.filter(input)).rejects.toMatchObject(refused);
  });

  it('2.10.3 needs logs:FilterLogEvents on the group, and says so before it says whether there is one', async () => {
    const allowed = 'arn:aws:logs:us-east-1:123456789012:log-group:AWSIotLogsV2:*';
    await using policies = await aPolicyDirectory({
      'respond.json': {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'logs:FilterLogEvents', Resource: allowed }],
      },
    });
    await using sandbox = await aSandbox({ policies: policies.directory });
    using reader = await aReader(sandbox, 'responder');
    await expect(reader.filter()).rejects.toMatchObject(NO_GROUP);
    await expect(reader.filter({ logGroupName: 'other' })).rejects.toMatchObject({
      ...anError('AccessDeniedException', 400),
      message: expect.stringContaining(
        'logs:FilterLogEvents on resource: arn:aws:logs:us-east-1:123456789012:log-group:other:',
      ),
    });
  });

  it('2.10.4 is signed for `logs`; throttled or broken, the SDK hears of it by name', async () => {
    await using sandbox = await aSandbox();
    using stranger = await aReader(sandbox, 'default', {
      credentials: { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'wrong' },
    });
    await expect(stranger.filter()).rejects.toMatchObject(anError('UnrecognizedClientException', 400));
    using reader = await aReader(sandbox);
    sandbox.faults.add({ fault: 'throttle', operation: 'FilterLogEvents', times: 1 });
    await expect(reader.filter()).rejects.toMatchObject(anError('ThrottlingException', 400));
    sandbox.faults.add({ fault: 'server-error', operation: 'FilterLogEvents', status: 503, times: 1 });
    await expect(reader.filter()).rejects.toMatchObject(anError('ServiceUnavailableException', 503));
  });

  it('2.10.5 log-delay: an entry is found so much later, with the time at which it happened', async () => {
    await using sandbox = await aSandbox({ faults: [{ fault: 'log-delay', ms: 700 }] });
    using reader = await aReader(sandbox);
    await log(sandbox, ON);
    const before = Date.now();
    await knock(sandbox, await anIdentity(sandbox, { active: false }));
    const knocked = Date.now();
    const [event] = await eventually(async () => {
      const events = await reader.filter();
      return events.length > 0 ? events : undefined;
    });
    expect(Date.now() - before).toBeGreaterThanOrEqual(700);
    expect(event?.timestamp).toBeLessThanOrEqual(knocked);
  });
});
