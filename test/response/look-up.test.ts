import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { systemClock } from '../../src/cli/system.ts';
import { EvictError } from '../../src/domain/errors.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import type { EventSource, SourceItem } from '../../src/domain/source-ports.ts';
import { Incident } from '../../src/response/incident.ts';
import { lookUp, readHistory } from '../../src/response/look-up.ts';
import type { EvictionRequest } from '../../src/domain/request.ts';
import { INTRUDER, STRANGER, aConnectedEvent, found as foundIn } from '../domain/an-event.ts';
import { aRequest } from '../domain/an-incident.ts';

const never = new AbortController().signal;
const found = (source: string): SourceItem => {
  const event = aConnectedEvent();
  return { kind: 'event', found: { event, raw: event, source } };
};

/** A source that does as it is told, and remembers whether it was left. */
function aSource(name: string, items: (signal: AbortSignal) => AsyncIterable<SourceItem>, waits?: true) {
  const seen = { closed: false };
  const source: EventSource = {
    name,
    ...(waits === undefined ? {} : { waits }),
    async *read(_search, signal) {
      try {
        yield* items(signal);
      } finally {
        seen.closed = true;
      }
    },
  };
  return { source, seen };
}

/** Yields the items, and then waits for what never comes. */
const waiting = (name: string, items: readonly SourceItem[]) =>
  aSource(
    name,
    async function* wait(signal) {
      yield* items;
      if (!signal.aborted) await once(signal, 'abort');
      throw new Error('stopped');
    },
    true,
  );

const file = (name: string, items: readonly SourceItem[] = [found(name)]) =>
  aSource(name, async function* read() {
    yield* items;
  });

const broken = aSource('file:broken', () => {
  throw new EvictError('file-unreadable', 'no such file', { hint: 'check it' });
}).source;

async function history(
  sources: readonly EventSource[],
  { signal = never, ...request }: Partial<EvictionRequest> & { readonly signal?: AbortSignal } = {},
) {
  const entries: IncidentEntry[] = [];
  const incident = new Incident((entry) => void entries.push(entry));
  const reading = readHistory(
    aRequest({ lookupTimeoutMs: 60_000, ...request }),
    { sources, clock: systemClock },
    incident,
    signal,
  );
  return { events: await reading, entries };
}

