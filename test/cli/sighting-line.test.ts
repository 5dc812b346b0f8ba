import { describe, expect, it } from '@jest/globals';
import type { ConnectionReading } from '../../src/domain/connection-reading.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import { progressLine } from '../../src/cli/render/progress.ts';
import { aSighting } from '../domain/an-incident.ts';

const plain = { paint: (_: unknown, text: string) => text };
const DAY = 24 * 3_600_000;
const seen = (ageMs: number, ended = false) => aSighting({ timestamp: Date.now() - ageMs, ended });
const sighted = (ageMs: number, ended = false) =>
  progressLine({ kind: 'sighted', sighting: seen(ageMs, ended) }, plain);

describe('the line of a sighting', () => {
  it('has no tick where no connection can be that old, or the event is of the future', () => {
    expect(sighted(3 * DAY)).toMatch(/^✓ look up .*connected, seen 3 days ago/u);
    expect(sighted(40 * DAY)).toMatch(/^! look up .*connected, seen 40 days ago/u);
    expect(sighted(40 * DAY, true)).toMatch(/^✓ look up .*ended, seen 40 days ago/u);
    expect(sighted(-3 * DAY)).toMatch(/^! look up .*seen at a time 3 days in the future/u);
  });
});

describe('the line of what GetConnection says', () => {
  const line = (reading: ConnectionReading, sighting = seen(3 * DAY)) => {
    const entry: IncidentEntry = {
      kind: 'connection-read',
      when: 'before',
      reading,
      unheardOf: false,
      readAt: Date.now(),
    };
    return progressLine(entry, plain, sighting);
  };

  it('has a tick only where it says the same as the sighting', () => {
    expect(line({ connected: true, connectedSince: Date.now() - 3 * DAY })).toMatch(/^✓ connection/u);
    expect(line({ connected: true, connectedSince: Date.now() - 100_000 })).toMatch(/^! connection/u);
    expect(line({ connected: false })).toMatch(/^! connection/u);
    expect(line({ connected: false }, seen(3 * DAY, true))).toMatch(/^✓ connection/u);
  });
});
