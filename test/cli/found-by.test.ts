import { expect, it } from '@jest/globals';
import { foundBy } from '../../src/cli/render/found-by.ts';

it.each([
  ['kick', undefined, 'told by the kick'],
  ['operator', undefined, 'named by --principal'],
  ['thing', undefined, 'a candidate: a principal of its thing'],
  ['journal', 7, 'found in journal:7'],
  ['file:/kick', 1, 'found in file:/kick:1'],
])('a sighting from %s, line %s, was %s', (source, line, said) => {
  expect(foundBy(source, line)).toBe(said);
});
