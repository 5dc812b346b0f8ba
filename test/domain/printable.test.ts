import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isPrintable, printable, printableJson } from '../../src/domain/printable.ts';
import { anyText } from './any-text.ts';

/** What a terminal acts on, or what hides or reorders text. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Text in which harmful characters are frequent. */
const hostileText = fc
  .array(
    fc.oneof(
      anyText({ maxLength: 3 }),
      fc.constantFrom(
        '\u001B[2J',
        '\u001B]0;title\u0007',
        '\u009B31m',
        '\u202E',
        '\u2066',
        '\u200B',
        '\u200D',
        '\uFEFF',
        '\u2028',
        '\u00AD',
        '\u007F',
        '\r\n',
        '\uD800',
        '\u{E0041}',
        '"',
        '\\',
      ),
    ),
  )
  .map((parts) => parts.join(''));

describe('text from outside, as it is shown', () => {
  it.each([
    ['an ANSI escape', '\u001B[31mred', String.raw`\u{1b}[31mred`],
    ['an OSC title', '\u001B]0;x\u0007', String.raw`\u{1b}]0;x\u{07}`],
    ['a C1 control sequence introducer', '\u009B2J', String.raw`\u{9b}2J`],
    ['a carriage return that overwrites the line', 'a\rb', String.raw`a\u{0d}b`],
    ['a new line', 'a\nb', String.raw`a\u{0a}b`],
    ['NUL and DEL', '\0\u007F', String.raw`\u{00}\u{7f}`],
    ['a bidirectional override', 'gpj.\u202Eexe', String.raw`gpj.\u{202e}exe`],
    ['a bidirectional isolate', '\u2066x\u2069', String.raw`\u{2066}x\u{2069}`],
    ['the Arabic letter mark', '\u061C', String.raw`\u{61c}`],
    ['a zero-width space', 'pump\u200B-17', String.raw`pump\u{200b}-17`],
    ['zero-width joiners', '\u200C\u200D\u2060', String.raw`\u{200c}\u{200d}\u{2060}`],
    ['a byte order mark', '\uFEFFx', String.raw`\u{feff}x`],
    ['line and paragraph separators', '\u2028\u2029', String.raw`\u{2028}\u{2029}`],
    ['an invisible tag', '\u{E0041}', String.raw`\u{e0041}`],
    ['a lone surrogate', '\uD800x', String.raw`\u{d800}x`],
  ])('escapes %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(isPrintable(text)).toBe(false);
  });

  it.each(['pump-17', 'Füllstand', '温度計', '🌡', 'a b', '"quoted" \'too\'', String.raw`back\slash`])(
    'leaves %s as it is',
    (text) => {
      expect(printable(text)).toBe(text);
      expect(isPrintable(text)).toBe(true);
    },
  );

  it('never holds anything harmful, whatever came in', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(printable(text)).not.toMatch(HARMFUL);
      }),
    );
  });
});

describe('JSON from outside, as it is shown', () => {
  const hostileValue = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      hostileText,
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(hostileText, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;

  it('is the same value to a parser, with and without indentation', () => {
    fc.assert(
      fc.property(hostileValue, fc.constantFrom(undefined, 2), (value, indent) => {
        expect(JSON.parse(printableJson(value, indent))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 300 },
    );
  });

  it('never holds anything harmful but the line breaks of its indentation', () => {
    fc.assert(
      fc.property(hostileValue, (value) => {
        expect(printableJson(value)).not.toMatch(HARMFUL);
        expect(printableJson(value, 2).replaceAll('\n', '')).not.toMatch(HARMFUL);
      }),
    );
  });

  it('escapes a character beyond the basic plane as its two units', () => {
    expect(printableJson('\u{E0041}')).toBe(String.raw`"\udb40\udc41"`);
  });
});
