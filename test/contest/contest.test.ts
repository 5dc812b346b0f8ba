import { expect, it } from '@jest/globals';
import { contest } from './contest.ts';
import { INTRUDERS } from './intruders/intruders.ts';
import { faultsFound } from './table.ts';

// `npm run contest` is the long form. The same draws each time: what is left to chance is the real time.
const SHORT = { seed: 'short', count: INTRUDERS.length, abreast: 6 };
const LONGEST_MS = 240_000;

it(
  'every kind of intruder is evicted, or told of truthfully, in whatever weather, and nothing is left open',
  async () => {
    const outcome = await contest(SHORT);
    expect(faultsFound(outcome)).toEqual([]);
    const kinds = outcome.reports.map(({ intruder }) => intruder).toSorted();
    expect(kinds).toEqual(INTRUDERS.map(({ name }) => name).toSorted());
    const evicted = outcome.reports.filter(({ verdict }) => verdict === 'evicted');
    expect(evicted.length).toBeGreaterThan(INTRUDERS.length / 3);
  },
  LONGEST_MS,
);