describe('reading the sources', () => {
  it('a source that listens and hears nothing ends quietly when the look-up is over', async () => {
    const live = waiting('live', [{ kind: 'listening' }]);
    const { events, entries } = await history([live.source], { lookupTimeoutMs: 50 });
    expect(events).toEqual([]);
    expect(entries).toEqual([
      { kind: 'waiting', source: 'live', startedAt: expect.any(Number), until: expect.any(Number) },
      {
        kind: 'sources-read',
        passedOver: [{ source: 'live', notPresence: 0, malformed: 0, waitedMs: expect.any(Number) }],
        near: [],
      },
    ]);
    expect(live.seen.closed).toBe(true);
  });

  it('one that never came to listen has not looked: that is no answer', async () => {
    const live = waiting('live', []);
    await expect(history([live.source], { lookupTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'timed-out',
      message: expect.stringContaining('live'),
    });
  });

  it('a file that takes too long is an error as ever', async () => {
    const slow = aSource('file:slow', async function* read(signal) {
      yield found('file:slow');
      if (!signal.aborted) await once(signal, 'abort');
    });
    await expect(history([slow.source], { lookupTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'timed-out',
    });
  });

  it('files are read while another source waits, wherever it stands', async () => {
    const live = waiting('live', [{ kind: 'listening' }]);
    const sources = [live.source, file('file:a').source, file('file:b').source];
    const { events, entries } = await history(sources, { lookupTimeoutMs: 200 });
    expect(events.map(({ source }) => source)).toEqual(['file:a', 'file:b']);
    const read = entries.find(({ kind }) => kind === 'sources-read');
    expect(read).toMatchObject({
      passedOver: [{ source: 'live' }, { source: 'file:a' }, { source: 'file:b' }],
    });
  });

  it('what a waiting source hears is taken, and it is not said to have waited in vain', async () => {
    const live = aSource(
      'live',
      async function* hear() {
        yield { kind: 'listening' };
        yield found('live');
      },
      true,
    );
    const { events, entries } = await history([file('file:a').source, live.source]);
    expect(events.map(({ source }) => source)).toEqual(['file:a', 'live']);
    expect(JSON.stringify(entries)).not.toContain('waitedMs');
  });

  it('that one cannot be read is said, and does not end the waiting for another', async () => {
    const live = aSource(
      'live',
      async function* hear() {
        yield { kind: 'listening' };
        yield found('live');
      },
      true,
    );
    const { events, entries } = await history([broken, live.source]);
    expect(events.map(({ source }) => source)).toEqual(['live']);
    expect(entries[0]).toMatchObject({
      kind: 'warned',
      warning: { code: 'source-failed', message: expect.stringContaining('file:broken') },
    });
  });

  it('nobody is said not to be found in sources that could not be read, or not to their end', async () => {
    const empty = file('file:empty', []);
    await expect(history([empty.source, broken])).rejects.toMatchObject({ code: 'file-unreadable' });
    const slow = aSource('file:slow', async function* read(signal) {
      yield found('file:slow');
      if (!signal.aborted) await once(signal, 'abort');
    });
    const told = await history([slow.source, file('file:a').source], { lookupTimeoutMs: 50 });
    expect(told.events.map(({ source }) => source)).toEqual(['file:slow', 'file:a']);
    expect(told.entries[0]).toMatchObject({ kind: 'warned', warning: { code: 'source-failed' } });
  });

  it('where the principal is named, sources that nobody has named need not be readable', async () => {
    const byDefault = { ...broken, byDefault: true } as const;
    await expect(history([byDefault])).rejects.toMatchObject({ code: 'file-unreadable' });
    const principal = INTRUDER;
    await expect(history([broken], { principal })).rejects.toMatchObject({ code: 'file-unreadable' });
    expect((await history([byDefault], { principal })).events).toEqual([]);
  });

  it('what a source leads to is read, too, while the others are', async () => {
    const reached = new AbortController();
    const lead = aSource('table', async function* read() {
      reached.abort();
      yield found('table');
    });
    const slow = aSource('file:slow', async function* read() {
      if (!reached.signal.aborted) await once(reached.signal, 'abort');
      yield found('file:slow');
    });
    const leading = file('rules', [{ kind: 'leads-to', source: lead.source }]);
    const { events, entries } = await history([slow.source, leading.source]);
    expect(events.map(({ source }) => source)).toEqual(['file:slow', 'table']);
    expect(entries).toMatchObject([
      {
        passedOver: [
          { source: 'file:slow', events: 1 },
          { source: 'rules', ledTo: ['table'] },
          { source: 'table', events: 1 },
        ],
      },
    ]);
  });

  it('a signal ends the waiting, and is no answer', async () => {
    const live = waiting('live', [{ kind: 'listening' }]);
    const stop = new AbortController();
    const reading = history([live.source], { signal: stop.signal });
    stop.abort(new Error('interrupted'));
    await expect(reading).rejects.toThrow();
    expect(live.seen.closed).toBe(true);
  });
});

describe('the sighting', () => {
  it('is not of an event that is dated in the future, which is warned of once', async () => {
    const entries: IncidentEntry[] = [];
    const incident = new Incident((entry) => void entries.push(entry));
    const future = aConnectedEvent({ timestamp: 8e15, principalIdentifier: STRANGER, versionNumber: 97 });
    const seen = [foundIn(future), foundIn(aConnectedEvent())];
    for (let times = 0; times < 2; times += 1) {
      const sighting = await lookUp(aRequest(), seen, { clock: systemClock, incident });
      expect(sighting?.principal.identifier).toBe(INTRUDER);
      expect(sighting?.others).toMatchObject([{ principal: { identifier: STRANGER } }]);
    }
    const warned = entries.filter(({ kind }) => kind === 'warned');
    expect(warned).toMatchObject([{ warning: { code: 'future-event' } }]);
  });
});
