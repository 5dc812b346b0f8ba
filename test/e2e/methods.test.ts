import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aDevice, anIdentity } from '../sandbox/a-device.ts';
import { aPolicyDirectory, readPolicy, without } from '../sandbox/a-policy-directory.ts';
import { aSandbox, type TestSandbox } from '../sandbox/a-sandbox.ts';
import { aConnectedClient, type ConnectedClient, connectedAs } from './a-scene.ts';
import { aHome, evictionOf, type Home } from './run.ts';

let sandbox: TestSandbox;
let home: Home;
beforeAll(async () => {
  [sandbox, home] = await Promise.all([aSandbox({ faults: [{ fault: 'unlimited-connects' }] }), aHome()]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

type Client = Pick<ConnectedClient, 'clientId' | 'events'>;

const evictIn = async ({ config }: TestSandbox, { clientId, events }: Client, more: readonly string[]) => {
  const words = ['--config', config, '--events', events, '--yes', '--json', '--hold', '0'];
  const ended = await home.run([clientId, ...words, ...more]);
  return { code: ended.code, ...evictionOf(ended) };
};
const evict = (client: Client, ...more: string[]) => evictIn(sandbox, client, more);
const by = (method: string) => ['--method', method];
const EVICTED = { code: 0, verdict: 'evicted', contained: 'yes' };
const ids = ({ steps }: { steps: readonly { id: string; status: string }[] }) =>
  steps.map(({ id, status }) => `${id} ${status}`);
const codes = (said: readonly { code: string }[]) => said.map(({ code }) => code);

describe('--method', () => {
  it.each([
    ['takeover', ['takeover done'], 'DUPLICATE_CLIENTID'],
    ['api', ['delete-connection done'], 'API_INITIATED_DISCONNECT'],
    ['both', ['delete-connection done', 'takeover done'], 'API_INITIATED_DISCONNECT'],
  ])('%s drops the client, with proof, and reads what it was before', async (method, kicks, reason) => {
    await using client = await aConnectedClient(sandbox, { clientId: `by-${method}` });
    await client.device.listen('cmd/#', 1);
    const document = await evict(client, ...by(method), '--hold', '500ms');
    expect(document).toMatchObject({
      ...EVICTED,
      sighting: { confirmed: 'yes' },
      evidence: {
        connection: { connected: true, sourceIp: '127.0.0.1' },
        subscriptions: [{ topicFilter: 'cmd/#', qos: 1 }],
      },
      proof: { by: 'sessionIdentifier', event: { disconnectReason: reason } },
      hold: { completed: true, returns: [] },
    });
    expect(ids(document)).toEqual(['deactivate done', ...kicks]);
    expect(connectedAs(sandbox, client.clientId)).toEqual([]);
  });

  it('none contains, leaves the connection, and says so', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'by-none' });
    const document = await evict(client, ...by('none'));
    expect(document).toMatchObject({
      code: 5,
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'not-kicked', hint: expect.stringContaining('--method takeover') },
    });
    expect(ids(document)).toEqual(['deactivate done']);
    expect(connectedAs(sandbox, 'by-none')).toEqual([client.identity.certificateId]);
    expect(await client.status()).toBe('INACTIVE');
  });

  it.each(['api', 'none'])('%s of a client that is gone: contained, and nobody was there', async (method) => {
    const client = await aConnectedClient(sandbox, { clientId: `gone-${method}` });
    await client.device.client.endAsync();
    await sandbox.untilEvent(
      (event) => event.clientId === client.clientId && event.eventType === 'disconnected',
    );
    const document = await evict(client, ...by(method));
    expect(document).toMatchObject({ code: 0, verdict: 'not-connected', contained: 'yes' });
    expect(codes(document.warnings)).toContain('not-connected-now');
    expect(ids(document)).toEqual([
      'deactivate done',
      ...(method === 'api' ? ['delete-connection already'] : []),
    ]);
  });

  it('both holds the client ID against one that comes back', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'both-held', comesBackAfterMs: 200 });
    const { id } = sandbox.faults.add({ fault: 'deactivation-delay', ms: 1_500, client: 'both-held' });
    const document = await evict(client, ...by('both'), '--hold', '1s');
    sandbox.faults.remove(id);
    expect(document).toMatchObject({ ...EVICTED, hold: { completed: true } });
    const kicks = ids(document).slice(1);
    expect(kicks[0]).toBe('delete-connection done');
    expect(new Set(kicks.slice(1))).toEqual(new Set(['takeover done']));
  });
});

