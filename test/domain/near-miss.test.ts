import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isOneEditApart, nearMisses } from '../../src/domain/near-miss.ts';

describe('a near miss', () => {
  it('is named with another case first, then one edit away, and nothing else', () => {
    const known = new Set([
      'pump-18',
      'PUMP-17',
      'valve-3',
      'pmup-17',
      'pump17',
      'pump-177',
      'pump-1',
      'pum-1',
    ]);
    expect(nearMisses('pump-17', known)).toEqual(['PUMP-17', 'pump-18', 'pmup-17', 'pump17', 'pump-177']);
  });

  it('is nobody where nobody is near', () => {
    expect(nearMisses('pump-17', new Set(['valve-3', '']))).toEqual([]);
    expect(nearMisses('pump-17', new Set())).toEqual([]);
  });

  it('is named five times at most', () => {
    const known = new Set(Array.from({ length: 10 }, (_, index) => `pump-1${index}`));
    expect(nearMisses('pump-1', known)).toHaveLength(5);
  });

  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });

  /** Everything that one edit makes of a word: the reference. */
  function edits(word: string): Set<string> {
    const made = new Set<string>();
    for (let at = 0; at <= word.length; at += 1) {
      const [head, tail] = [word.slice(0, at), word.slice(at)];
      made.add(head + tail.slice(1));
      made.add(head + tail.slice(1, 2) + tail.slice(0, 1) + tail.slice(2));
      for (const letter of ['a', 'b', 'c']) {
        made.add(head + letter + tail);
        made.add(head + letter + tail.slice(1));
      }
    }
    made.delete(word);
    return made;
  }

  it('is one character added, left out, replaced or swapped with its neighbour', () => {
    fc.assert(
      fc.property(letters, letters, (one, other) => {
        expect(isOneEditApart(one, other)).toBe(edits(one).has(other));
        expect(isOneEditApart(other, one)).toBe(isOneEditApart(one, other));
      }),
      { numRuns: 300 },
    );
  });
});
