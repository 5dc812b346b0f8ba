import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Check, type CheckupDocument, checkupDocument } from '../../src/domain/checkup.ts';
import { PERMISSIONS } from '../../src/domain/permissions.ts';
import { aConnectedEvent } from '../domain/an-event.ts';
import { profileKey } from '../sandbox/a-caller.ts';
import { anIdentity } from '../sandbox/a-device.ts';
import { aPolicyDirectory } from '../sandbox/a-policy-directory.ts';
import { aSandbox, eventually, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aHome, type Ended, type Home, onlyDocument, type RunOptions } from './run.ts';
import { aClosedPort, aMuteServer, aWebServer } from './slow-network.ts';

const CLIENT = 'pump-17';
const API = Object.keys(PERMISSIONS);

/** Under which IDs a checkup may be seen on the broker. */
const OWN = /^(?:evict-watch|evict-canary|doctor)-[0-9a-f]{16}$/u;

const allowing = (actions: readonly string[], Resource: string | readonly string[] = '*') => ({
  Version: '2012-10-17',
  Statement: actions.length === 0 ? [] : [{ Effect: 'Allow', Action: actions, Resource }],
});

const ON_THE_BROKER = {
  'iot:Connect': '*',
  'iot:Subscribe': 'arn:aws:iot:*:*:topicfilter/$aws/events/presence/*',
  'iot:Receive': 'arn:aws:iot:*:*:topic/$aws/events/presence/*',
};

/** What a certificate may do on the broker, unless some of it is left out or only on something. */
function onBroker(changed: Readonly<Partial<Record<keyof typeof ON_THE_BROKER, string | null>>> = {}) {
  return {
    Version: '2012-10-17',
    Statement: Object.entries({ ...ON_THE_BROKER, ...changed })
      .filter(([, Resource]) => Resource !== null)
      .map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource })),
  };
}

/** Calls of the API, and everything on the broker. */
const responding = (actions: readonly string[]) => {
  const [ofApi, ofBroker] = [allowing(actions), onBroker()];
  return { ...ofApi, Statement: [...ofApi.Statement, ...ofBroker.Statement] };
};

/** A sandbox in which the responder may do everything that is asked for, unless its policies are others. */
async function aClinic(
  policies: Readonly<Record<string, object>> = {},
  options: Parameters<typeof aSandbox>[0] = {},
): Promise<TestSandbox> {
  const all = {
    'respond.json': responding(API),
    'respond-by-certificate.json': onBroker(),
    ...policies,
  };
  await using made = await aPolicyDirectory(all); // read at the start
  return await aSandbox({ intruder: CLIENT, policies: made.directory, ...options });
}

