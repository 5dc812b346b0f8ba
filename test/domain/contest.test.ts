import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { factsOf } from '../../src/domain/facts.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import type { SessionEvent } from '../../src/domain/presence-event.ts';
import { conclude } from '../../src/domain/verdict.ts';
import { judge } from '../../src/domain/verification.ts';
import { aContest, play, someSteps, tell } from './a-contest.ts';
import { INTRUDER } from './an-event.ts';
import { ENDED_AT, HEARD_AT, held, kicked, observed } from './an-incident.ts';

/** Verdicts that say that nobody is there any more. */
const GONE = new Set(['evicted', 'not-connected', 'kicked']);

describe('a response against a broker on which others contend, and whose events are late, doubled, shuffled or lost', () => {
  it('never says that the client is gone while anybody but the responder has the client ID', () => {
    fc.assert(
      fc.property(aContest(fc.constantFrom(1_000, 3_000, 10_000)), (contest) => {
        const { conclusion, holder } = play(contest);
        if (GONE.has(conclusion.verdict)) expect(holder).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it('never says so without a hold, either', () => {
    fc.assert(
      fc.property(aContest(fc.constant(0)), (contest) => {
        const { conclusion, holder } = play(contest);
        if (GONE.has(conclusion.verdict)) expect(holder).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it('ends in every way that the model has, so that the properties above are not empty', () => {
    const contests = fc.sample(aContest(fc.constantFrom(0, 1_000, 10_000)), { numRuns: 150, seed: 1 });
    const ends = new Set(contests.map((contest) => play(contest).conclusion.verdict));
    expect([...ends].toSorted()).toEqual(['evicted', 'not-connected', 'returned', 'unverified']);
  });

  it('never says so after kicks by API, either, where nobody holds the client ID', () => {
    fc.assert(
      fc.property(aContest(fc.constantFrom(1_000, 3_000, 10_000), 'api'), (contest) => {
        const { conclusion, holder } = play(contest);
        if (GONE.has(conclusion.verdict)) expect(holder).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('ends in every way after kicks by API, too', () => {
    const contests = fc.sample(aContest(fc.constantFrom(0, 1_000, 10_000), 'api'), { numRuns: 150, seed: 1 });
    const ends = new Set(contests.map((contest) => play(contest).conclusion.verdict));
    expect([...ends].toSorted()).toEqual(['evicted', 'not-connected', 'returned', 'unverified']);
  });

  it('is contained, and says so, however it ends', () => {
    fc.assert(
      fc.property(aContest(fc.constantFrom(0, 1_000)), (contest) => {
        expect(play(contest).conclusion.contained).toBe('yes');
      }),
    );
  });
});

describe('the judgement of a kick whose events all arrived', () => {
  /** Each event once, twice or three times, in any order. */
  function delivered(events: readonly SessionEvent[], shuffle: readonly number[]): IncidentEntry[] {
    const copies = events.flatMap((event, index) =>
      Array.from({ length: 1 + ((shuffle[index] ?? 0) % 3) }, () => event),
    );
    return copies
      .map((event, index) => ({ event, rank: shuffle[(index * 7 + 3) % shuffle.length] ?? index }))
      .toSorted((one, two) => one.rank - two.rank)
      .map(({ event }, index) => observed(event, HEARD_AT + index));
  }

  const shuffles = fc.array(fc.nat(), { minLength: 23, maxLength: 23 });

  it('is proved, or that nobody was there, only if nobody else has the client ID', () => {
    fc.assert(
      fc.property(someSteps, someSteps, shuffles, (before, after, shuffle) => {
        const { events, holder } = tell(before, after);
        const { kind } = judge(factsOf([...kicked(), ...delivered(events, shuffle)]), ENDED_AT);
        if (holder !== undefined) expect(['still-open', 'somebody-else']).toContain(kind);
      }),
    );
  });

  it('is proved if the contained principal was displaced, and nobody came after', () => {
    fc.assert(
      fc.property(someSteps, shuffles, (before, shuffle) => {
        const { events, displaced } = tell(before, []);
        const { kind } = judge(factsOf([...kicked(), ...delivered(events, shuffle)]), ENDED_AT);
        expect(kind === 'proved').toBe(displaced[0] === INTRUDER);
        expect(kind === 'somebody-else').toBe(displaced.length > 0 && displaced[0] !== INTRUDER);
      }),
    );
  });

  it('does not depend on the order of delivery, nor on how often an event came', () => {
    fc.assert(
      fc.property(someSteps, someSteps, shuffles, shuffles, (before, after, one, other) => {
        const { events } = tell(before, after);
        const [first, second] = [one, other].map((shuffle) => {
          const facts = factsOf([...kicked(), ...delivered(events, shuffle), held()]);
          const judgement = judge(facts, ENDED_AT);
          const by = judgement.kind === 'proved' ? judgement.proof.by : undefined;
          const { verdict, cause } = conclude(facts, ENDED_AT, undefined);
          return { kind: judgement.kind, by, verdict, code: cause?.code };
        });
        expect(first).toEqual(second);
      }),
      { numRuns: 300 },
    );
  });
});
