import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { whyNoClientId } from '../../src/domain/client-id.ts';
import { anyText } from './any-text.ts';

describe('a client ID', () => {
  it.each([
    'x',
    'x'.repeat(128),
    'ü'.repeat(64),
    'я'.repeat(64),
    '温'.repeat(42),
    '🌡'.repeat(32),
    '#',
    'thing#2',
    'a+b',
    'a/b/c/d/e/f/g/h/i',
    '--help',
    'with space',
    '\u001B[31m',
    'a$',
  ])('may be odd: %j', (clientId) => {
    expect(whyNoClientId(clientId)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['x'.repeat(129), '129 bytes'],
    [`${'ü'.repeat(64)}x`, '129 bytes'],
    ['я'.repeat(65), '130 bytes'],
    ['温'.repeat(43), '129 bytes'],
    ['🌡'.repeat(33), '132 bytes'],
    ['$aws', '"$"'],
    ['$', '"$"'],
    ['a\0b', 'U+0000'],
    ['a\uD800', 'well-formed'],
    ['\uDC00a', 'well-formed'],
  ])('cannot be %j: it says %s', (clientId, why) => {
    expect(whyNoClientId(clientId)).toContain(why);
  });

  it('is measured in bytes of UTF-8, as the broker measures it', () => {
    fc.assert(
      fc.property(anyText({ minLength: 1, maxLength: 140 }), (text) => {
        fc.pre(text.isWellFormed() && !text.startsWith('$') && !text.includes('\0'));
        expect(whyNoClientId(text) === undefined).toBe(Buffer.byteLength(text) <= 128);
      }),
      { numRuns: 500 },
    );
  });
});