let home: Home;
let clinic: TestSandbox;
beforeAll(async () => {
  [home, clinic] = await Promise.all([aHome(), aClinic()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await clinic[Symbol.asyncDispose]();
});

const doctor = ({ config }: TestSandbox, words: readonly string[] = [], options?: RunOptions) =>
  home.run(['doctor', '--config', config, '--json', '--timeout', '5s', ...words], options);

function checkupOf(ended: Ended): CheckupDocument {
  return checkupDocument.parse(onlyDocument(ended));
}

/** By what a script sees: the exit code says the same as the document. */
function expectCheckup(ended: Ended, ready: boolean): (id: string) => Check {
  const document = checkupOf(ended);
  expect({ code: ended.code, ready: document.ready }).toEqual({ code: ready ? 0 : 4, ready });
  return (id) => {
    const found = document.checks.find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no check "${id}"`);
    return found;
  };
}

/** What is not as it should be, by its ID. */
const troubles = (ended: Ended) =>
  Object.fromEntries(
    checkupOf(ended)
      .checks.filter(({ status }) => status !== 'ok')
      .map(({ id, status }) => [id, status]),
  );

/** The sandbox's configuration, with some of its lines others. */
async function configured(name: string, change: (yaml: string) => string): Promise<string> {
  const path = join(clinic.directory, `${name}.yaml`);
  await writeFile(path, change(await clinic.file('config.yaml')));
  return path;
}

describe('where nothing is wrong', () => {
  it('every check is fine, and who, where and how late is said', async () => {
    const ended = await doctor(clinic);
    expectCheckup(ended, true);
    expect(troubles(ended)).toEqual({});
    const document = checkupOf(ended);
    expect(document).toMatchObject({
      responder: {
        arn: 'arn:aws:iam::123456789012:user/responder',
        principal: expect.stringMatching(/^AIDA/u),
      },
      target: { account: '123456789012', region: 'us-east-1', endpoint: clinic.mqttsUrl },
      clockSkewMs: expect.any(Number),
    });
    expect(document.ways.every(({ ready }) => ready)).toBe(true);
    expect(document.checks.map(({ id }) => id)).toEqual(expect.arrayContaining([...API, 'canary', 'clock']));
    expect(ended.stderr).toContain('nothing is changed');
  });

  it('a person reads the same, in words, without colour', async () => {
    const quiet = await home.run(['doctor', '--config', clinic.config, '--quiet']);
    expect({ code: quiet.code, stderr: quiet.stderr }).toEqual({ code: 0, stderr: '' });
    const ended = await home.run(['doctor', '--config', clinic.config, '--verbose']);
    expect(ended.code).toBe(0);
    expect(ended.stdout).not.toContain('\u001b');
    expect(ended.stdout).toContain('✓ ok      iot:UpdateCertificate: may deactivate');
    expect(ended.stdout).toContain('needed for: dry-run');
    expect(ended.stdout).toMatch(/\nREADY: respond, with a certificate on the broker\n$/u);
  });

  it('is seen under no ID but its own, and leaves everything as it was', async () => {
    await using sandbox = await aClinic();
    const before = await sandbox.snapshot();
    expectCheckup(await doctor(sandbox), true);
    await eventually(async () => {
      const after = await sandbox.snapshot();
      return JSON.stringify(after) === JSON.stringify(before) ? after : undefined;
    });
    expect(await sandbox.snapshot()).toEqual(before);
    const lines = (await sandbox.file('events.jsonl')).split('\n').filter((line) => line !== '');
    const ids = lines.map((line) => z.object({ clientId: z.string() }).parse(JSON.parse(line)).clientId);
    expect(ids.filter((id) => id !== CLIENT && !OWN.test(id))).toEqual([]);
    expect(ids.filter((id) => id === CLIENT)).toHaveLength(1); // the intruder's own arrival
    expect(await readdir(sandbox.directory)).not.toContain('state');
  });
});

describe('permissions', () => {
  const ofThisWay = new Set<string>([
    'iot:DescribeCertificate',
    'iot:ListPrincipalThings',
    'iot:UpdateCertificate',
  ]);

  it.each(API)('without %s that is what is named, and nothing else', async (missing) => {
    const policies = { 'respond.json': allowing(API.filter((name) => name !== missing)) };
    await using sandbox = await aClinic(policies);
    const ended = await doctor(sandbox);
    const isOther = !ofThisWay.has(missing);
    const check = expectCheckup(ended, isOther);
    expect(check(missing)).toMatchObject({
      status: isOther ? 'warn' : 'fail',
      hint: expect.stringContaining(`allow ${missing} on `),
    });
    const { 'data-endpoint': endpoint, ...others } = troubles(ended);
    expect(others).toEqual({ [missing]: isOther ? 'warn' : 'fail' });
    expect(endpoint).toBe(missing === 'iot:DescribeEndpoint' ? 'unknown' : undefined);
  });

  it('an explicit Deny is told, too', async () => {
    const Statement = [
      { Effect: 'Allow', Action: API, Resource: '*' },
      { Effect: 'Deny', Action: 'iot:UpdateCertificate', Resource: '*' },
    ];
    await using sandbox = await aClinic({ 'respond.json': { Version: '2012-10-17', Statement } });
    const check = expectCheckup(await doctor(sandbox), false);
    expect(check('iot:UpdateCertificate')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('explicit deny'),
    });
  });

  it.each([
    ['iot:Connect', onBroker({ 'iot:Connect': null }), 'mqtt-connect', false],
    [
      'iot:Connect on any client',
      onBroker({ 'iot:Connect': 'arn:aws:iot:*:*:client/evict-*' }),
      'mqtt-takeover',
      false,
    ],
    ['iot:Subscribe', onBroker({ 'iot:Subscribe': null }), 'mqtt-subscribe', false],
  ])('without %s of the certificate that is what is named', async (action, policy, id, ready) => {
    await using sandbox = await aClinic({ 'respond-by-certificate.json': policy });
    const check = expectCheckup(await doctor(sandbox), ready);
    expect(check(id)).toMatchObject({
      status: 'fail',
      hint: expect.stringContaining(
        `allow ${action.split(' ')[0] ?? ''} on arn:aws:iot:us-east-1:123456789012:`,
      ),
    });
    expect(check('mqtt-endpoint').status).toBe('ok');
  });

  it('without iot:Receive there is silence: unknown, and a warning unless proof is required', async () => {
    await using sandbox = await aClinic({ 'respond-by-certificate.json': onBroker({ 'iot:Receive': null }) });
    const words = ['--events', 'thing', '--timeout', '3s'];
    const lax = expectCheckup(await doctor(sandbox, words), true);
    expect(lax('mqtt-receive')).toMatchObject({
      status: 'unknown',
      hint: expect.stringContaining('allow iot:Receive on '),
    });
    expect(lax('canary').status).toBe('warn');
    const strict = expectCheckup(await doctor(sandbox, ['--timeout', '3s', '--require-proof']), false);
    expect(strict('canary').status).toBe('fail');
  });

  it.each([
    ['throttle', { fault: 'throttle', operation: 'UpdateCertificate' }],
    ['server-error', { fault: 'server-error', operation: 'UpdateCertificate' }],
    ['lost-reply', { fault: 'lost-reply', operation: 'UpdateCertificate' }],
  ])('%s: whether it is allowed cannot be told, so it is not said', async (_, fault) => {
    await using sandbox = await aClinic({}, { faults: [fault] });
    const check = expectCheckup(await doctor(sandbox), false);
    expect(check('iot:UpdateCertificate').status).toBe('unknown');
    expect(check('iot:DescribeCertificate').status).toBe('ok');
  });
});

describe('credentials, region and clock', () => {
  it.each([
    ['none', '[other]\n', 'fail'],
    [
      'a secret that does not fit',
      '[responder]\naws_access_key_id = KEY\naws_secret_access_key = wrong\n',
      'fail',
    ],
    ['an unknown key', '[responder]\naws_access_key_id = AKIAWRONG\naws_secret_access_key = wrong\n', 'fail'],
  ])('credentials, %s: that is said, and what needs them is skipped', async (_, text, status) => {
    const { accessKeyId } = await profileKey(clinic, 'responder');
    await writeFile(join(clinic.directory, 'bad-credentials'), text.replace('KEY', accessKeyId));
    const config = await configured('bad', (yaml) => yaml.replace('aws/credentials', 'bad-credentials'));
    const ended = await doctor(clinic, ['--config', config]);
    const check = expectCheckup(ended, false);
    expect(check('credentials')).toMatchObject({ status, hint: expect.stringContaining('credentials') });
    for (const name of API.filter((one) => one !== 'iot:DescribeEndpoint'))
      expect(check(name)).toMatchObject({
        status: 'skipped',
        message: expect.stringContaining('credentials'),
      });
    for (const id of ['region', 'state-directory', 'canary']) expect(check(id).status).toBe('ok');
    expect(checkupOf(ended).ways).toContainEqual(expect.objectContaining({ way: 'watch', ready: true }));
  });

  it('no region: that is said, and what to set', async () => {
    const config = await configured('nowhere', (yaml) => yaml.replace(/^region:.*$/mu, ''));
    const check = expectCheckup(await doctor(clinic, ['--config', config]), false);
    expect(check('region')).toMatchObject({ status: 'fail', hint: 'give --region, or set AWS_REGION' });
    expect(check('credentials')).toMatchObject({ status: 'skipped', message: 'needs a region' });
  });

  it.each([
    [{ AWS_REGION: 'us-east-1' }, [], 'AWS_REGION'],
    [{ AWS_DEFAULT_REGION: 'us-east-1' }, [], 'AWS_DEFAULT_REGION'],
    [{ AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'eu-west-1' }, [], 'AWS_REGION'],
    [{ EVICT_REGION: 'us-east-1' }, [], 'EVICT_REGION'],
    [{ EVICT_REGION: 'eu-west-1' }, ['--region', 'us-east-1'], '--region'],
  ])('the region of %j %j is said to be from %s', async (env, words, from) => {
    const config = await configured('nowhere', (yaml) => yaml.replace(/^region:.*$/mu, ''));
    const check = expectCheckup(await doctor(clinic, ['--config', config, ...words], { env }), true);
    expect(check('region').message).toBe(`us-east-1, from ${from}`);
  });

  it.each([
    [90_000, 'warn', '90 s behind'],
    [-90_000, 'warn', '90 s ahead'],
    [400_000, 'fail', '400 s behind'],
    [-400_000, 'fail', '400 s ahead'],
  ])("a clock that is %d ms from AWS's: %s", async (ms, status, said) => {
    await using sandbox = await aClinic({}, { faults: [{ fault: 'clock-offset', ms }] });
    const ended = await doctor(sandbox);
    const check = expectCheckup(ended, status === 'warn');
    expect(check('clock')).toMatchObject({ status, message: expect.stringMatching(/(?:\d+) s/u) });
    expect(Math.abs((checkupOf(ended).clockSkewMs ?? 0) - ms)).toBeLessThan(3_000);
    expect(check('clock').message.replace(/\d+ s/u, `${Math.abs(ms) / 1_000} s`)).toContain(said);
  });

  it('a program for credentials that hangs does not hold it up', async () => {
    await writeFile(join(clinic.directory, 'hanging'), '[profile slow]\ncredential_process = sleep 15\n');
    const config = await configured('hanging', (yaml) =>
      yaml
        .replace('aws/config', 'hanging')
        .replace(/^aws-credentials-file:.*$/mu, '')
        .replace(/^profile:.*$/mu, 'profile: slow'),
    );
    const started = Date.now();
    const check = expectCheckup(await doctor(clinic, ['--config', config, '--timeout', '1s']), false);
    expect(check('credentials')).toMatchObject({ status: 'unknown' });
    expect(check('canary').status).toBe('ok');
    expect(Date.now() - started).toBeLessThan(10_000);
  });
});

describe('endpoints', () => {
  it('where nobody listens: named, and what needs it is skipped', async () => {
    const url = `http://127.0.0.1:${await aClosedPort()}`;
    const check = expectCheckup(await doctor(clinic, ['--endpoint-url', url]), false);
    expect(check('control-plane')).toMatchObject({ status: 'fail', message: expect.stringContaining(url) });
    expect(check('credentials').status).toBe('unknown');
    expect(check('iot:UpdateCertificate').status).toBe('skipped');
    expect(check('canary').status).toBe('ok');
  });

  it('one that never answers takes a time-out, not one for each check', async () => {
    await using server = await aMuteServer();
    const started = Date.now();
    const words = ['--endpoint-url', `http://127.0.0.1:${server.port}`, '--timeout', '1s'];
    const check = expectCheckup(await doctor(clinic, words), false);
    expect(check('control-plane').status).toBe('unknown');
    expect(Date.now() - started).toBeLessThan(8_000);
  });

  it.each([
    [200, '<html>Welcome</html>'],
    [200, '{}'],
    [404, '<html>Not found</html>'],
    [403, '<html>Forbidden</html>'],
    [500, 'oops'],
  ])('a web server that is not AWS (%d %s) gets nothing called ok', async (status, body) => {
    await using server = await aWebServer(status, body);
    const ended = await doctor(clinic, ['--endpoint-url', `http://127.0.0.1:${server.port}`]);
    const check = expectCheckup(ended, false);
    expect(API.map((name) => check(name).status)).not.toContain('ok');
    expect(check('credentials').status).not.toBe('ok');
  });

  it('--deadline ends it, and what was not found out says so', async () => {
    await using server = await aMuteServer();
    const words = [
      '--endpoint-url',
      `http://127.0.0.1:${server.port}`,
      '--timeout',
      '20s',
      '--deadline',
      '1s',
    ];
    const check = expectCheckup(await doctor(clinic, words), false);
    expect(check('credentials')).toMatchObject({
      status: 'skipped',
      message: expect.stringContaining('--deadline'),
    });
  });

  it('Ctrl-C ends it with 130, and what was found out is said', async () => {
    await using server = await aMuteServer();
    const words = ['--endpoint-url', `http://127.0.0.1:${server.port}`, '--timeout', '20s'];
    const running = home.start(['doctor', '--config', clinic.config, '--json', ...words]);
    await running.said('nothing is changed');
    running.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(checkupOf(ended).ready).toBe(false);
  });
});

