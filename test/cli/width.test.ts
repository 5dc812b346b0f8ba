import { describe, expect, it } from '@jest/globals';
import { assert, integer, property, string } from 'fast-check';
import { fitted, widest } from '../../src/cli/render/width.ts';

describe('a text that must fit', () => {
  it.each([
    ['pump-17', 7, 'pump-17'],
    ['pump-17', 6, 'pump…'],
    ['泵泵泵', 6, '泵泵泵'],
    ['泵泵泵', 5, '泵…'],
    ['🦠🦠', 3, '…'],
    ['été', 3, 'été'],
  ])('"%s" in %d columns is "%s"', (text, columns, expected) => {
    expect(fitted(text, columns)).toBe(expected);
  });

  it('is never wider than its columns, and is cut only if it must be', () => {
    assert(
      property(string({ unit: 'binary' }), integer({ min: 2, max: 80 }), (text, columns) => {
        const cut = fitted(text, columns);
        expect(widest(cut)).toBeLessThanOrEqual(columns);
        expect(cut === text).toBe(widest(text) <= columns);
      }),
    );
  });
});
