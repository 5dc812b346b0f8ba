import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createPresence, type Identity } from '../../src/sandbox/presence/presence.ts';
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
  it('have the fields of the article, in its order, on the topic of the client', async () => {
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
    'are not published for %s, which is connected all the same',
    async (clientId) => {
      await using device = aDevice(sandbox, { identity, clientId });
      expect(await device.outcome).toBe('connected');
      expect(sandbox.truth().connections.map((one) => one.clientId)).toContain(clientId);
      await using after = aDevice(sandbox, { identity, clientId: `after ${clientId.length}` });
      await after.outcome;
      expect((await sandbox.events()).map((event) => event.clientId)).not.toContain(clientId);
    },
  );

  it('come late when asked to, with the time at which it happened', async () => {
    await using late = await aSandbox({ eventDelayMs: 300 });
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
  const someone: Identity = { principal: 'someone', ipAddress: '192.0.2.1' };
  it('share number and session between a connect and its disconnect', () => {
    const { presence } = aPresence();
    const session = presence.begin('pump', someone);
    const [connected, disconnected] = [
      presence.connected(session),
      presence.disconnected(session, 'CONNECTION_LOST'),
    ];
    expect(disconnected.versionNumber).toBe(connected.versionNumber);
    expect(disconnected.sessionIdentifier).toBe(connected.sessionIdentifier);
  });

  it('grow by one with each connection of a client ID, and for no other', () => {
    const { presence } = aPresence();
    for (const versionNumber of [0, 1, 2]) {
      const session = presence.begin('pump', someone);
      expect(session).toMatchObject({ versionNumber, sessionIdentifier: `session ${versionNumber + 1}` });
      presence.disconnected(session, 'CONNECTION_LOST');
    }
    expect(presence.begin('__proto__', someone).versionNumber).toBe(0);
  });

  it.each([
    ['after an hour without a connection', HOUR_MS, 0],
    ['not a moment before', HOUR_MS - 1, 1],
  ])('fall back to 0 %s', (_, offlineMs, versionNumber) => {
    const { presence, clock } = aPresence();
    presence.disconnected(presence.begin('pump', someone), 'CONNECTION_LOST');
    clock.now += offlineMs;
    expect(presence.begin('pump', someone).versionNumber).toBe(versionNumber);
  });

  it('do not fall back however long a connection lasts', () => {
    const { presence, clock } = aPresence();
    const session = presence.begin('pump', someone);
    clock.now += 48 * HOUR_MS;
    presence.disconnected(session, 'CONNECTION_LOST');
    expect(presence.begin('pump', someone).versionNumber).toBe(1);
  });
});
