import { GetConnectionCommand } from '@aws-sdk/client-iot-data-plane';
import {
  DescribeCertificateCommand,
  DescribeEndpointCommand,
  IoTClient,
  ListCertificatesCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { controlPlane, dataPlane } from '../../src/sandbox/rest/planes.ts';
import type { Route } from '../../src/sandbox/rest/route.ts';
import { type Caller, aCaller, aCallerWith } from './a-caller.ts';
import type { Device } from './a-device.ts';
import { actionsOf, aPolicyDirectory, readPolicy } from './a-policy-directory.ts';
import { aSandbox, eventually, type TestSandbox } from './a-sandbox.ts';
import { signedHeaders, signedUrl, type Signing } from './a-signed-url.ts';
import { anError } from './an-error.ts';

let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const ACCOUNT = '123456789012';
const ARN = `arn:aws:iot:us-east-1:${ACCOUNT}`;
const CERTIFICATE_ID = 'ab'.repeat(32);
const CERTIFICATE = `${ARN}:cert/${CERTIFICATE_ID}`;

const aPolicy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' };

/** Something for each member that an operation insists on. None of it exists, which only who is allowed gets to hear. */
const LABELS: Readonly<Record<string, string>> = {
  certificateId: CERTIFICATE_ID,
  clientId: 'c',
  policyName: 'p',
  policyVersionId: '1',
  target: CERTIFICATE,
  thingName: 't',
  ruleName: 'r',
  thingGroupName: 'g',
};
const BODY = JSON.stringify({
  authInfos: [{ actionType: 'CONNECT', resources: ['*'] }],
  certificatePem: 'x',
  policyDocument: '{}',
  principal: CERTIFICATE,
  target: CERTIFICATE,
  thingGroupName: 'g',
  thingName: 't',
});

const refusal = z.object({ message: z.string() });

/** What an operation answers: the name and the words of its refusal, if it is one for want of a permission. */
async function ask({ method, path, operation }: Route, service: string, { key }: Caller) {
  const filled = path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => encodeURIComponent(LABELS[name] ?? ''));
  const url = `${sandbox.controlUrl}${filled}?newStatus=INACTIVE`;
  const body = method === 'GET' ? undefined : BODY;
  const request = { method, url, body, headers: { 'x-amzn-principal': CERTIFICATE } };
  const answer = await fetch(url, {
    method,
    body: body ?? null,
    headers: signedHeaders(request, { key, service }),
  });
  const error = answer.headers.get('x-amzn-errortype') ?? '';
  const text = await answer.text();
  if (answer.status !== 403) return { operation, allowed: true, error };
  return { operation, allowed: false, error, message: refusal.parse(JSON.parse(text)).message };
}

const ROUTES = [
  ...controlPlane.routes.map((route) => ({ route, service: 'iot', denied: 'AccessDeniedException' })),
  ...dataPlane.routes.map((route) => ({ route, service: 'iotdata', denied: 'ForbiddenException' })),
];

/** What becomes of a connection: whether it is let in, and then whether each act leaves it open. */
async function letIn(caller: Caller, clientId: string): Promise<boolean> {
  await using device = await caller.connect({ clientId });
  return (await device.outcome) === 'connected';
}

async function survives(caller: Caller, clientId: string, act: (device: Device) => Promise<unknown>) {
  await using device = await caller.connect({ clientId });
  expect(await device.outcome).toBe('connected');
  const closed = device.closed.then(() => false);
  const done = act(device).then(
    () => true,
    () => false,
  );
  return await Promise.race([done, closed]); // before the device goes
}

const CONNECTED = '$aws/events/presence/connected/#';

const failureOf = (clientId: string) =>
  eventually(async () => {
    const lines = (await sandbox.file('events.jsonl')).split('\n').filter((line) => line.includes(clientId));
    return lines.map((line): unknown => JSON.parse(line))[0];
  });