describe('the broker', () => {
  it('that loses events is not heard of: a warning, or a failure where proof is required', async () => {
    await using sandbox = await aClinic({}, { faults: [{ fault: 'lose-events' }] });
    const words = ['--events', 'thing', '--timeout', '3s'];
    const lax = expectCheckup(await doctor(sandbox, words), true);
    expect(lax('canary')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('A response could prove nothing'),
    });
    expectCheckup(await doctor(sandbox, [...words, '--require-proof']), false);
  });

  it('tells how late its events are', async () => {
    await using sandbox = await aClinic({}, { faults: [{ fault: 'event-delay', ms: 300 }] });
    const { message } = expectCheckup(await doctor(sandbox), true)('canary');
    expect(Number(/heard after (\d+) ms/u.exec(message)?.[1])).toBeGreaterThan(200);
  });

  it('where nobody listens', async () => {
    const url = `mqtts://127.0.0.1:${await aClosedPort()}`;
    const check = expectCheckup(await doctor(clinic, ['--mqtt-url', url]), false);
    expect(check('mqtt-endpoint')).toMatchObject({ status: 'fail', message: expect.stringContaining(url) });
    expect(check('mqtt-connect').status).toBe('skipped');
    expect(checkupOf(await doctor(clinic, ['--mqtt-url', url])).ways).toContainEqual(
      expect.objectContaining({ way: 'dry-run', ready: true }),
    );
  });

  it('does not let an inactive certificate in, and that is named', async () => {
    const inactive = await anIdentity(clinic, { active: false });
    const [cert, key] = [join(home.directory, 'cert.pem'), join(home.directory, 'key.pem')];
    await Promise.all([writeFile(cert, inactive.cert), writeFile(key, inactive.key)]);
    const check = expectCheckup(await doctor(clinic, ['--cert', cert, '--key', key]), false);
    expect(check('mqtt-identity')).toMatchObject({
      status: 'ok',
      message: `certificate ${inactive.certificateId}`,
    });
    expect(check('mqtt-connect')).toMatchObject({ status: 'fail', hint: expect.stringContaining('active') });
  });

  it('a certificate that cannot be read is a failure like others, and hides none', async () => {
    const check = expectCheckup(await doctor(clinic, ['--cert', '/nowhere/cert.pem']), false);
    expect(check('mqtt-identity')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('/nowhere/cert.pem'),
    });
    expect(check('iot:UpdateCertificate').status).toBe('ok');
  });
});