describe('--method api', () => {
  it('drops a client that comes back again each time, and the quiet starts anew', async () => {
    await using slow = await aSandbox({
      intruder: 'pump-18',
      faults: [{ fault: 'deactivation-delay', ms: 2_500 }],
    });
    const client = { clientId: 'pump-18', events: join(slow.directory, 'events.jsonl') };
    const document = await evictIn(slow, client, [...by('api'), '--hold', '1500ms']);
    expect(document).toMatchObject({ ...EVICTED, hold: { completed: true, requestedSeconds: 1.5 } });
    expect(document.hold?.returns).toHaveLength(1);
    expect(document.hold?.returns[0]?.count).toBeGreaterThan(0);
    expect(ids(document).filter((step) => step === 'delete-connection done').length).toBeGreaterThan(1);
    expect(connectedAs(slow, 'pump-18')).toEqual([]);
    // Nobody but the intruder ever had the ID.
    const principals = (await slow.events())
      .filter(({ clientId }) => clientId === 'pump-18')
      .map(({ principalIdentifier }) => principalIdentifier);
    expect(new Set(principals).size).toBe(1);
  });

  it('is proved by GetConnection where the events of the client are lost', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'unheard' });
    const { id } = sandbox.faults.add({ fault: 'lose-events', client: 'unheard' });
    const document = await evict(client, ...by('api'));
    sandbox.faults.remove(id);
    expect(document).toMatchObject({
      ...EVICTED,
      proof: {
        by: 'connection-api',
        event: { connected: false, disconnectReason: 'API_INITIATED_DISCONNECT' },
      },
    });
  });

  it('is proved by GetConnection for a hidden client, also under --require-proof', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'hidden#1' });
    const document = await evict(client, ...by('api'), '--require-proof', '--hold', '500ms');
    expect(document).toMatchObject({ ...EVICTED, blockers: [], proof: { by: 'connection-api' } });
    expect(document.hold?.door).toBe('unobserved');
  });

  it('is not claimed for a hidden client that is back at the end of the hold', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'hidden#2', comesBackAfterMs: 100 });
    const { id } = sandbox.faults.add({ fault: 'deactivation-delay', ms: 60_000, client: 'hidden#2' });
    const document = await evict(client, ...by('api'), '--hold', '1s');
    sandbox.faults.remove(id);
    expect(document).toMatchObject({
      code: 5,
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'still-connected' },
    });
  });

  it('that dropped a stranger is never evicted, hold or not', async () => {
    const owner = await aConnectedClient(sandbox, { clientId: 'stolen' });
    await using thief = await aConnectedClient(sandbox, { clientId: 'stolen' });
    const document = await evict(owner, ...by('api'));
    await owner[Symbol.asyncDispose]();
    expect(document).toMatchObject({
      code: 5,
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'other-principal' },
    });
    expect(document.cause?.message).toContain(thief.identity.certificateId);
  });

  it('drops without removing access under --action none', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'api-only' });
    expect(await evict(client, ...by('api'), '--action', 'none')).toMatchObject({
      code: 8,
      verdict: 'kicked',
      contained: 'none',
    });
    expect(await client.status()).toBe('ACTIVE');
    expect(connectedAs(sandbox, 'api-only')).toEqual([]);
  });
});

describe('a refusal of DeleteConnection', () => {
  async function withoutApi(): Promise<TestSandbox> {
    await using policies = await aPolicyDirectory({
      'respond.json': without(readPolicy('respond.json'), 'iot:DeleteConnection'),
    });
    return await aSandbox({ policies: policies.directory });
  }

  it('under both is a warning that tells of the Last Will, and the takeover evicts', async () => {
    await using narrow = await withoutApi();
    await using client = await aConnectedClient(narrow, { clientId: 'narrow' });
    const document = await evictIn(narrow, client, by('both'));
    expect(document).toMatchObject({ ...EVICTED, proof: { by: 'sessionIdentifier' } });
    expect(document.warnings).toContainEqual({
      code: 'api-refused',
      message: expect.stringContaining('Last Will'),
    });
    // AWS takes one CONNECT a second: a takeover may come too early, and is tried again.
    const steps = ids(document).filter((step) => step !== 'takeover failed');
    expect(steps).toEqual(['deactivate done', 'delete-connection failed', 'takeover done']);
  });

  it('under api is the end at once: contained, and not kicked', async () => {
    await using narrow = await withoutApi();
    await using client = await aConnectedClient(narrow, { clientId: 'narrow' });
    const document = await evictIn(narrow, client, by('api')); // with the --timeout of 30 s
    expect(document).toMatchObject({
      code: 5,
      verdict: 'unverified',
      contained: 'yes',
      cause: { code: 'access-denied' },
    });
    expect(ids(document)).toEqual(['deactivate done', 'delete-connection failed']);
    expect(connectedAs(narrow, 'narrow')).toHaveLength(1);
  });
});

