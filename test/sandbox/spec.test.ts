import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The sandbox's spec, beside the titles of the tests here: neither may have what the other has not. */
const here = fileURLToPath(new URL('.', import.meta.url));
const spec = readFileSync(fileURLToPath(new URL('../../src/sandbox/sandbox.md', import.meta.url)), 'utf8');

type Clause = { readonly number: string; readonly text: string; readonly ground: string };

/** `| 3.1.1 | clause | ground |` */
const clauses: Clause[] = spec.split('\n').flatMap((line) => {
  const [, number, text, ground] = /^\| (\d+\.\d+(?:\.\d+)?) +\| (.+?) +\| (.+?) +\|$/u.exec(line) ?? [];
  return number === undefined ? [] : [{ number, text: text ?? '', ground: ground ?? '' }];
});

/** Numbers at the beginning of a title; `$` and backslashes aside, a title is a plain literal in the source. */
const tested = new Set(
  readdirSync(here)
    .filter((name) => name.endsWith('.test.ts') && name !== 'spec.test.ts')
    .flatMap((name) => [...readFileSync(here + name, 'utf8').matchAll(/['"`](\d+\.\d+(?:\.\d+)?) [^'"`]/gu)])
    .map(([, number]) => number ?? ''),
);

describe('sandbox.md', () => {
  it('has clauses, each once', () => {
    expect(clauses.length).toBeGreaterThan(150);
    const numbers = clauses.map(({ number }) => number);
    expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
  });

  it('has a test named after each clause', () => {
    expect(clauses.map(({ number }) => number).filter((number) => !tested.has(number))).toEqual([]);
  });

  it('has a clause for whatever a test is named after', () => {
    const known = new Set(clauses.map(({ number }) => number));
    const numbered = [...tested].filter((number) => number.split('.').length === 3);
    expect(numbered.filter((number) => !known.has(number)).toSorted()).toEqual([]);
  });

  it('marks the ground of each: documented, seen, assumed, or the sandbox’s own', () => {
    const unmarked = clauses.filter(({ ground }) => !/\b(?:documented|seen|assumed|own)\b/u.test(ground));
    expect(unmarked.map(({ number }) => number)).toEqual([]);
  });
});