describe('the broker over WebSocket', () => {
  /** Nothing but the authority is left of how the broker is reached. */
  const bare = async (sandbox: TestSandbox) => {
    const path = join(sandbox.directory, 'bare.yaml');
    const yaml = await sandbox.file('config.yaml');
    await writeFile(path, yaml.replaceAll(/^(?:mqtt-url|cert|key):.*$/gmu, ''));
    return ['--config', path];
  };

  it('is tried with the AWS credentials, at the endpoint that AWS names', async () => {
    const ended = await doctor(clinic, await bare(clinic));
    const check = expectCheckup(ended, true);
    expect(troubles(ended)).toEqual({});
    expect(check('mqtt-identity').message).toBe('the AWS credentials');
    expect(checkupOf(ended)).toMatchObject({ target: { endpoint: clinic.wssUrl } });
    expect(checkupOf(ended).ways).toContainEqual({
      way: 'respond-by-websocket',
      configured: true,
      ready: true,
      lacks: [],
    });
  });

  it('cannot be found without iot:DescribeEndpoint, unless --mqtt-url names it', async () => {
    const policies = { 'respond.json': responding(API.filter((name) => name !== 'iot:DescribeEndpoint')) };
    await using sandbox = await aClinic(policies);
    const check = expectCheckup(await doctor(sandbox, await bare(sandbox)), false);
    expect(check('iot:DescribeEndpoint').status).toBe('fail');
    expect(check('mqtt-endpoint').status).toBe('fail');
    const named = await doctor(sandbox, [...(await bare(sandbox)), '--mqtt-url', sandbox.wssUrl]);
    expect(expectCheckup(named, true)('canary').status).toBe('ok');
  });

  it.each([
    ['iot:Connect', onBroker({ 'iot:Connect': null }), 'mqtt-connect'],
    ['iot:Subscribe', onBroker({ 'iot:Subscribe': null }), 'mqtt-subscribe'],
  ])('without %s of the credentials that is what is named', async (action, { Statement }, id) => {
    const all = allowing(API);
    const policy = { ...all, Statement: [...all.Statement, ...Statement] };
    await using sandbox = await aClinic({ 'respond.json': policy });
    const check = expectCheckup(await doctor(sandbox, await bare(sandbox)), false);
    expect(check(id)).toMatchObject({ status: 'fail', hint: expect.stringContaining(`allow ${action} on `) });
  });

  it('is not tried without credentials', async () => {
    await writeFile(join(clinic.directory, 'no-credentials'), '[other]\n');
    const words = await bare(clinic);
    const [, path = ''] = words;
    const yaml = await readFile(path, 'utf8');
    await writeFile(path, yaml.replace('aws/credentials', 'no-credentials'));
    const check = expectCheckup(await doctor(clinic, words), false);
    expect(check('canary')).toMatchObject({
      status: 'skipped',
      message: expect.stringContaining('credentials'),
    });
  });
});