describe('the Last Will of the dropped client', () => {
  /** What was published on the will's topic until the run was over. */
  async function heard(clientId: string, ...more: string[]) {
    const topic = `will/${clientId}`;
    await using listener = aDevice(sandbox, {
      identity: await anIdentity(sandbox),
      clientId: `${clientId}-ear`,
    });
    const inbox = await listener.listen('will/#');
    const mqtt = { will: { topic, payload: Buffer.from('last words'), qos: 0 as const, retain: false } };
    await using client = await aConnectedClient(sandbox, { clientId, mqtt });
    const document = await evict(client, ...more);
    expect(document).toMatchObject(EVICTED);
    await listener.client.publishAsync('will/over', 'over');
    let last = await inbox.next();
    while (last.topic !== 'will/over') last = await inbox.next();
    const warned = codes(document.warnings).includes('publishes-last-will');
    return { warned, published: inbox.messages.some((message) => message.topic === topic) };
  }

  it.each([
    ['is published by a takeover', 'will-takeover', [], true],
    ['is suppressed by the API', 'will-api', by('api'), false],
    ['is suppressed by both', 'will-both', by('both'), false],
    ['is published by the API where that is asked for', 'will-asked', [...by('api'), '--publish-will'], true],
  ])('%s, and warned of only then', async (_, clientId, more, expected) => {
    expect(await heard(clientId, ...more)).toEqual({ warned: expected, published: expected });
  });
});

describe('the persistent session of the dropped client', () => {
  async function sessionsAfter(clientId: string, ...more: string[]) {
    await using client = await aConnectedClient(sandbox, { clientId, mqtt: { clean: false } });
    await client.device.listen('cmd/pump', 1);
    const document = await evict(client, ...more);
    expect(document).toMatchObject(EVICTED);
    const { persistentSessions } = (await sandbox.snapshot()).broker;
    const warned = codes(document.warnings).includes('ends-session');
    return { warned, kept: persistentSessions.filter((session) => session.clientId === clientId) };
  }

  it.each(['takeover', 'api', 'both'])('is ended by %s, which is warned of', async (method) => {
    expect(await sessionsAfter(`ended-${method}`, ...by(method))).toEqual({ warned: true, kept: [] });
  });

  it.each(['takeover', 'api', 'both'])('is kept by %s with --keep-session', async (method) => {
    const clientId = `kept-${method}`;
    expect(await sessionsAfter(clientId, ...by(method), '--keep-session')).toEqual({
      warned: false,
      kept: [{ clientId, filters: ['cmd/pump'] }],
    });
  });
});

describe('what GetConnection says of the sighting', () => {
  /** The client's event as if it had been at another time. */
  async function seenAt(client: ConnectedClient, shiftMs: number): Promise<Client> {
    const event = await sandbox.untilEvent((one) => one.clientId === client.clientId);
    const events = join(sandbox.directory, `${client.clientId}-shifted.jsonl`);
    await writeFile(events, `${JSON.stringify({ ...event, timestamp: event.timestamp + shiftMs })}\n`);
    return { clientId: client.clientId, events };
  }

  it('is a blocker where the connection is the older one, lifted by naming the principal', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'older' });
    const seen = await seenAt(client, 180_000);
    const { certificateId } = client.identity;
    expect(await evict(seen)).toMatchObject({
      code: 7,
      sighting: { confirmed: 'no' },
      blockers: [
        {
          code: 'sighting-mismatch',
          lift: '--principal <id|arn>',
          message: expect.stringContaining(certificateId),
        },
      ],
    });
    expect(await client.status()).toBe('ACTIVE');
    expect(await evict(seen, '--principal', certificateId)).toMatchObject(EVICTED);
  });

  it('is a warning where the connection is the newer one', async () => {
    await using client = await aConnectedClient(sandbox, { clientId: 'newer' });
    const document = await evict(await seenAt(client, -180_000), '--dry-run');
    expect(document).toMatchObject({ code: 0, sighting: { confirmed: 'unknown' }, blockers: [] });
    expect(codes(document.warnings)).toContain('newer-session');
  });

  it.each(['takeover', 'api', 'none'])(
    'is a contradiction where it has never heard of a client that was sighted open (--method %s)',
    async (method) => {
      const { certificateId } = await anIdentity(sandbox);
      const clientId = `unheard-of-${method}`;
      const events = join(sandbox.directory, `${clientId}.jsonl`);
      const event = {
        clientId,
        timestamp: Date.now() - 60_000,
        eventType: 'connected',
        sessionIdentifier: 'made-up',
        principalIdentifier: certificateId,
        versionNumber: 0,
      };
      await writeFile(events, JSON.stringify(event));
      const document = await evict({ clientId, events }, ...by(method), '--timeout', '2s');
      expect(document).toMatchObject({
        code: 5,
        verdict: 'unverified',
        contained: 'yes',
        cause: { code: 'contradiction', hint: expect.stringContaining('account and region') },
      });
      expect(document.evidence?.connection).toBeUndefined();
    },
  );
});
