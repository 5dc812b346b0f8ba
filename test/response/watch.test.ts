import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/cli/system.ts';
import { EvictError } from '../../src/domain/errors.ts';
import { factsOf } from '../../src/domain/facts.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import type { PresenceChannel } from '../../src/domain/broker-ports.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { Incident } from '../../src/response/incident.ts';
import { startWatch, untilHearing } from '../../src/response/watch.ts';
import { aPlan, aRequest, doneChange, intendedChange, planned, takeover } from '../domain/an-incident.ts';
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

/** A channel whose watches are cut one after the other, and which can refuse to open another. */
function aCutChannel({ refused = 0 } = {}) {
  const watches: { cut: () => void; closed: boolean }[] = [];
  let left = refused;
  const presence: PresenceChannel = {
    open: ({ onGap }) => {
      if (watches.length > 0 && left > 0) {
        left -= 1;
        return Promise.reject(new EvictError('broker-unreachable', 'no way', { hint: 'wait' }));
      }
      const watch = { cut: () => onGap('the cable was pulled'), closed: false };
      watches.push(watch);
      return Promise.resolve({
        watcherId: `evict-watch-${watches.length}`,
        mqttVersion: 4,
        prove: () => Promise.resolve({ delayMs: 1, principalIdentifier: 'ours' }),
        [Symbol.asyncDispose]: () => {
          watch.closed = true;
          return Promise.resolve();
        },
      });
    },
  };
  return { presence, watches };
}

/** A clock whose pauses are over at once, and which remembers them. */
function aHastyClock() {
  const pauses: number[] = [];
  const sleep = async (ms: number) => {
    pauses.push(ms);
    await systemClock.sleep(2, never); // a millisecond, rounded, may be none
  };
  return { clock: { ...systemClock, now: () => systemClock.now(), sleep }, pauses };
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

describe('a watch that is cut', () => {
  const start = async (channel: PresenceChannel, clock: Clock) => {
    const incident = new Incident(() => undefined, factsOf(planned()));
    const ports = { presence: channel, clock };
    const watch = await startWatch(aRequest(), aPlan(), { ports, incident }, never);
    if (watch === undefined) throw new Error('it could not be opened');
    return { watch, incident, ports };
  };
  const until = async (incident: Incident, fits: () => boolean) => {
    while (!fits()) await incident.changed(5_000, systemClock, never);
  };

  it('before the kick is opened and proved anew, under another ID, and nothing is missing then', async () => {
    const { presence, watches } = aCutChannel();
    const { watch, incident, ports } = await start(presence, aHastyClock().clock);
    watches[0]?.cut();
    expect(incident.facts.gaps).toHaveLength(1);
    await untilHearing(aRequest(), { ports, incident }, never);
    expect(incident.facts).toMatchObject({ gaps: [], watching: { watcherId: 'evict-watch-2' } });
    await watch[Symbol.asyncDispose]();
    expect(watches.map(({ closed }) => closed)).toEqual([true, true]);
  });

  it('after the kick is opened anew, too, but the gap stays', async () => {
    const { presence, watches } = aCutChannel();
    const { watch, incident } = await start(presence, aHastyClock().clock);
    const entries: readonly IncidentEntry[] = [intendedChange(), doneChange(), ...takeover()];
    for (const entry of entries) await incident.record(entry);
    watches[0]?.cut();
    await until(incident, () => incident.facts.watching?.watcherId === 'evict-watch-2');
    await watch[Symbol.asyncDispose]();
    expect(incident.facts.gaps).toHaveLength(1);
  });

  it('is opened anew as often as it takes, ever more rarely, and is cut again', async () => {
    const { presence, watches } = aCutChannel({ refused: 7 });
    const { clock, pauses } = aHastyClock();
    const { watch, incident } = await start(presence, clock);
    watches[0]?.cut();
    await until(incident, () => incident.facts.gaps.length === 0);
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * 1_000));
    watches[1]?.cut();
    await until(incident, () => incident.facts.watching?.watcherId === 'evict-watch-3');
    expect(pauses.at(-1)).toBe(1_000);
    await watch[Symbol.asyncDispose]();
  });

  it('is let go of while it waits to be opened anew, and when its record cannot be written, that is told', async () => {
    const { presence, watches } = aCutChannel();
    const { watch } = await start(presence, systemClock);
    watches[0]?.cut();
    await watch[Symbol.asyncDispose](); // at once: the pause ends with it
    expect(watches).toHaveLength(1);

    const full = aCutChannel();
    const incident = new Incident(() => undefined, factsOf(planned()));
    await incident.keepIn(recordsInMemory({ fullFrom: 2 }).records);
    const ports = { presence: full.presence, clock: aHastyClock().clock };
    const unwritable = await startWatch(aRequest(), aPlan(), { ports, incident }, never);
    full.watches[0]?.cut();
    await until(incident, () => incident.facts.watching?.watcherId === 'evict-watch-2');
    await expect(unwritable?.[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'record-unwritable' });
  });
});
