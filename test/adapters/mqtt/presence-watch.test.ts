import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { presenceOn } from '../../../src/adapters/mqtt/presence-watch.ts';
import type { Arrival, WatchOrder } from '../../../src/domain/broker-ports.ts';
import { systemClock, systemRandomness } from '../../../src/cli/system.ts';
import { aSandbox, eventually } from '../../sandbox/a-sandbox.ts';
import type { TestSandbox } from '../../sandbox/a-sandbox.ts';
import { aDevice, anIdentity } from '../../sandbox/a-device.ts';

let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await aSandbox({ faults: [{ fault: 'unlimited-connects' }] });
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(5_000);

async function aWatch(clientIds: readonly string[], mqttVersion: 4 | 5 = 4, at: TestSandbox = sandbox) {
  const identity = await anIdentity(at);
  const arrivals: Arrival[] = [];
  const gaps: string[] = [];
  const order: WatchOrder = {
    clientIds,
    onEvent: (arrival) => void arrivals.push(arrival),
    onGap: (reason) => void gaps.push(reason),
  };
  const tools = { clock: systemClock, random: systemRandomness, mqttVersion };
  const watch = await presenceOn({ url: at.mqttsUrl, identity }, tools).open(order, soon());
  return { watch, arrivals, gaps, identity };
}

describe('the watch', () => {
  it('hears its canary, which shows the delay and how the responder is named', async () => {
    const { watch, identity } = await aWatch(['pump-1']);
    const seen = await watch.prove(soon());
    expect(seen.principalIdentifier).toBe(identity.certificateId);
    expect(seen.delayMs).toBeGreaterThanOrEqual(0);
    await watch[Symbol.asyncDispose]();
  });

  it('can be proved again, by a new canary session', async () => {
    const { watch } = await aWatch(['pump-1']);
    await watch.prove(soon());
    await expect(watch.prove(soon())).resolves.toMatchObject({ delayMs: expect.any(Number) });
    await watch[Symbol.asyncDispose]();
  });

  it('can be proved again within the second that AWS takes one CONNECT of each client ID in', async () => {
    await using strict = await aSandbox();
    const { watch } = await aWatch(['pump-1'], 4, strict);
    await watch.prove(soon());
    await watch.prove(soon());
    await watch[Symbol.asyncDispose]();
  });

  it('settles on MQTT 3.1.1 where the broker refuses 5, without spending a CONNECT under the client ID', async () => {
    const { watch } = await aWatch(['pump-2'], 5);
    expect(watch.mqttVersion).toBe(4);
    expect((await sandbox.events()).some(({ clientId }) => clientId === 'pump-2')).toBe(false);
    await watch[Symbol.asyncDispose]();
  });

  it.each(['pump-3', 'a/b', 'a/b/c/d', 'deep/er/than/the/topic/limit', 'with space', '\u001b[31mred'])(
    'hears the client "%s" come and go, and nobody else',
    async (clientId) => {
      const { watch, arrivals, identity } = await aWatch([clientId]);
      for (const id of ['stranger', clientId]) {
        await using device = aDevice(sandbox, { identity, clientId: id });
        expect(await device.outcome).toBe('connected');
        await device.client.endAsync();
      }
      await eventually(() => (arrivals.length >= 2 ? true : undefined));
      expect(new Set(arrivals.map(({ event }) => event.clientId))).toEqual(new Set([clientId]));
      expect(arrivals.map(({ event }) => event.eventType)).toEqual(['connected', 'disconnected']);
      await watch[Symbol.asyncDispose]();
    },
  );

  it('leaves out others that a filter with too many slashes catches, too', async () => {
    const { watch, arrivals, identity } = await aWatch(['a/b/c/d/e']);
    for (const clientId of ['a/b/c/d/f', 'a/b/c/d/e/f', 'a/b/c/d/e']) {
      await using device = aDevice(sandbox, { identity, clientId });
      expect(await device.outcome).toBe('connected');
    }
    await eventually(() => (arrivals.length >= 2 ? true : undefined));
    expect(new Set(arrivals.map(({ event }) => event.clientId))).toEqual(new Set(['a/b/c/d/e']));
    await watch[Symbol.asyncDispose]();
  });

  it('never puts a hidden client into a filter, where it would be a wildcard', async () => {
    const { watch, arrivals, identity } = await aWatch(['#', 'a/+/b']);
    await using device = aDevice(sandbox, { identity, clientId: 'somebody' });
    expect(await device.outcome).toBe('connected');
    await watch.prove(soon());
    expect(arrivals).toEqual([]);
    await watch[Symbol.asyncDispose]();
  });

  it('says so when it is cut, and does not say so when it is ended', async () => {
    const other = await aSandbox();
    const cut = await aWatch(['pump-4'], 4, other);
    const ended = await aWatch(['pump-4'], 4, other);
    await ended.watch[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await eventually(() => (cut.gaps.length > 0 ? true : undefined));
    expect(cut.gaps).toHaveLength(1);
    expect(ended.gaps).toEqual([]);
  });

  it('that hears nothing in time is not proved', async () => {
    const slow = await aSandbox({ faults: [{ fault: 'event-delay', ms: 2_000 }] });
    const { watch } = await aWatch(['pump-5'], 4, slow);
    await expect(watch.prove(AbortSignal.timeout(300))).rejects.toMatchObject({ code: 'timed-out' });
    await watch[Symbol.asyncDispose]();
    await slow[Symbol.asyncDispose]();
  });
});