describe('1.3 IAM users', () => {
  it.each([
    ['responder', 'respond.json'],
    ['auditor', 'dry-run-audit.json'],
    ['watcher', 'watch.json'],
  ])("1.3.1 let the %s call what policies/%s names, and nothing else, in IAM's words", async (user, file) => {
    using caller = await aCaller(sandbox, user);
    const actions = new Set(actionsOf(readPolicy(file)));
    for (const { route, service, denied } of ROUTES) {
      const { operation, permission } = route;
      const action = `iot:${permission}`;
      const words = `User: arn:aws:iam::${ACCOUNT}:user/${user} is not authorized to perform: ${action} on resource: `;
      const why = ` because no identity-based policy allows the ${action} action`;
      const answer = await ask(route, service, caller);
      if (actions.has(action)) expect(answer).toMatchObject({ operation, allowed: true });
      else {
        expect(answer).toMatchObject({ operation, allowed: false, error: denied });
        expect(answer.message?.startsWith(words)).toBe(true);
        expect(answer.message?.endsWith(why)).toBe(true);
      }
    }
  });

  it('1.3.1 let the administrator call everything', async () => {
    using caller = await aCaller(sandbox, 'default');
    for (const { route, service } of ROUTES) {
      expect(await ask(route, service, caller)).toMatchObject({ operation: route.operation, allowed: true });
    }
  });

  it('1.3.2 are refused by the SDK as AccessDeniedException and ForbiddenException, with the resource', async () => {
    using watcher = await aCaller(sandbox, 'watcher');
    const user = `User: arn:aws:iam::${ACCOUNT}:user/watcher is not authorized to perform: iot:`;
    const rows = [
      [
        watcher.iot.send(new DescribeCertificateCommand({ certificateId: CERTIFICATE_ID })),
        'AccessDeniedException',
        `DescribeCertificate on resource: ${CERTIFICATE} because no identity-based policy allows the iot:DescribeCertificate action`,
      ],
      [
        watcher.iot.send(new ListCertificatesCommand({})),
        'AccessDeniedException',
        'ListCertificates on resource: * because no identity-based policy allows the iot:ListCertificates action',
      ],
      [
        watcher.data.send(new GetConnectionCommand({ clientId: 'pump' })),
        'ForbiddenException',
        `GetConnection on resource: ${ARN}:client/pump because no identity-based policy allows the iot:GetConnection action`,
      ],
    ] as const;
    for (const [asked, name, words] of rows) {
      await expect(asked).rejects.toMatchObject(anError(name, 403, `${user}${words}`));
    }
  });

  it('1.3.3 are held to the same policies on MQTT over WebSocket: the watcher', async () => {
    using watcher = await aCaller(sandbox, 'watcher');
    expect(await letIn(watcher, 'pump-17')).toBe(false);
    const { UserId } = await watcher.sts.send(new GetCallerIdentityCommand({}));
    expect(UserId).toMatch(/^AIDA[A-Z0-9]{17}$/u);
    expect(await failureOf('pump-17')).toMatchObject({
      eventType: 'connect_failed',
      principalIdentifier: UserId,
    });
    const listens = (device: Device) => device.client.subscribeAsync(CONNECTED);
    expect(await survives(watcher, 'evict-1', listens)).toBe(true);
    expect(await survives(watcher, 'evict-2', ({ client }) => client.subscribeAsync('fleet/#'))).toBe(false);
    const publishes = ({ client }: Device) => client.publishAsync('fleet/x', '1', { qos: 1 });
    expect(await survives(watcher, 'evict-3', publishes)).toBe(false);
    await sandbox.untilEvent((event) => event.clientId === 'evict-3' && event.eventType === 'disconnected');
    const ended = (await sandbox.events()).filter(({ eventType }) => eventType === 'disconnected');
    expect(ended.filter(({ clientId }) => /^evict-[23]$/u.test(clientId))).toMatchObject([
      { disconnectReason: 'AUTH_ERROR' },
      { disconnectReason: 'AUTH_ERROR' },
    ]);
  });

  it('1.3.3 are held to the same policies on MQTT over WebSocket: the responder and the auditor', async () => {
    using responder = await aCaller(sandbox, 'responder');
    using auditor = await aCaller(sandbox, 'auditor');
    expect(await letIn(auditor, 'evict-audit')).toBe(false);
    await using device = await responder.connect({ clientId: 'pump-18' });
    expect(await device.outcome).toBe('connected');
    const inbox = await device.listen(CONNECTED);
    expect(await letIn(responder, 'pump-19')).toBe(true);
    expect((await inbox.next()).topic).toMatch(/pump-1[89]$/u);
    const publishes = ({ client }: Device) => client.publishAsync('fleet/x', '1', { qos: 1 });
    expect(await survives(responder, 'pump-20', publishes)).toBe(false);
  });

  it('1.3.4 work under the policies of another directory, in which an explicit Deny wins', async () => {
    await using policies = await aPolicyDirectory({
      'respond.json': aPolicy(
        ALLOW_ALL,
        { Effect: 'Deny', Action: 'iot:UpdateCertificate', Resource: '*' },
        { Effect: 'Deny', Action: 'iot:Publish', Resource: `${ARN}:topic/closed/*` },
      ),
    });
    await using elsewhere = await aSandbox({ policies: policies.directory });
    using responder = await aCaller(elsewhere, 'responder');
    await responder.iot.send(new ListCertificatesCommand({}));
    const update = { certificateId: CERTIFICATE_ID, newStatus: 'INACTIVE' } as const;
    await expect(responder.iot.send(new UpdateCertificateCommand(update))).rejects.toMatchObject(
      anError(
        'AccessDeniedException',
        403,
        `User: arn:aws:iam::${ACCOUNT}:user/responder is not authorized to perform: iot:UpdateCertificate on resource: ${CERTIFICATE} with an explicit deny in an identity-based policy`,
      ),
    );
    const publishes = (topic: string) => (device: Device) =>
      device.client.publishAsync(topic, '1', { qos: 1 });
    expect(await survives(responder, 'one', publishes('open/1'))).toBe(true);
    expect(await survives(responder, 'other', publishes('closed/1'))).toBe(false);
  });

  it('1.3.4 cannot work under policies that are not there, or that the sandbox does not understand', async () => {
    const directory = join(sandbox.directory, 'nowhere');
    await expect(aSandbox({ policies: directory })).rejects.toThrow(
      `${directory}/respond.json cannot be read`,
    );
    await using policies = await aPolicyDirectory({ 'watch.json': '{"Statement":[]}' });
    await expect(aSandbox({ policies: policies.directory })).rejects.toThrow(
      `${policies.directory}/watch.json is no policy that the sandbox can evaluate`,
    );
  });

  it('1.3.5 have the variables of IAM, their name and their user ID', async () => {
    await using policies = await aPolicyDirectory({
      'respond.json': aPolicy(
        { Effect: 'Allow', Action: 'iot:Connect', Resource: `${ARN}:client/\${aws:username}-*` },
        { Effect: 'Allow', Action: 'iot:Connect', Resource: `${ARN}:client/\${aws:userid}` },
      ),
    });
    await using elsewhere = await aSandbox({ policies: policies.directory });
    using responder = await aCaller(elsewhere, 'responder');
    const { UserId = '' } = await responder.sts.send(new GetCallerIdentityCommand({}));
    expect(await letIn(responder, 'responder-1')).toBe(true);
    expect(await letIn(responder, UserId)).toBe(true);
    expect(await letIn(responder, 'auditor-1')).toBe(false);
  });
});

