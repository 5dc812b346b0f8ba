import { describe, expect, it } from '@jest/globals';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import { systemClock } from '../../src/cli/system.ts';
import { Incident } from '../../src/response/incident.ts';
import { recordsInMemory } from './a-thread.ts';

const warned = (code: string): IncidentEntry => ({ kind: 'warned', warning: { code, message: code } });
const lost: IncidentEntry = { kind: 'gap', reason: 'cut', noticedAt: 0 };

describe('the incident', () => {
  it('keeps what was recorded before it had a place, in order', async () => {
    const { kept, records } = recordsInMemory();
    await using incident = new Incident(() => undefined);
    await incident.record(warned('one'));
    incident.note(warned('two'));
    await incident.keepIn(records);
    await incident.record(warned('three'));
    expect(kept).toEqual([warned('one'), warned('two'), warned('three')]);
    expect(incident.place).toEqual({ file: 'memory', hash: '3' });
  });

  it('shows, learns and keeps the same entries', async () => {
    const shown: IncidentEntry[] = [];
    const { kept, records } = recordsInMemory();
    await using incident = new Incident((entry) => void shown.push(entry));
    await incident.keepIn(records);
    await incident.record(warned('one'));
    incident.note(lost);
    await incident.record(warned('two'));
    expect(shown).toEqual(kept);
    expect(incident.facts.gaps).toHaveLength(1);
    expect(incident.facts.warnings.map(({ code }) => code)).toEqual(['one', 'two']);
  });

  it('tells at the next record that something noted could not be written', async () => {
    const { records } = recordsInMemory({ fullFrom: 0 });
    await using incident = new Incident(() => undefined);
    await incident.keepIn(records);
    incident.note(lost);
    await expect(incident.record(warned('one'))).rejects.toMatchObject({ code: 'record-unwritable' });
    await expect(incident.record(warned('two'))).rejects.toMatchObject({ code: 'record-unwritable' });
  });

  it('ends with its verdict even where the end cannot be written, and warns', async () => {
    const { records } = recordsInMemory({ fullFrom: 1 });
    await using incident = new Incident(() => undefined);
    await incident.keepIn(records);
    await incident.record(warned('one'));
    await incident.end({ kind: 'ended', verdict: 'evicted', contained: 'yes', endedAt: 0 });
    expect(incident.facts.ended?.verdict).toBe('evicted');
    expect(incident.facts.warnings.at(-1)?.code).toBe('record-unwritable');
  });

  it('wakes whoever waits at the next entry, and no later than asked', async () => {
    await using incident = new Incident(() => undefined);
    const long = incident.changed(60_000, systemClock, AbortSignal.timeout(60_000));
    incident.note(lost);
    await long;
    await incident.changed(5, systemClock, AbortSignal.timeout(60_000));
  });

  it('lets nobody wait on when the signal aborts', async () => {
    await using incident = new Incident(() => undefined);
    const stop = new AbortController();
    const waiting = incident.changed(60_000, systemClock, stop.signal);
    stop.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
  });
});
