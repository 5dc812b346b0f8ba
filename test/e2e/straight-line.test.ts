import { AttachThingPrincipalCommand, CreateThingCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anIdentity } from '../sandbox/a-device.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, connectedAs, statusOf } from './a-scene.ts';
import { aHome, evictionOf, type Home, onlyDocument } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  // Where two devices share a client ID, the second must not wait out the second that AWS takes one CONNECT in.
  const faults = [{ fault: 'unlimited-connects' }];
  [sandbox, home] = await Promise.all([aSandbox({ intruder: 'pump-17', faults }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** A whole response, without a hold unless one is asked for. */
const respond = (clientId: string, ...more: string[]) =>
  home.run([clientId, '--config', sandbox.config, '--yes', '--json', '--hold', '0', ...more]);

describe('a stubborn intruder', () => {
  it('is found, contained, knocked off, proved gone and kept out', async () => {
    const intruder = (await sandbox.events()).find(({ clientId }) => clientId === 'pump-17');
    const certificateId = intruder?.principalIdentifier ?? '';
    const ended = await respond('pump-17', '--hold', '1s', '--reason', 'leaked key', '--case', 'INC-4711');

    expect(ended.code).toBe(0);
    const document = evictionOf(ended);
    const certificate = { kind: 'certificate', identifier: certificateId };
    const arn = `arn:aws:iot:us-east-1:123456789012:cert/${certificateId}`;
    const { incident = '' } = document;
    expect(incident).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{6}$/u);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u);
    expect(onlyDocument(ended)).toStrictEqual({
      version: 1,
      kind: 'eviction',
      toolVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/u),
      incident,
      clientId: 'pump-17',
      verdict: 'evicted',
      contained: 'yes',
      dryRun: false,
      reason: 'leaked key',
      case: 'INC-4711',
      responder: {
        arn: 'arn:aws:iam::123456789012:user/responder',
        principal: expect.stringMatching(/^AIDA/u),
      },
      target: { account: '123456789012', region: 'us-east-1', endpoint: sandbox.mqttsUrl },
      sighting: expect.objectContaining({
        source: `file:${sandbox.directory}/events.jsonl`,
        event: intruder,
        timestamp: intruder?.timestamp,
        sessionIdentifier: intruder?.sessionIdentifier,
        versionNumber: 0,
        ipAddress: '127.0.0.1',
        principal: { ...certificate, arn },
        confirmed: 'yes',
        others: [],
      }),
      evidence: {
        connection: expect.objectContaining({ connected: true, sourceIp: '127.0.0.1' }),
        subscriptions: [],
      },
      blastRadius: {
        things: ['pump-17'],
        clients: ['pump-17'],
        policies: ['fleet'],
        known: { things: 'complete', clients: expect.any(String) },
      },
      blockers: [],
      warnings: expect.arrayContaining([
        { code: 'publishes-last-will', message: expect.stringContaining('Last Will') },
      ]),
      steps: [
        {
          id: 'deactivate',
          target: arn,
          status: 'done',
          before: 'ACTIVE',
          after: 'INACTIVE',
          startedAt: time,
          endedAt: time,
          requestId: expect.any(String),
        },
        expect.objectContaining({ id: 'takeover', status: 'done', startedAt: time, endedAt: time }),
      ],
      proof: {
        by: 'sessionIdentifier',
        event: expect.objectContaining({
          clientId: 'pump-17',
          eventType: 'disconnected',
          disconnectReason: 'DUPLICATE_CLIENTID',
          sessionIdentifier: intruder?.sessionIdentifier,
          principalIdentifier: certificateId,
        }),
        receivedAt: time,
      },
      hold: {
        requestedSeconds: 1,
        quietSeconds: expect.any(Number),
        completed: true,
        returns: [],
        bounced: null,
        door: 'quiet',
      },
      remaining: [],
      record: {
        file: `${sandbox.directory}/state/incidents/${incident}.jsonl`,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/u),
      },
      equivalent: expect.arrayContaining([
        expect.stringContaining(
          `aws iot update-certificate --certificate-id ${certificateId} --new-status INACTIVE`,
        ),
      ]),
      undo: `evict undo ${incident}`,
    });
    expect(document.hold?.quietSeconds).toBeGreaterThanOrEqual(1);
    expect(await statusOf(sandbox, certificateId)).toBe('INACTIVE');
    expect(connectedAs(sandbox, 'pump-17')).toEqual([]); // the intruder is still trying, and we let go of the ID
    expect(sandbox.truth().refusedHandshakes).toMatchObject([{ certificateId }]);
  });

  it('is retaken each time that it comes back during the hold, and the quiet starts anew', async () => {
    await using slow = await aSandbox({
      intruder: 'pump-18',
      faults: [{ fault: 'deactivation-delay', ms: 2_500 }],
    });
    const principal = (await slow.events())[0]?.principalIdentifier ?? '';
    const started = Date.now();
    const ended = await home.run(
      ['pump-18', '--config', slow.config, '--yes', '--json', '--hold', '1500ms'],
      {},
    );
    expect(ended.code).toBe(0);
    const { verdict, hold, proof, steps } = evictionOf(ended);
    expect({ verdict, by: proof?.by }).toEqual({ verdict: 'evicted', by: 'sessionIdentifier' });
    expect(hold).toMatchObject({ completed: true, requestedSeconds: 1.5 });
    const [returns, ...others] = hold?.returns ?? [];
    expect(others).toEqual([]);
    expect(returns?.principal).toBe(principal);
    const seenToConnect = (await slow.events()).filter(
      ({ clientId, eventType, principalIdentifier }) =>
        clientId === 'pump-18' && eventType === 'connected' && principalIdentifier === principal,
    );
    expect(returns?.count).toBe(seenToConnect.length - 1); // all but the one that was sighted
    expect(returns?.count).toBeGreaterThan(0);
    // Each return was answered by a takeover of its own, and the quiet is counted from the last of them.
    const takeovers = steps.filter(({ id, status }) => id === 'takeover' && status === 'done');
    expect(takeovers.length).toBeGreaterThanOrEqual(2);
    const lastReturn = Date.parse(returns?.last ?? '');
    expect(Date.now() - lastReturn).toBeGreaterThanOrEqual(1_500);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1_500);
    expect(connectedAs(slow, 'pump-18')).toEqual([]);
  });

  it('that still comes back at the deadline is said to have returned, by which principal, and what to do next', async () => {
    await using slow = await aSandbox({
      intruder: 'pump-19',
      faults: [{ fault: 'deactivation-delay', ms: 60_000 }],
    });
    const principal = (await slow.events())[0]?.principalIdentifier ?? '';
    const ended = await home.run(
      ['pump-19', '--config', slow.config, '--yes', '--json', '--hold', '3s', '--deadline', '4s'],
      {},
    );
    expect(ended.code).toBe(6);
    const { verdict, contained, cause, hold } = evictionOf(ended);
    expect({ verdict, contained }).toEqual({ verdict: 'returned', contained: 'yes' });
    expect(cause?.message).toContain(principal);
    expect(cause?.hint).not.toBe('');
    expect(hold).toMatchObject({ completed: false, returns: [{ principal }] });
  });
});

