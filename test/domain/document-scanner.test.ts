import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DocumentScanner } from '../../src/domain/document-scanner.ts';
import type { JsonDocument } from '../../src/domain/json-document.ts';

/** Feeds a text in chunks of the given sizes, over and over, with one buffer, as a reader of files does. */
function scanned(text: string | Uint8Array, sizes: readonly number[] = [1_000_000]): JsonDocument[] {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const scanner = new DocumentScanner();
  const found: JsonDocument[] = [];
  const buffer = Buffer.alloc(Math.max(...sizes)); // whose slices are no copies
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const chunk = bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1));
    buffer.set(chunk);
    found.push(...scanner.feed(buffer.subarray(0, chunk.length)));
    at += chunk.length;
  }
  return [...found, ...scanner.end()];
}

const valuesIn = (documents: readonly JsonDocument[]) => documents.map(({ value }) => value);

function idsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const members: [string, unknown][] = Object.entries(value);
  return members.flatMap(([key, member]) => (key === 'id' ? [member] : idsIn(member)));
}

/** Objects with all that could mislead: brackets, quotes, escapes and line ends in strings. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', '\n', ',', 'é', '\u2028') }),
);
const documents = fc.array(
  fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(fc.dictionary(text, text), { maxLength: 2 }))),
  { maxLength: 6 },
);
const chunks = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });

const FORMS: Readonly<Record<string, (all: readonly unknown[]) => string>> = {
  'JSON lines': (all) => all.map((one) => `${JSON.stringify(one)}\n`).join(''),
  'lines with Windows ends': (all) => all.map((one) => `${JSON.stringify(one)}\r\n`).join(''),
  'documents without anything between them': (all) => all.map((one) => JSON.stringify(one)).join(''),
  'pretty-printed documents': (all) => all.map((one) => JSON.stringify(one, undefined, 2)).join('\n'),
  'an array': (all) => JSON.stringify(all),
  'a pretty-printed array': (all) => JSON.stringify(all, undefined, 4),
  'an array that was cut off': (all) => `[\n${all.map((one) => `${JSON.stringify(one)},\n`).join('')}`,
  'lines behind a timestamp': (all) =>
    all.map((one) => `2023-12-14T15:06:31.861Z ${JSON.stringify(one)}\n`).join(''),
  'lines of aws logs tail': (all) =>
    all.map((one) => `2023-12-14T15:06:31.861000+00:00 a1-b2_0 ${JSON.stringify(one)}\n`).join(''),
  'lines of aws logs filter-log-events as text': (all) =>
    all.map((one) => `EVENTS\t3754\t1702566391861\ts/1\t${JSON.stringify(one)}\t1702566391861\n`).join(''),
  'an array of texts': (all) => JSON.stringify(all.map((one) => JSON.stringify(one))),
  'an array with other values': (all) => JSON.stringify([null, 1.5, ...all]),
  'a byte order mark and lines': (all) => `\uFEFF${all.map((one) => JSON.stringify(one)).join('\n')}`,
  'record separators (RFC 7464)': (all) => all.map((one) => `\u001E${JSON.stringify(one)}\n`).join(''),
};

describe('the documents in a stream of bytes', () => {
  it.each(Object.entries(FORMS))('are found in %s, however it is cut into chunks', (_, form) => {
    fc.assert(
      fc.property(documents, chunks, (all, sizes) => {
        const values = valuesIn(scanned(form(all), sizes));
        const read = values.map((value): unknown => (typeof value === 'string' ? JSON.parse(value) : value));
        expect(read).toEqual(JSON.parse(JSON.stringify(all)));
      }),
      { numRuns: 200 },
    );
  });

  it('have the line on which each begins, whatever the chunks', () => {
    const lines = ['{"a":1}', '', '{', '"b": 2', '}{"c":3}', 'text', '  {"d":"\\n"}'].join('\n');
    const told = [
      { line: 1, value: { a: 1 } },
      { line: 3, value: { b: 2 } },
      { line: 5, value: { c: 3 } },
      { line: 6, value: undefined },
      { line: 7, value: { d: '\n' } },
    ];
    fc.assert(fc.property(chunks, (sizes) => expect(scanned(lines, sizes)).toEqual(told)));
  });

  it.each([
    ['a topic', 'TOPICNAME:{"id":1}'],
    ['words behind a time', '2023-12-14 15:06:31.861 TRACEID:x [INFO] {"id":1}'],
    ['a document', '{"id":0} TOPICNAME:{"id":1}'],
    ['what is broken', '{"topic":{a},{"id":1}'],
    ['an array that begins in the middle of text', 'text ["{\\"id\\":1}"]'],
  ])('are none behind %s on the same line', (_, line) => {
    expect(idsIn(valuesIn(scanned(`${line}\n{"id":2}\n`)))).toEqual(
      line.startsWith('{"id":0}') ? [0, 2] : [2],
    );
  });

  it('on lines of their own are found, however broken the lines between them are', () => {
    const broken = fc.constantFrom(
      '{"a":1,',
      '{"a":',
      '{"a":"cut of',
      '{"a":["b",',
      '{"a":{',
      '{"a" 1}',
      '{a:1}',
      '}',
      '{"a":1}}',
      '{"a":[1}',
      'text { more',
      '"a string"',
      '{"\\',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(broken, fc.nat()), { maxLength: 5 }), chunks, (lines, sizes) => {
        const whole = lines.map(([before, id]) => `${before}\n${JSON.stringify({ id })}\n`).join('');
        // A line may end what was left open before: then its document is a member of that one.
        const ids = valuesIn(scanned(whole, sizes)).flatMap(idsIn);
        expect(ids).toEqual(expect.arrayContaining(lines.map(([, id]) => id)));
      }),
      { numRuns: 500 },
    );
  });

  it('are members of what is too large for a document: a wrapper around all of them', () => {
    const items = Array.from({ length: 60_000 }, (_, id) => ({ id, pad: 'x'.repeat(300) }));
    const values = valuesIn(scanned(JSON.stringify({ Count: items.length, Items: items }, undefined, 1)));
    expect(values.filter((value) => value !== undefined)).toEqual(items);
  });

  it('are not looked for in a line without an end: it is skipped, and what follows is found', () => {
    const long = new TextEncoder().encode(`${'{"a":"'.padEnd(40_000_000, 'x')}\n{"b":1}\n`);
    expect(valuesIn(scanned(long)).at(-1)).toEqual({ b: 1 });
  });

  it('are no documents where they are not UTF-8', () => {
    const bytes = Uint8Array.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}\n{"b":1}\n')]);
    expect(scanned(bytes)).toEqual([
      { line: 1, value: undefined },
      { line: 2, value: { b: 1 } },
    ]);
  });

  it('are found behind a line that was cut off in the middle of a character', () => {
    const bytes = Uint8Array.from([
      ...Buffer.from('{"a":"'),
      0xe2,
      0x82,
      ...Buffer.from('\n{"b":"\u20ac"}\n'),
    ]);
    expect(scanned(bytes)).toEqual([
      { line: 1, value: undefined },
      { line: 2, value: { b: '\u20ac' } },
    ]);
  });

  it.each([
    ['brackets', '['.repeat(1_000_000)],
    ['nested objects', '{"a":'.repeat(300_000)],
    ['nested arrays of numbers', '[1,'.repeat(400_000)],
  ])('cannot be hidden behind endless %s', (_, junk) => {
    expect(valuesIn(scanned(`${junk}\n{"b":1}\n`, [65_536])).at(-1)).toEqual({ b: 1 });
  });

  it('are read only where their bytes matter, and the others keep their lines', () => {
    const text = '{"id":1}\n{"id":2,\n "x":"{"}\n{"id":3}{"id":1}\n';
    const scanner = new DocumentScanner((bytes) => Buffer.from(bytes).includes('"id":1'));
    expect([...scanner.feed(Buffer.from(text)), ...scanner.end()]).toEqual([
      { line: 1, value: { id: 1 } },
      { line: 4, value: { id: 1 } },
    ]);
  });
});
