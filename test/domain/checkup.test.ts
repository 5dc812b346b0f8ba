import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type BrokerReadings, brokerChecks } from '../../src/domain/check-broker.ts';
import { accountHost, endpointChecks } from '../../src/domain/check-endpoints.ts';
import { type SourceTried, eventsChecks, stateCheck } from '../../src/domain/check-events.ts';
import { clockCheck, credentialsCheck, regionCheck } from '../../src/domain/check-identity.ts';
import {
  type Check,
  checkStatus,
  type CheckupDocument,
  checkupDocument,
  checkupDocumentOf,
  checkupExitCode,
  type ResponseWay,
  type Trial,
  way,
} from '../../src/domain/checkup.ts';
import { ACTIONS } from '../../src/domain/action.ts';
import { type ErrorCode, EvictError } from '../../src/domain/errors.ts';
import { nothingAt } from '../../src/domain/nothing.ts';
import {
  type PermissionName,
  type PermissionQuestion,
  waysNeeding,
  permissionCheck,
  PERMISSIONS,
  placeOf,
  PROBED,
  type ProbeAnswer,
} from '../../src/domain/permissions.ts';
import { actionsOf, readPolicy } from '../sandbox/a-policy-directory.ts';

const PLACE = { partition: 'aws', region: 'eu-west-1', account: '123456789012' };
const WAY: ResponseWay = 'respond-by-certificate';
const ASKED: PermissionQuestion = { place: PLACE, actions: ['deactivate'] };
const DAY = 86_400_000;

const done = <Value>(value: Value): Trial<Value> => ({ kind: 'done', value });
const skipped = { kind: 'skipped', why: 'because' } as const;
const failed = (code: ErrorCode) =>
  ({ kind: 'failed', error: new EvictError(code, `${code}!`, { hint: 'a hint' }) }) as const;

function judged(checks: readonly Check[], configured: ResponseWay = WAY): CheckupDocument {
  const found = {
    toolVersion: '1.0.0',
    configured: [configured],
    responding: configured,
    clockSkewMs: 12,
    checks,
  };
  return checkupDocument.parse(checkupDocumentOf(found));
}

