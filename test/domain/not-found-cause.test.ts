import { describe, expect, it } from '@jest/globals';
import { factsOf } from '../../src/domain/facts.ts';
import type { EntryOf, IncidentEntry } from '../../src/domain/incident.ts';
import { notFound } from '../../src/domain/not-found-cause.ts';
import { opened } from './an-incident.ts';

type Read = EntryOf<'sources-read'>['passedOver'][number];
const nothing = { notPresence: 0, malformed: 0 };
const message = (read: Read) =>
  notFound(factsOf([opened(), { kind: 'sources-read', passedOver: [read], near: [] }])).message;

describe('a source in which nobody was found', () => {
  it.each<[string, Read, string]>([
    ['a table', { source: 'dynamodb:t', ...nothing }, 'in dynamodb:t'],
    ['a file of others', { source: 'file:a', ...nothing, told: 2 }, 'in file:a'],
    [
      'an empty file',
      { source: 'file:a', ...nothing },
      'in file:a (no "connected" or "disconnected" event of anybody in what was read of it)',
    ],
    [
      'a file of other things',
      { source: 'stdin', notPresence: 3, malformed: 1 },
      'in what was read of it; passed over: 3 not presence events, 1 malformed)',
    ],
    [
      'a CSV',
      { source: 'file:a.csv', notPresence: 0, malformed: 7 },
      'nothing that was read of it is JSON (7 malformed): export the events as JSON, not as CSV or text)',
    ],
    [
      'a journal with a gap',
      { source: 'journal', ...nothing, since: 0, flaws: ['journal: evict watch is not running'] },
      'in journal (kept since 1970-01-01T00:00:00.000Z; evict watch is not running)',
    ],
  ])('is told with what its silence is worth: %s', (_, read, words) => {
    expect(message(read).endsWith(words)).toBe(true);
  });
});

describe('what to do where nobody was found', () => {
  const connected = (near: string[]): IncidentEntry[] => [
    opened(),
    { kind: 'sources-read', passedOver: [{ source: 'file:a', ...nothing }], near },
    { kind: 'connection-read', when: 'before', readAt: 1, unheardOf: false, reading: { connected: true } },
  ];

  it('names the clients that are near, also where this one is connected', () => {
    expect(notFound(factsOf(connected([]))).hint).not.toContain('did you mean');
    expect(notFound(factsOf(connected(['Pump-17']))).hint).toMatch(
      /identify-by-kick.*did you mean "Pump-17"\?/u,
    );
  });
});