describe('what is configured', () => {
  const withoutApi = { 'respond.json': responding(API.filter((name) => !name.endsWith('Connection'))) };

  it('--method api needs the connection API', async () => {
    await using sandbox = await aClinic(withoutApi);
    expectCheckup(await doctor(sandbox), true);
    for (const method of ['api', 'both']) {
      const check = expectCheckup(await doctor(sandbox, ['--method', method]), false);
      expect(check('iot:DeleteConnection').status).toBe('fail');
    }
  });

  it('--action detach needs to detach, and to undo that; and no UpdateCertificate', async () => {
    const policies = { 'respond.json': responding(API.filter((name) => name !== 'iot:UpdateCertificate')) };
    await using sandbox = await aClinic(policies);
    expectCheckup(await doctor(sandbox), false);
    expectCheckup(await doctor(sandbox, ['--action', 'detach']), true);
  });
});

describe('event sources and the record', () => {
  const anEventAt = (timestamp: number) => JSON.stringify(aConnectedEvent({ clientId: CLIENT, timestamp }));

  it('each is read by itself: one that cannot be read is named, the others are counted', async () => {
    const good = join(home.directory, 'good.jsonl');
    await writeFile(good, `${anEventAt(Date.now() - 3_600_000)}\nno event\n`);
    const words = ['--events', good, '--events', '/nowhere.jsonl', '--events', '/dev/null'];
    const check = expectCheckup(await doctor(clinic, words), false);
    expect(check(`events:${good}`)).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('holds 1 events, the newest 60 min old; 1 lines'),
    });
    expect(check('events:/nowhere.jsonl')).toMatchObject({ status: 'fail' });
    expect(check('events:/dev/null')).toMatchObject({ status: 'fail' });
  });

  it('old events, and none: a warning each', async () => {
    const [old, empty] = [join(home.directory, 'old.jsonl'), join(home.directory, 'empty.jsonl')];
    await Promise.all([writeFile(old, anEventAt(Date.now() - 16 * 86_400_000)), writeFile(empty, '')]);
    const check = expectCheckup(await doctor(clinic, ['--events', old, '--events', empty]), true);
    expect(check(`events:${old}`)).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('16 days'),
    });
    expect(check(`events:${empty}`)).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('no presence events'),
    });
  });

  it('where all that is named holds nothing, no response would come to anything', async () => {
    const check = expectCheckup(await doctor(clinic, ['--events', 'journal']), false);
    expect(check('events:journal')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('there is no journal yet'),
    });
  });

  it('where no source is named, those that may be there are looked at; one that cannot be read is a failure', async () => {
    const config = await configured('blind', (yaml) => yaml.replace(/^events:\n.*$/mu, ''));
    const none = expectCheckup(await doctor(clinic, ['--config', config]), true);
    expect(none('events:thing')).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('candidates'),
    });
    const live = expectCheckup(await doctor(clinic, ['--events', 'live']), true);
    expect(live('events:live')).toMatchObject({ status: 'ok', message: expect.stringContaining('canary') });
    const later = expectCheckup(await doctor(clinic, ['--events', 'dynamodb:presence']), false);
    expect(later('events:dynamodb:presence').status).toBe('fail');
  });

  it('standard input is read, and waited for no longer than a time-out', async () => {
    const words = ['--events', '-', '--timeout', '1s'];
    const given = await doctor(clinic, words, { stdin: anEventAt(Date.now()) });
    expect(expectCheckup(given, true)('events:-').message).toContain('1 events');
    const silent = await doctor(clinic, words, { stdin: 'open' });
    expect(expectCheckup(silent, false)('events:-').status).toBe('unknown');
  });

  it('a state directory that cannot be written is named; one that can is left as it was', async () => {
    const file = join(home.directory, 'a-file');
    await writeFile(file, '');
    const check = expectCheckup(await doctor(clinic, ['--state-dir', join(file, 'state')]), false);
    expect(check('state-directory')).toMatchObject({
      status: 'fail',
      hint: expect.stringContaining('--state-dir'),
    });
    const state = join(home.directory, 'state');
    await mkdir(join(state, 'incidents'), { recursive: true });
    expectCheckup(await doctor(clinic, ['--state-dir', state]), true);
    expect(await readdir(join(state, 'incidents'))).toEqual([]);
  });
});

describe('usage', () => {
  it.each([[['extra']], [['--timeout', 'long']], [['--no-such-option']], [['--yes']]])(
    '%j ends with 2',
    async (words) => {
      const ended = await doctor(clinic, words);
      expect(ended.code).toBe(2);
      expect(onlyDocument(ended)).toMatchObject({ kind: 'error' });
    },
  );
});