describe('a permission', () => {
  const asked = (name: PermissionName, answer: ProbeAnswer) => permissionCheck(name, done(answer), ASKED);

  it.each(PROBED)('%s is there when AWS says that there is no such thing', (name) => {
    expect(asked(name, { kind: 'not-found' })).toMatchObject({ id: name, status: 'ok' });
  });

  it.each(PROBED)('%s is missing when AWS says no, and the hint says what to allow', (name) => {
    const { status, hint, message } = asked(name, {
      kind: 'refused',
      message: 'User: … is not authorized to perform: … because no policy allows it',
    });
    expect(status).toBe('fail');
    expect(hint).toMatch(
      new RegExp(`^allow ${name} on (\\*|arn:aws:(iot|logs):eu-west-1:123456789012:)`, 'u'),
    );
    expect(message).toContain('(no policy allows it)');
  });

  it('is never believed on an answer that what does not exist cannot give', () => {
    for (const name of ['iot:UpdateCertificate', 'iot:DescribeCertificate', 'iot:DeleteConnection'] as const)
      expect(asked(name, { kind: 'answered' }).status).toBe('unknown');
  });

  it('to list what is attached to nothing is there when the list is empty', () => {
    for (const name of ['iot:ListPrincipalThings', 'iot:DetachPolicy'] as const)
      expect(asked(name, { kind: 'answered' }).status).toBe('ok');
  });

  it.each([
    'timed-out',
    'service-refused',
    'service-failed',
    'endpoint-unreachable',
    'access-denied',
  ] as const)('cannot be told from %s', (code) => {
    for (const name of PROBED)
      expect(permissionCheck(name, failed(code), ASKED)).toMatchObject({
        status: 'unknown',
        message: `${code}!`,
        hint: 'a hint',
      });
  });

  it('is needed by a response as its actions need it, and by nothing where it only enriches', () => {
    expect(waysNeeding('iot:UpdateCertificate', ['deactivate'])).toContain(WAY);
    expect(waysNeeding('iot:UpdateCertificate', ['detach'])).toEqual([]);
    expect(waysNeeding('iot:AttachPolicy', ['deactivate'])).toEqual(['detach']);
    expect(waysNeeding('iot:AttachPolicy', ['detach'])).toContain(WAY);
    expect(waysNeeding('iot:DescribeCertificate', ['none'])).toContain('dry-run');
    expect(waysNeeding('iot:TestAuthorization', ['detach'])).toEqual([]);
  });

  it('is known of every call that an action makes, and of every one that the policies of a responder allow', () => {
    const made = Object.values(ACTIONS).flatMap(({ permissions, undoPermissions }) => [
      ...permissions,
      ...undoPermissions,
    ]);
    const onBroker = new Set(['iot:Connect', 'iot:Subscribe', 'iot:Receive']);
    const allowed = ['respond.json', 'respond-by-api.json', 'undo.json', 'dry-run-audit.json']
      .flatMap((file) => actionsOf(readPolicy(file)))
      .filter((name) => !onBroker.has(name));
    expect([...made, ...allowed].filter((name) => !(name in PERMISSIONS))).toEqual([]);
  });

  it('is tried on what cannot be: zeros, random names, and an ID that is not one of the watch', () => {
    const { certificateId, certificateArn, policyName, clientId } = nothingAt(PLACE, '0123456789abcdef');
    expect(certificateId).toMatch(/^0{64}$/u);
    expect(certificateArn).toBe(`arn:aws:iot:eu-west-1:123456789012:cert/${certificateId}`);
    expect(policyName).toBe('evict-doctor-0123456789abcdef');
    expect(clientId).not.toMatch(/^evict-/u);
  });

  it("is tried in the caller's own partition", () => {
    const arn = 'arn:aws-cn:iam::123456789012:user/alice';
    const caller = done({ arn, principal: 'AIDA', account: '123456789012' });
    expect(placeOf(caller, done('cn-north-1'))).toEqual({
      ...PLACE,
      partition: 'aws-cn',
      region: 'cn-north-1',
    });
    expect(placeOf(skipped, done('cn-north-1'))).toBeUndefined();
  });
});

describe('the clock', () => {
  it.each([
    [0, 'ok'],
    [59_999, 'ok'],
    [60_000, 'warn'],
    [-60_000, 'warn'],
    [299_999, 'warn'],
    [300_000, 'fail'],
    [-300_000, 'fail'],
    [undefined, 'unknown'],
  ])('%d ms off: %s', (skew, status) => {
    expect(clockCheck(skew, WAY).status).toBe(status);
  });

  it('is said in seconds, and which way', () => {
    expect(clockCheck(90_400, WAY).message).toContain("90 s behind AWS's");
    expect(clockCheck(-90_400, WAY).message).toContain("90 s ahead of AWS's");
  });
});

describe('credentials and region', () => {
  const about = { responding: WAY, profile: 'ops' };

  it('are named', () => {
    const caller = { arn: 'arn:aws:iam::1:user/alice', principal: 'AIDA1', account: '1' };
    const { status, message } = credentialsCheck(done(caller), about);
    expect({ status, message }).toEqual({
      status: 'ok',
      message: 'arn:aws:iam::1:user/alice (AIDA1), account 1, profile ops',
    });
    expect(regionCheck(done('eu-west-1'), { responding: WAY, from: 'AWS_REGION' })).toMatchObject({
      status: 'ok',
      message: 'eu-west-1, from AWS_REGION',
    });
  });

  it.each([
    ['credentials-missing', 'fail'],
    ['access-denied', 'fail'],
    ['endpoint-unreachable', 'unknown'],
    ['timed-out', 'unknown'],
    ['service-refused', 'unknown'],
  ] as const)('%s: %s', (code, status) => {
    expect(credentialsCheck(failed(code), about)).toMatchObject({ status, hint: 'a hint' });
  });

  it('are of no need for a watch by certificate, and of need for one by WebSocket', () => {
    const needed = (one: ResponseWay) => credentialsCheck(skipped, { ...about, responding: one }).neededFor;
    expect(needed('respond-by-certificate')).not.toContain('watch');
    expect(needed('respond-by-websocket')).toContain('watch');
  });
});