describe('what is not evicted is never said to be', () => {
  it('a stolen ID held by a second certificate: another principal was displaced', async () => {
    await using owner = await aConnectedClient(sandbox, { clientId: 'stolen' });
    const { events } = owner;
    await using thief = await aConnectedClient(sandbox, { clientId: 'stolen' });
    const ended = await respond('stolen', '--events', events);
    expect(ended.code).toBe(5);
    const document = evictionOf(ended);
    expect(document).toMatchObject({ verdict: 'unverified', contained: 'yes' });
    expect(document.cause?.message).toContain(thief.identity.certificateId);
    expect(document.cause?.hint).toContain(`--principal ${thief.identity.certificateId}`);
    expect(document.proof).toBeUndefined();
    expect([await owner.status(), await thief.status()]).toEqual(['INACTIVE', 'ACTIVE']);
  });

  it('a client that two principals use is refused until one of them is named', async () => {
    await using owner = await aConnectedClient(sandbox, { clientId: 'contested' });
    await using thief = await aConnectedClient(sandbox, { clientId: 'contested' });
    const refused = await respond('contested');
    expect(refused.code).toBe(7);
    const [blocker] = evictionOf(refused).blockers;
    expect(blocker?.code).toBe('several-principals');
    for (const { identity } of [owner, thief])
      expect(blocker?.lift).toContain(`--principal ${identity.certificateId}`);
    expect([await owner.status(), await thief.status()]).toEqual(['ACTIVE', 'ACTIVE']);

    const ended = await respond('contested', '--principal', thief.identity.certificateId);
    expect(ended.code).toBe(0);
    const document = evictionOf(ended);
    expect(document.verdict).toBe('evicted');
    expect(document.warnings.map(({ code }) => code)).toContain('other-active-principals');
    expect([await owner.status(), await thief.status()]).toEqual(['ACTIVE', 'INACTIVE']);
  });

  it('a client that is not connected: contained, and nobody was there', async () => {
    const gone = await aConnectedClient(sandbox, { clientId: 'gone' });
    await gone.device.client.endAsync();
    await sandbox.untilEvent(
      ({ clientId, eventType }) => clientId === 'gone' && eventType === 'disconnected',
    );
    const ended = await respond('gone');
    expect(ended.code).toBe(0);
    const document = evictionOf(ended);
    expect(document).toMatchObject({ verdict: 'not-connected', contained: 'yes' });
    expect(document.proof).toBeUndefined();
    expect(await gone.status()).toBe('INACTIVE');
  });

  it('a hidden client, of which there are no events: contained, taken over, unverified', async () => {
    await using hidden = await aConnectedClient(sandbox, { clientId: 'a#b' });
    const refused = await respond('a#b', '--events', hidden.events, '--require-proof');
    expect(refused.code).toBe(7);
    expect(evictionOf(refused)).toMatchObject({ verdict: 'refused', blockers: [{ code: 'cannot-prove' }] });
    expect(await hidden.status()).toBe('ACTIVE');

    const ended = await respond('a#b', '--events', hidden.events, '--timeout', '1s');
    expect(ended.code).toBe(5);
    const document = evictionOf(ended);
    expect(document).toMatchObject({ verdict: 'unverified', contained: 'yes' });
    expect(document.warnings.map(({ code }) => code)).toContain('hidden-client');
    expect(connectedAs(sandbox, 'a#b')).toEqual([]);
  });

  it('with --action none: kicked with proof, its access not removed', async () => {
    await using kicked = await aConnectedClient(sandbox, { clientId: 'kick-only' });
    const ended = await respond('kick-only', '--action', 'none');
    expect(ended.code).toBe(8);
    const document = evictionOf(ended);
    expect(document).toMatchObject({ verdict: 'kicked', contained: 'none' });
    expect(document.proof?.by).toBe('sessionIdentifier');
    expect(document.undo).toBeUndefined();
    expect(await kicked.status()).toBe('ACTIVE');
    expect(connectedAs(sandbox, 'kick-only')).toEqual([]);
  });
});

