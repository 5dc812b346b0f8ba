import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SearchedLines } from '../../../src/adapters/disk/searched-lines.ts';
import type { JsonDocument } from '../../../src/domain/json-document.ts';

const SPELLINGS = ['plain', 'escaped', 'partly escaped', 'spaced', 'slashes', 'nested'] as const;
type Spelling = (typeof SPELLINGS)[number];

/** JSON of an object with one of many spellings of the same text, as different writers have it. */
const spelled = (id: string, spelling: Spelling) => {
  const text = JSON.stringify(id).slice(1, -1);
  switch (spelling) {
    case 'plain':
      return `{"clientId":"${text}"}`;
    case 'escaped':
      return `{"clientId":"${Array.from({ length: id.length }, (_, at) => `\\u${id.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"}`;
    case 'spaced':
      return `  { "clientId" :\t"${text}" , "other": [ 1, 2 ] }  `;
    case 'partly escaped':
      return `{"clientId":"\\u${id.charCodeAt(0).toString(16).padStart(4, '0')}${JSON.stringify(id.slice(1)).slice(1, -1)}"}`;
    case 'nested':
      return JSON.stringify({ message: JSON.stringify({ message: JSON.stringify({ clientId: id }) }) });
    case 'slashes':
      return `{"clientId":"${text.replaceAll('/', '\\/')}"}`;
  }
};

const id = fc.oneof(
  fc.constantFrom('pump-17', 'a/b', 'ü', 'x"y', 'back\\slash', 'tab\there', '{', '\u2028', '😀'),
  fc.string({ minLength: 1, maxLength: 6 }),
);
const line = fc.tuple(id, fc.constantFrom(...SPELLINGS));

/** The client ID in a line's value, however deep. */
function clientIn(value: unknown): unknown {
  const message: unknown = Reflect.get(Object(value), 'message');
  return typeof message === 'string' ? clientIn(JSON.parse(message)) : Reflect.get(Object(value), 'clientId');
}

function searched(text: string, wanted: string, sizes: readonly number[]) {
  const lines = new SearchedLines({ text: wanted, isWhole: true });
  const bytes = Buffer.from(text);
  const found: JsonDocument[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    found.push(...lines.feed(bytes.subarray(at, at + size)));
    at += size;
  }
  return { found: [...found, ...lines.end()], fit: lines.fit };
}

const chunks = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 });

describe('a search of lines', () => {
  it('finds each line that has the text, however it is spelled, with its number, whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        id,
        chunks,
        fc.boolean(),
        (lines, wanted, sizes, ends) => {
          const text =
            lines.map(([name, spelling]) => spelled(name, spelling)).join('\n') + (ends ? '\n' : '');
          const { found, fit } = searched(text, wanted, sizes);
          const right = lines.flatMap(([name], index) => (name === wanted ? [index + 1] : []));
          const hits = found.filter(({ value }) => clientIn(value) === wanted);
          expect(fit).toBe(true);
          expect(hits.map((hit) => hit.line)).toEqual(right);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['pretty-printed documents', JSON.stringify({ clientId: 'pump-17' }, undefined, 2)],
    ['pretty-printed items of DynamoDB', '{\n  "clientId": { "S": "pump-17" },\n}\n'],
    ['pretty-printed documents with escapes', '{\n  "clientId": "pump\\u002d17"\n}\n'],
    ['one endless line', `[${'{"clientId":"pump-17"},'.repeat(100_000)}`],
    ['a broken line with the text', '{"clientId":"pump-17"\n'],
  ])('says that it cannot search %s', (_, text) => {
    expect(searched(text, 'pump-17', [65_536]).fit).toBe(false);
  });

  it('looks at no other line', () => {
    const text = '{"clientId":"pump-18"}\nnot JSON at all\n{"clientId":"pump-17"}\n';
    expect(searched(text, 'pump-17', [1_000])).toEqual({
      found: [{ line: 3, value: { clientId: 'pump-17' } }],
      fit: true,
    });
  });
});