describe('endpoints', () => {
  const endpoints = (described: Trial<ProbeAnswer>, mqttUrl?: string) =>
    Object.fromEntries(
      endpointChecks({ described, mqttUrl, controlUrl: 'https://iot' }, ASKED).map((one) => [one.id, one]),
    );
  const answered = done<ProbeAnswer>({ kind: 'answered', detail: 'abc-ats.iot.eu-west-1.amazonaws.com' });

  it('are reached by whoever is answered, a refusal included', () => {
    const refused = done<ProbeAnswer>({ kind: 'refused', message: 'no' });
    for (const trial of [answered, refused, failed('access-denied'), failed('service-refused')])
      expect(endpoints(trial)['control-plane']?.status).toBe('ok');
    expect(endpoints(failed('endpoint-unreachable'))['control-plane']?.status).toBe('fail');
    expect(endpoints(failed('timed-out'))['control-plane']?.status).toBe('unknown');
    expect(endpoints(skipped)['control-plane']?.status).toBe('skipped');
  });

  it('DescribeEndpoint matters only where no --mqtt-url names the broker', () => {
    const refused = done<ProbeAnswer>({ kind: 'refused', message: 'no' });
    expect(endpoints(refused)['iot:DescribeEndpoint']?.neededFor).toEqual(['respond-by-websocket', 'watch']);
    expect(endpoints(refused, 'mqtts://x:8883')['iot:DescribeEndpoint']?.neededFor).toEqual([]);
    expect(endpoints(refused)['data-endpoint']?.status).toBe('unknown');
  });

  it('may be answered with a port', () => {
    expect(accountHost(done({ kind: 'answered', detail: 'localhost:8443' }))).toBe('localhost');
    expect(accountHost(done({ kind: 'answered', detail: 'not a host' }))).toBeUndefined();
    expect(accountHost(failed('timed-out'))).toBeUndefined();
  });
});

describe('event sources and the record', () => {
  const now = 100 * DAY;
  const eventsCheck = (trial: SourceTried['trial'], name = 'a.jsonl') =>
    eventsChecks([{ name, trial }], now)[0];
  const holding = (newest: number | undefined, events = 3) =>
    eventsCheck(done({ events, newest, notPresence: 1, malformed: 1, leads: [] }));

  it.each([
    [now, 'ok'],
    [now - 15 * DAY, 'ok'],
    [now - 15 * DAY - 1, 'warn'],
    [undefined, 'fail'],
    [now + DAY, 'ok'],
  ])('the newest event at %d: %s', (newest, status) => {
    expect(holding(newest)).toMatchObject({ id: 'events:a.jsonl', status });
  });

  it('say how much they hold, how old that is, and what is no event', () => {
    expect(holding(now - 3 * DAY)?.message).toBe(
      'holds 3 events, the newest 3 days old; 2 lines or documents are none and are passed over',
    );
  });

  it('a source that waits for what is to come cannot be read beforehand', () => {
    expect(eventsCheck(done('waits'))).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('canary'),
    });
  });

  it.each([
    ['file-unreadable', 'fail'],
    ['file-invalid', 'fail'],
    ['no-history', 'fail'],
    ['timed-out', 'unknown'],
  ] as const)('%s: %s', (code, status) => {
    expect(eventsCheck(failed(code))?.status).toBe(status);
  });

  it('that one holds nothing is a failure only where they are named, and no other holds anything', () => {
    const statuses = (...trials: SourceTried['trial'][]) =>
      eventsChecks(
        trials.map((trial) => ({ name: 'a', trial })),
        now,
      ).map(({ status }) => status);
    const empty = done({ events: 0, newest: undefined, notPresence: 0, malformed: 0, leads: [] });
    const old = done({ events: 1, newest: 1, notPresence: 0, malformed: 0, leads: [] });
    expect(statuses(empty, failed('no-history'))).toEqual(['fail', 'fail']);
    expect(statuses(empty, failed('no-history'), old)).toEqual(['warn', 'warn', 'warn']);
    expect(statuses(empty, done('of-one-client'))).toEqual(['warn', 'ok']);
    const unnamed = { name: 'journal', byDefault: true, trial: failed('no-history') };
    expect(eventsChecks([unnamed], now)).toMatchObject([{ status: 'warn' }]);
  });

  it('a record that cannot be kept stops every response', () => {
    expect(stateCheck(done('/state'))).toMatchObject({ status: 'ok' });
    const { status, neededFor } = stateCheck(failed('state-dir-unusable'));
    expect({ status, dryRun: neededFor.includes('dry-run') }).toEqual({ status: 'fail', dryRun: false });
  });
});