describe('a certificate that others use', () => {
  it('is refused for two things, and evicted with --allow-shared', async () => {
    await using shared = await aConnectedClient(sandbox, { clientId: 'shared-1' });
    const { arn: principal } = shared.identity;
    for (const thingName of ['shared-1', 'shared-2']) {
      await sandbox.iot.send(new CreateThingCommand({ thingName }));
      await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal }));
    }
    const refused = await respond('shared-1');
    expect(refused.code).toBe(7);
    const document = evictionOf(refused);
    expect(document).toMatchObject({
      verdict: 'refused',
      contained: 'no',
      blockers: [{ code: 'shared-principal', lift: '--allow-shared' }],
      blastRadius: { things: ['shared-1', 'shared-2'] },
    });
    expect(document.blockers[0]?.message).toContain('shared-2');
    expect(await shared.status()).toBe('ACTIVE');

    const ended = await respond('shared-1', '--allow-shared');
    expect({ code: ended.code, verdict: evictionOf(ended).verdict }).toEqual({ code: 0, verdict: 'evicted' });
    expect(await shared.status()).toBe('INACTIVE');
  });

  it('and that lives on under another client ID makes the run unverified', async () => {
    const identity = await anIdentity(sandbox);
    await using first = await aConnectedClient(sandbox, { clientId: 'twin-1', identity });
    await using other = await aConnectedClient(sandbox, { clientId: 'twin-2', identity });
    expect([first.clientId, other.clientId]).toEqual(['twin-1', 'twin-2']);
    const ended = await respond('twin-1', '--allow-shared');
    expect(ended.code).toBe(5);
    expect(evictionOf(ended)).toMatchObject({
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'alive-elsewhere' },
      remaining: [{ clientId: 'twin-2', state: 'connected' }],
    });
  });
});

describe('a dry run', () => {
  it('shows the plan, changes nothing and never connects', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'rehearsed' });
    const before = { truth: sandbox.truth().connections, events: await sandbox.events() };
    const ended = await home.run(['rehearsed', '--config', sandbox.config, '--dry-run', '--json']);
    expect(ended.code).toBe(0);
    const document = evictionOf(ended);
    expect(document).toMatchObject({
      kind: 'plan',
      verdict: 'planned',
      contained: 'no',
      dryRun: true,
      steps: [
        { id: 'deactivate', status: 'planned', before: 'ACTIVE', after: 'INACTIVE' },
        { id: 'takeover', status: 'planned' },
      ],
    });
    expect(document.incident).toBeUndefined();
    expect(document.record).toBeUndefined();
    expect({ truth: sandbox.truth().connections, events: await sandbox.events() }).toEqual(before);
    expect(await client.status()).toBe('ACTIVE');
  });

  it('with blockers is refused', async () => {
    const identity = await anIdentity(sandbox);
    await using first = await aConnectedClient(sandbox, { clientId: 'blocked-1', identity });
    await using other = await aConnectedClient(sandbox, { clientId: 'blocked-2', identity });
    const ended = await home.run([first.clientId, '--config', sandbox.config, '-n', '--json']);
    expect(ended.code).toBe(7);
    const document = evictionOf(ended);
    expect(document).toMatchObject({ verdict: 'refused', dryRun: true });
    expect(document.blockers[0]?.message).toContain(other.clientId);
    expect(document.equivalent).not.toEqual([]);
  });
});
