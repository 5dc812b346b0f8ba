import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/cli/system.ts';
import type { PresenceChannel } from '../../src/domain/ports.ts';
import { Incident } from '../../src/response/incident.ts';
import { startWatch } from '../../src/response/watch.ts';
import { aPlan, aRequest } from '../domain/an-incident.ts';
import { recordsInMemory } from './a-thread.ts';

/** A channel that remembers whom it was to watch, and whether its watch was closed again. */
function aChannel() {
  const seen: { clientIds: readonly string[]; closed: boolean } = { clientIds: [], closed: false };
  const presence: PresenceChannel = {
    open: ({ clientIds }) => {
      seen.clientIds = clientIds;
      return Promise.resolve({
        watcherId: 'evict-watch-test',
        mqttVersion: 4,
        prove: () => Promise.resolve({ delayMs: 1, principalIdentifier: 'ours' }),
        [Symbol.asyncDispose]: () => {
          seen.closed = true;
          return Promise.resolve();
        },
      });
    },
  };
  return { presence, seen };
}

const never = new AbortController().signal;

describe('the watch', () => {
  it('is closed again when the record of it cannot be written', async () => {
    const { presence, seen } = aChannel();
    const incident = new Incident(() => undefined);
    await incident.keepIn(recordsInMemory({ fullFrom: 0 }).records);
    const watching = startWatch(
      aRequest(),
      aPlan(),
      { ports: { presence, clock: systemClock }, incident },
      never,
    );
    await expect(watching).rejects.toMatchObject({ code: 'record-unwritable' });
    expect(seen.closed).toBe(true);
  });

  it('leaves out neighbours whose names MQTT does not allow, and is never of more than its subscriptions hold', async () => {
    const { presence, seen } = aChannel();
    const names = ['nul\0', '$aws', 'core#2', ...Array.from({ length: 40 }, (_, index) => `pump-${index}`)];
    const neighbours = names.map((clientId) => ({ clientId, state: 'connected' as const, last: 0 }));
    const ports = { presence, clock: systemClock };
    const plan = aPlan({ neighbours });
    await startWatch(aRequest(), plan, { ports, incident: new Incident(() => undefined) }, never);
    expect(seen.clientIds).not.toContain('nul\0');
    expect(seen.clientIds).not.toContain('$aws');
    expect(seen.clientIds).not.toContain('core#2');
    expect(seen.clientIds.slice(0, 2)).toEqual([plan.clientId, 'pump-0']);
    expect(seen.clientIds.length * 3).toBeLessThanOrEqual(50);
  });
});