describe('the broker', () => {
  const good: BrokerReadings = {
    identity: done('certificate 1'),
    watch: done({ watcherId: 'w', mqttVersion: 5 }),
    bare: skipped,
    takeover: done(undefined),
    canary: done({ delayMs: 12, principalIdentifier: 'p' }),
  };
  const about = {
    responding: WAY,
    requireProof: false,
    mqttUrl: 'mqtts://broker:8883',
    accountHost: undefined,
    place: PLACE,
  };
  const statuses = (readings: Partial<BrokerReadings>, question: Partial<typeof about> = {}) =>
    Object.fromEntries(
      brokerChecks({ ...good, ...readings }, { ...about, ...question }).map(({ id, status }) => [id, status]),
    );
  const refused = failed('broker-refused');

  it('is fine', () => {
    expect(new Set(Object.values(statuses({})))).toEqual(new Set(['ok']));
  });

  it('refused with a subscription and let in without one: it was the subscription', () => {
    const bare = done({ watcherId: 'w', mqttVersion: 5 });
    expect(statuses({ watch: refused, bare, canary: skipped })).toMatchObject({
      'mqtt-connect': 'ok',
      'mqtt-subscribe': 'fail',
      'mqtt-takeover': 'ok',
      canary: 'skipped',
    });
  });

  it.each(['broker-refused', 'broker-denied'] as const)('%s both times: it was the connection', (code) => {
    const readings = { watch: failed(code), bare: failed(code), takeover: skipped, canary: skipped };
    expect(statuses(readings)).toMatchObject({
      'mqtt-endpoint': 'ok',
      'mqtt-connect': 'fail',
      'mqtt-subscribe': 'skipped',
    });
  });

  it.each([
    ['broker-unreachable', 'fail'],
    ['timed-out', 'unknown'],
  ] as const)('%s: nothing is told of permissions', (code, status) => {
    const readings = { watch: failed(code), takeover: skipped, canary: skipped };
    expect(statuses(readings)).toMatchObject({
      'mqtt-endpoint': status,
      'mqtt-connect': 'skipped',
      'mqtt-takeover': 'skipped',
      'mqtt-subscribe': 'skipped',
      'mqtt-receive': 'skipped',
    });
  });

  it('a takeover that is refused is told from a watch that is not', () => {
    expect(statuses({ takeover: refused })).toMatchObject({ 'mqtt-connect': 'ok', 'mqtt-takeover': 'fail' });
    expect(statuses({ takeover: failed('timed-out') })['mqtt-takeover']).toBe('unknown');
  });

  it('in another account than the credentials is a warning: it may be a custom domain', () => {
    expect(statuses({}, { accountHost: undefined })['mqtt-endpoint']).toBe('ok');
    const elsewhere = brokerChecks(good, { ...about, accountHost: 'abc-ats.iot.eu-west-1.amazonaws.com' });
    expect(elsewhere.find(({ id }) => id === 'mqtt-endpoint')).toMatchObject({ status: 'warn' });
  });

  it('silence: whether iot:Receive is refused cannot be told, and it is a failure only where proof is required', () => {
    const readings = { ...good, canary: failed('timed-out') };
    const lax = judged(brokerChecks(readings, about));
    const strict = judged(brokerChecks(readings, { ...about, requireProof: true }));
    const of = (document: CheckupDocument, name: string) =>
      document.checks.find(({ id }) => id === name)?.status;
    expect({ ready: lax.ready, canary: of(lax, 'canary'), receive: of(lax, 'mqtt-receive') }).toEqual({
      ready: true,
      canary: 'warn',
      receive: 'unknown',
    });
    expect({ ready: strict.ready, canary: of(strict, 'canary') }).toEqual({ ready: false, canary: 'fail' });
    expect(lax.ways).toContainEqual({
      way: 'watch',
      configured: false,
      ready: false,
      lacks: ['mqtt-receive', 'canary'],
    });
  });
});

