import { AttachThingPrincipalCommand, CreateThingCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createPresence, type Someone } from '../../src/sandbox/presence/presence.ts';
import { aDevice, anIdentity, type IssuedIdentity } from './a-device.ts';
import { aSandbox, type TestSandbox } from './a-sandbox.ts';

let sandbox: TestSandbox;
let identity: IssuedIdentity;
beforeAll(async () => {
  sandbox = await aSandbox();
  identity = await anIdentity(sandbox);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

/** A presence whose time stands still until it is moved, and whose sessions are numbered. */
function aPresence() {
  const clock = { now: 1_700_000_000_000, sessions: 0 };
  const presence = createPresence({
    now: () => clock.now,
    newSessionIdentifier: () => `session ${(clock.sessions += 1)}`,
  });
  return { clock, presence };
}

const fieldsOf = (json: string) => Object.keys(z.looseObject({}).parse(JSON.parse(json)));

describe('4.1 the events', () => {
  it('4.1.1 have the fields of the article, in its order, on the topic of the client', async () => {
    await using watcher = aDevice(sandbox, { identity, clientId: 'watcher' });
    await watcher.outcome;
    const inbox = await watcher.listen('$aws/events/presence/+/pump');
    const device = aDevice(sandbox, { identity, clientId: 'pump' });
    await device.outcome;
    await device.client.endAsync();
    const [connected, disconnected] = [await inbox.next(), await inbox.next()];
    expect(connected.topic).toBe('$aws/events/presence/connected/pump');
    expect(disconnected.topic).toBe('$aws/events/presence/disconnected/pump');
    expect(fieldsOf(connected.text)).toEqual(
      'clientId timestamp eventType sessionIdentifier principalIdentifier ipAddress versionNumber'.split(' '),
    );
    expect(fieldsOf(disconnected.text)).toEqual([
      'clientId',
      'timestamp',
      'eventType',
      'clientInitiatedDisconnect',
      'sessionIdentifier',
      'principalIdentifier',
      'disconnectReason',
      'versionNumber',
    ]);
    expect(JSON.parse(connected.text)).toMatchObject({
      ipAddress: '127.0.0.1',
      principalIdentifier: identity.certificateId,
      sessionIdentifier: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u),
    });
    const lines = (await sandbox.file('events.jsonl')).split('\n');
    expect(lines).toEqual(expect.arrayContaining([connected.text, disconnected.text]));
  });

  it.each(['pump#2', 'pump+2'])(
    '4.1.3 are not published for %s, which is connected all the same',
    async (clientId) => {
      await using device = aDevice(sandbox, { identity, clientId });
      expect(await device.outcome).toBe('connected');
      expect(sandbox.truth().connections.map((one) => one.clientId)).toContain(clientId);
      await using after = aDevice(sandbox, { identity, clientId: `after ${clientId.length}` });
      await after.outcome;
      expect((await sandbox.events()).map((event) => event.clientId)).not.toContain(clientId);
    },
  );

  it('4.1.6 of a refused CONNECT has who, from where and why, and no version number', async () => {
    await using watcher = aDevice(sandbox, { identity, clientId: 'guard' });
    await watcher.outcome;
    const inbox = await watcher.listen('$aws/events/presence/connect_failed/#');
    const stranger = await anIdentity(sandbox, { policy: null });
    await using device = aDevice(sandbox, { identity: stranger, clientId: 'refused/one' });
    expect(await device.outcome).toBe('closed');
    const { topic, text } = await inbox.next();
    expect(topic).toBe('$aws/events/presence/connect_failed/refused/one');
    expect(fieldsOf(text)).toEqual([
      'clientId',
      'timestamp',
      'eventType',
      'connectFailureReason',
      'principalIdentifier',
      'sessionIdentifier',
      'ipAddress',
    ]);
    expect(JSON.parse(text)).toMatchObject({
      clientId: 'refused/one',
      connectFailureReason: 'AUTHORIZATION_FAILED',
      principalIdentifier: stranger.certificateId,
      ipAddress: '127.0.0.1',
    });
  });

  it('4.1.7 of subscriptions are on topics of their own, with the filters', async () => {
    await using watcher = aDevice(sandbox, { identity, clientId: 'librarian' });
    await watcher.outcome;
    const inbox = await watcher.listen('$aws/events/subscriptions/#');
    expect(await inbox.next()).toMatchObject({ topic: '$aws/events/subscriptions/subscribed/librarian' });
    await using device = aDevice(sandbox, { identity, clientId: 'reader' });
    await device.outcome;
    await device.client.subscribeAsync(['fleet/1', 'fleet/+']);
    const subscribed = await inbox.next();
    expect(subscribed.topic).toBe('$aws/events/subscriptions/subscribed/reader');
    expect(fieldsOf(subscribed.text)).toEqual([
      'clientId',
      'timestamp',
      'eventType',
      'sessionIdentifier',
      'principalIdentifier',
      'topics',
    ]);
    expect(JSON.parse(subscribed.text)).toMatchObject({ topics: ['fleet/1', 'fleet/+'] });
    await device.client.unsubscribeAsync('fleet/1');
    expect(JSON.parse((await inbox.next()).text)).toMatchObject({
      eventType: 'unsubscribed',
      clientId: 'reader',
      topics: ['fleet/1'],
    });
  });

  it('4.1.8 name the thing where the certificate has it to itself, and only there', async () => {
    const [own, shared] = [await anIdentity(sandbox), await anIdentity(sandbox)];
    for (const [thingName, principal, thingPrincipalType] of [
      ['meter', own.arn, 'EXCLUSIVE_THING'],
      ['meters', shared.arn, 'NON_EXCLUSIVE_THING'],
    ] as const) {
      await sandbox.iot.send(new CreateThingCommand({ thingName }));
      await sandbox.iot.send(new AttachThingPrincipalCommand({ thingName, principal, thingPrincipalType }));
    }
    await using first = aDevice(sandbox, { identity: own, clientId: 'any name' });
    await using second = aDevice(sandbox, { identity: shared, clientId: 'meters' });
    expect([await first.outcome, await second.outcome]).toEqual(['connected', 'connected']);
    expect(await sandbox.untilEvent(({ clientId }) => clientId === 'any name')).toMatchObject({
      thingName: 'meter',
    });
    const unnamed = await sandbox.untilEvent(({ clientId }) => clientId === 'meters');
    expect(unnamed).not.toHaveProperty('thingName');
  });

  it('4.1.5 come late when asked to, with the time at which it happened', async () => {
    await using late = await aSandbox({ faults: [{ fault: 'event-delay', ms: 300 }] });
    const own = await anIdentity(late);
    await using device = aDevice(late, { identity: own, clientId: 'pump' });
    await device.outcome;
    expect(await late.events()).toEqual([]);
    const event = await late.untilEvent(({ clientId }) => clientId === 'pump');
    expect(event.timestamp).toBe(late.truth().connections[0]?.connectedAt);
    expect(Date.now() - event.timestamp).toBeGreaterThanOrEqual(290);
  });
});

describe('4.2 versions and sessions', () => {
  const HOUR_MS = 3_600_000;
  const someone: Someone = { principal: 'someone', ipAddress: '192.0.2.1' };
  it('4.2.1 share number and session between a connect and its disconnect', () => {
    const { presence } = aPresence();
    const session = presence.begin('pump', someone);
    const [connected, disconnected] = [
      presence.connected(session),
      presence.disconnected(session, { reason: 'CONNECTION_LOST' }),
    ];
    expect(disconnected.versionNumber).toBe(connected.versionNumber);
    expect(disconnected.sessionIdentifier).toBe(connected.sessionIdentifier);
  });

  it('4.2.2 grow by one with each connection of a client ID, and for no other', () => {
    const { presence } = aPresence();
    for (const versionNumber of [0, 1, 2]) {
      const session = presence.begin('pump', someone);
      expect(session).toMatchObject({ versionNumber, sessionIdentifier: `session ${versionNumber + 1}` });
      presence.disconnected(session, { reason: 'CONNECTION_LOST' });
    }
    expect(presence.begin('__proto__', someone).versionNumber).toBe(0);
  });

  it.each([
    ['after an hour without a connection', HOUR_MS, 0],
    ['not a moment before', HOUR_MS - 1, 1],
  ])('4.2.3 fall back to 0 %s', (_, offlineMs, versionNumber) => {
    const { presence, clock } = aPresence();
    presence.disconnected(presence.begin('pump', someone), { reason: 'CONNECTION_LOST' });
    clock.now += offlineMs;
    expect(presence.begin('pump', someone).versionNumber).toBe(versionNumber);
  });

  it('4.2.4 fall back to 0 once a persistent session has outlived its time, not before', () => {
    const { presence, clock } = aPresence();
    const forgottenAfterMs = 3 * HOUR_MS;
    const end = () =>
      presence.disconnected(presence.begin('pump', someone), { reason: 'CONNECTION_LOST', forgottenAfterMs });
    end();
    clock.now += forgottenAfterMs - 1;
    expect(end().versionNumber).toBe(1);
    clock.now += forgottenAfterMs;
    expect(end().versionNumber).toBe(0);
  });

  it('4.2.3 do not fall back however long a connection lasts', () => {
    const { presence, clock } = aPresence();
    const session = presence.begin('pump', someone);
    clock.now += 48 * HOUR_MS;
    presence.disconnected(session, { reason: 'CONNECTION_LOST' });
    expect(presence.begin('pump', someone).versionNumber).toBe(1);
  });
});