const ROLE = `arn:aws:iam::${ACCOUNT}:role/responder`;

/** Whoever has assumed a role. */
async function anAssumed(
  caller: Caller,
  { where = sandbox, ...input }: Partial<AssumeRoleCommandInput> & { where?: TestSandbox } = {},
) {
  const request = { RoleArn: ROLE, RoleSessionName: 'drill-1', ...input };
  const answer = await caller.sts.send(new AssumeRoleCommand(request));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = answer.Credentials ?? {};
  const key = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return { ...aCallerWith(where, key), key, expiration: Expiration, user: answer.AssumedRoleUser };
}

/** The HTTP status that the handshake of a WebSocket ends with; 101 when it is let in. */
async function handshake(where: TestSandbox, signing: Signing): Promise<number | undefined> {
  const ca = await where.file('ca.pem');
  const socket = new WebSocket(signedUrl(where.wssUrl, signing), 'mqtt', { ca });
  return new Promise((resolve, reject) => {
    socket.on('error', reject); // also by ending it, when it has been answered
    socket.on('unexpected-response', (_, { statusCode }) => {
      resolve(statusCode);
      socket.terminate();
    });
    socket.on('open', () => {
      resolve(101);
      socket.terminate();
    });
  });
}

describe('1.4 roles', () => {
  it('1.4.1 are assumed for an hour: a key with a session token, under the name of role and session', async () => {
    using responder = await aCaller(sandbox, 'responder');
    const before = Date.now();
    using session = await anAssumed(responder);
    expect(session.key.accessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/u);
    expect(session.key.sessionToken.length).toBeGreaterThan(100);
    const seconds = ((session.expiration?.getTime() ?? 0) - before) / 1000;
    expect(seconds).toBeGreaterThan(3590);
    expect(seconds).toBeLessThan(3610);
    const caller = await session.sts.send(new GetCallerIdentityCommand({}));
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/responder/drill-1`;
    expect(caller).toMatchObject({
      Account: ACCOUNT,
      Arn: arn,
      UserId: expect.stringMatching(/^AROA[A-Z0-9]{17}:drill-1$/u),
    });
    expect(session.user).toEqual({ Arn: arn, AssumedRoleId: caller.UserId });
  });

  it("1.4.2 have the role's policies, on the API and on MQTT, where the principal is role and session", async () => {
    using responder = await aCaller(sandbox, 'responder');
    using session = await anAssumed(responder, { RoleSessionName: 'on-mqtt' });
    const asked = session.iot.send(new DescribeCertificateCommand({ certificateId: CERTIFICATE_ID }));
    await expect(asked).rejects.toMatchObject(anError('ResourceNotFoundException', 404));
    await expect(session.iot.send(new ListCertificatesCommand({}))).rejects.toMatchObject(
      anError(
        'AccessDeniedException',
        403,
        `User: arn:aws:sts::${ACCOUNT}:assumed-role/responder/on-mqtt is not authorized to perform: iot:ListCertificates on resource: * because no identity-based policy allows the iot:ListCertificates action`,
      ),
    );
    const { UserId } = await session.sts.send(new GetCallerIdentityCommand({}));
    expect(await letIn(session, 'by-role')).toBe(true);
    const event = await sandbox.untilEvent(({ clientId }) => clientId === 'by-role');
    expect(event).toMatchObject({ principalIdentifier: UserId });
  });

  it('1.4.3 are worth nothing without their token, or with the token of another session', async () => {
    using responder = await aCaller(sandbox, 'responder');
    using session = await anAssumed(responder);
    using other = await anAssumed(responder);
    for (const sessionToken of [undefined, other.key.sessionToken]) {
      const key = { ...session.key, sessionToken };
      using stolen = aCallerWith(sandbox, key);
      await expect(stolen.iot.send(new DescribeEndpointCommand({}))).rejects.toMatchObject(
        anError('UnrecognizedClientException', 403),
      );
      expect(await handshake(sandbox, { key })).toBe(403);
    }
    expect(await handshake(sandbox, { key: session.key })).toBe(101);
  });

  it('1.4.4 expire: ExpiredTokenException, ExpiredToken from STS, and 403 for a WebSocket', async () => {
    await using later = await aSandbox();
    using responder = await aCaller(later, 'responder');
    using session = await anAssumed(responder, { where: later, DurationSeconds: 900 });
    const shift = later.faults.add({ fault: 'clock-offset', ms: 890_000 });
    const ask = (ms: number) => {
      for (const { config } of [session.iot, session.sts, session.data]) config.systemClockOffset = ms;
      return session.sts.send(new GetCallerIdentityCommand({}));
    };
    expect(await ask(890_000)).toMatchObject({ Account: ACCOUNT });
    later.faults.remove(shift.id);
    later.faults.add({ fault: 'clock-offset', ms: 901_000 });
    await expect(ask(901_000)).rejects.toMatchObject(anError('ExpiredToken', 403));
    const described = session.iot.send(new DescribeCertificateCommand({ certificateId: CERTIFICATE_ID }));
    await expect(described).rejects.toMatchObject(
      anError('ExpiredTokenException', 403, 'The security token included in the request is expired'),
    );
    const date = new Date(Date.now() + 901_000);
    expect(await handshake(later, { key: session.key, date })).toBe(403);
  });

  it.each([
    ['auditor', ROLE],
    ['responder', `arn:aws:iam::${ACCOUNT}:role/auditor`],
    ['default', `arn:aws:iam::${ACCOUNT}:role/app`],
    ['default', `arn:aws:iam::${ACCOUNT}:role/nobody`],
    ['default', `arn:aws:iam::${ACCOUNT}:user/responder`],
  ])('1.4.5 that do not trust the %s refuse it %s as AccessDenied', async (profile, RoleArn) => {
    using caller = await aCaller(sandbox, profile);
    const user = profile === 'default' ? 'administrator' : profile;
    await expect(anAssumed(caller, { RoleArn })).rejects.toMatchObject(
      anError(
        'AccessDenied',
        403,
        `User: arn:aws:iam::${ACCOUNT}:user/${user} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
      ),
    );
  });

  it('1.4.5 do not trust their own sessions', async () => {
    using responder = await aCaller(sandbox, 'responder');
    using session = await anAssumed(responder);
    await expect(anAssumed(session)).rejects.toMatchObject(anError('AccessDenied', 403));
  });

  it('1.4.5 trust the administrator', async () => {
    using administrator = await aCaller(sandbox, 'default');
    using session = await anAssumed(administrator);
    expect(await session.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: ACCOUNT });
  });

  it.each([
    ['a session name of one character', { RoleSessionName: 'x' }],
    ['a session name of 65 characters', { RoleSessionName: 'x'.repeat(65) }],
    ['a session name with a space', { RoleSessionName: 'two words' }],
    ['a session name with a colon', { RoleSessionName: 'a:b' }],
    ['a quarter of an hour less a second', { DurationSeconds: 899 }],
    ['twelve hours and a second', { DurationSeconds: 43_201 }],
    ['no ARN', { RoleArn: 'responder' }],
    ['a session policy, which the sandbox does not evaluate', { Policy: '{}' }],
  ])('1.4.6 are not assumed with %s: ValidationError', async (_, input) => {
    using responder = await aCaller(sandbox, 'responder');
    await expect(anAssumed(responder, input)).rejects.toMatchObject(anError('ValidationError', 400));
  });

  it.each(['xy', 'x'.repeat(64), 'a+b=c,d.e@f-g_h'])('1.4.6 are assumed under the name %j', async (name) => {
    using responder = await aCaller(sandbox, 'responder');
    using session = await anAssumed(responder, { RoleSessionName: name });
    expect(session.user?.AssumedRoleId?.split(':')[1]).toBe(name);
  });

  it('1.4.7 can be shut out by the time of their token, which a user does not have', async () => {
    const older = { DateLessThan: { 'aws:TokenIssueTime': '2100-01-01T00:00:00Z' } };
    await using policies = await aPolicyDirectory({
      'respond.json': aPolicy(ALLOW_ALL, { ...ALLOW_ALL, Effect: 'Deny', Condition: older }),
    });
    await using where = await aSandbox({ policies: policies.directory });
    using responder = await aCaller(where, 'responder');
    using session = await anAssumed(responder, { where });
    await responder.iot.send(new ListCertificatesCommand({}));
    await expect(session.iot.send(new ListCertificatesCommand({}))).rejects.toMatchObject(
      anError('AccessDeniedException', 403),
    );
    expect(await letIn(responder, 'user')).toBe(true);
    expect(await letIn(session, 'session')).toBe(false);
  });

  const files = () => ({
    configFilepath: join(sandbox.directory, 'aws', 'config'),
    filepath: join(sandbox.directory, 'aws', 'credentials'),
  });

  it("1.4.8 are assumed by the SDK itself with the directory's profiles", async () => {
    const endpoint = /^endpoint_url = (.+)$/mu.exec(await sandbox.file('aws/config'))?.[1] ?? '';
    const credentials = fromIni({
      profile: 'responder-role',
      ...files(),
      clientConfig: { endpoint, region: 'us-east-1' },
    });
    const iot = new IoTClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    await expect(iot.send(new ListCertificatesCommand({}))).rejects.toThrow(
      `User: arn:aws:sts::${ACCOUNT}:assumed-role/responder/drill is not authorized`,
    );
    iot.destroy();
  });

  it('1.4.8 are assumed by a program that knows nothing but the two files and the name of a profile', async () => {
    const program = [
      "import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';",
      'const { Arn } = await new STSClient({ maxAttempts: 1 }).send(new GetCallerIdentityCommand({}));',
      'process.stdout.write(Arn);',
    ].join('\n');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        timeout: 20_000,
        env: {
          PATH: process.env['PATH'],
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_PROFILE: 'responder-role',
          AWS_CONFIG_FILE: files().configFilepath,
          AWS_SHARED_CREDENTIALS_FILE: files().filepath,
        },
      },
    );
    expect(stdout).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/responder/drill`);
  });
});