describe('the judgement', () => {
  const anyCheck: fc.Arbitrary<Check> = fc.record({
    id: fc.string(),
    group: fc.constant('broker'),
    status: fc.constantFrom(...checkStatus.options),
    message: fc.string(),
    neededFor: fc.uniqueArray(fc.constantFrom(...way.options)),
  });
  const anyWay = fc.constantFrom<ResponseWay[]>('respond-by-certificate', 'respond-by-websocket');

  it('is ready exactly when all that the configured way needs was found to be there', () => {
    fc.assert(
      fc.property(fc.array(anyCheck), anyWay, (checks, configured) => {
        const { ready } = judged(checks, configured);
        const needed = checks.filter(({ neededFor }) => neededFor.includes(configured));
        expect(ready).toBe(needed.every(({ status }) => ['ok', 'warn'].includes(status)));
        expect(checkupExitCode({ ready })).toBe(ready ? 0 : 4);
      }),
    );
  });

  it('has a failure only where it is not ready, and turns nothing into ok', () => {
    fc.assert(
      fc.property(fc.array(anyCheck), anyWay, (checks, configured) => {
        const document = judged(checks, configured);
        const failures = document.checks.filter(({ status }) => status === 'fail');
        if (failures.length > 0) expect(document.ready).toBe(false);
        for (const [place, { status }] of document.checks.entries())
          expect(status === 'ok').toBe(checks[place]?.status === 'ok');
      }),
    );
  });

  it('says of every way whether it would work, except of the one whose identity was not tried', () => {
    const refused = permissionCheck('iot:DeleteConnection', done({ kind: 'refused', message: 'no' }), ASKED);
    const document = judged([refused]);
    expect(document.checks[0]?.status).toBe('warn');
    expect(document.ways).toEqual([
      { way: 'dry-run', configured: false, ready: true, lacks: [] },
      { way: 'respond-by-certificate', configured: true, ready: true, lacks: [] },
      { way: 'kick-by-api', configured: false, ready: false, lacks: ['iot:DeleteConnection'] },
      { way: 'detach', configured: false, ready: true, lacks: [] },
      { way: 'watch', configured: false, ready: true, lacks: [] },
    ]);
  });

  it('asks for all that is configured: kicked by API as well as by a takeover', () => {
    const lacking: Check = { ...ofApi, status: 'fail' };
    const found = { toolVersion: '1', responding: WAY, clockSkewMs: undefined, checks: [lacking] };
    expect(checkupDocumentOf({ ...found, configured: [WAY] }).ready).toBe(true);
    expect(checkupDocumentOf({ ...found, configured: [WAY, 'kick-by-api'] })).toMatchObject({
      ready: false,
      checks: [{ status: 'fail' }],
    });
  });

  const ofApi: Check = {
    id: 'iot:DeleteConnection',
    group: 'permissions',
    status: 'ok',
    message: '',
    neededFor: ['kick-by-api'],
  };
});
