import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { liveSource } from '../../../src/adapters/mqtt/live-source.ts';
import { presenceOn } from '../../../src/adapters/mqtt/presence-watch.ts';
import { systemClock, systemRandomness } from '../../../src/cli/system.ts';
import type { EventSource, SourceItem } from '../../../src/domain/source-ports.ts';
import { aDevice, anIdentity } from '../../sandbox/a-device.ts';
import { aSandbox, eventually, type TestSandbox } from '../../sandbox/a-sandbox.ts';
import { aClosedPort } from '../../e2e/slow-network.ts';

let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await aSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(10_000);

async function aSource(
  at: TestSandbox = sandbox,
  { url = at.mqttsUrl, timeoutMs = 5_000 } = {},
): Promise<EventSource> {
  const identity = await anIdentity(at);
  const tools = { clock: systemClock, random: systemRandomness, mqttVersion: 4 as const };
  return liveSource(presenceOn({ url, identity }, tools), { clock: systemClock, timeoutMs });
}

/** All that a source yields until it ends; `onListening` happens as soon as it says that it listens. */
async function all(
  source: EventSource,
  clientId: string,
  { signal = soon(), onListening = () => {} }: { signal?: AbortSignal; onListening?: () => void } = {},
): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const item of source.read({ for: 'client', clientId }, signal)) {
    items.push(item);
    if (item.kind === 'listening') onListening();
  }
  return items;
}

/** Neither a watch nor a canary is left. */
const untilNobodyListens = (at: TestSandbox = sandbox) =>
  eventually(() =>
    at.truth().connections.some(({ clientId }) => clientId.startsWith('evict-')) ? undefined : true,
  );

describe('the live source', () => {
  it('listens, and yields the next connection of the client as it was received', async () => {
    const identity = await anIdentity(sandbox);
    const devices: AsyncDisposable[] = [];
    const items = await all(await aSource(), 'pump-1', {
      onListening: () => devices.push(aDevice(sandbox, { identity, clientId: 'pump-1' })),
    });
    const event = await sandbox.untilEvent(({ clientId }) => clientId === 'pump-1');
    expect(items).toEqual([
      { kind: 'listening' },
      { kind: 'event', found: { event, raw: event, source: 'live' } },
    ]);
    expect(event).toMatchObject({ eventType: 'connected', principalIdentifier: identity.certificateId });
    await untilNobodyListens();
    for (const device of devices) await device[Symbol.asyncDispose]();
  });

  it('passes over other clients, and the end of the client’s present session', async () => {
    const identity = await anIdentity(sandbox);
    const present = aDevice(sandbox, { identity, clientId: 'a/b/c/d/e' });
    expect(await present.outcome).toBe('connected');
    const stop = new AbortController();
    const reading = all(await aSource(), 'a/b/c/d/e', {
      signal: stop.signal,
      onListening: () => void others().then(() => stop.abort()),
    });
    const others = async () => {
      await using other = aDevice(sandbox, { identity, clientId: 'a/b/c/d/f' });
      await other.outcome;
      await present.client.endAsync();
      await sandbox.untilEvent(
        ({ clientId, eventType }) => clientId === 'a/b/c/d/e' && eventType === 'disconnected',
      );
    };
    await expect(reading).rejects.toMatchObject({ code: 'timed-out' });
    await untilNobodyListens();
  });

  it.each(['#', 'a/+/b', 'core#2'])(
    'says at once that of "%s" nothing could ever be heard',
    async (clientId) => {
      await expect(all(await aSource(), clientId)).rejects.toMatchObject({
        code: 'bad-option',
        source: 'operator',
        message: expect.stringContaining(clientId),
      });
    },
  );

  it('says that it was cut, instead of that nobody came', async () => {
    const other = await aSandbox();
    const reading = all(await aSource(other), 'pump-2', {
      onListening: () => void other[Symbol.asyncDispose](),
    });
    await expect(reading).rejects.toMatchObject({ code: 'connection-lost' });
  });

  it('does not say that it listens where it hears nothing', async () => {
    const deaf = await aSandbox({ faults: [{ fault: 'event-delay', ms: 5_000 }] });
    const items: SourceItem[] = [];
    const source = await aSource(deaf, { timeoutMs: 500 });
    const reading = (async () => {
      for await (const item of source.read({ for: 'client', clientId: 'pump-3' }, soon())) items.push(item);
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'timed-out',
      message: '--events live would hear nothing: nothing was heard in time',
      hint: expect.stringContaining('iot:Receive'),
    });
    expect(items).toEqual([]);
    await untilNobodyListens(deaf);
    await deaf[Symbol.asyncDispose]();
  });

  it('says that the broker cannot be reached', async () => {
    const url = `mqtts://127.0.0.1:${await aClosedPort()}`;
    await expect(all(await aSource(sandbox, { url }), 'pump-4')).rejects.toMatchObject({
      code: 'broker-unreachable',
    });
  });
});
