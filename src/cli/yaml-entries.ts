import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Pair, ParsedNode, Scalar } from 'yaml';

/** What is wrong, and where. */
export type Flaw = { readonly line: number; readonly text: string };

/** One entry of a YAML mapping. */
export type Entry = { readonly name: string; readonly line: number; readonly value: EntryValue };

/** A value by what it looks like. A word is as it was written: `0123` is no number, and `no` is no falsehood yet. */
export type EntryValue =
  | { readonly kind: 'word'; readonly text: string }
  | {
      readonly kind: 'list';
      readonly items: readonly { readonly line: number; readonly value: EntryValue }[];
    }
  | { readonly kind: 'mapping' | 'alias' | 'nothing' };

/** Reads a file that must be one mapping. What comes after an error of syntax may be misread, and is left out. */
export function parseEntries(text: string): {
  readonly entries: readonly Entry[];
  readonly flaws: readonly Flaw[];
} {
  const lines = new LineCounter();
  const lineOf = (position = 0) => Math.max(1, lines.linePos(position).line);
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const flaws = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    line: lineOf(pos[0]),
    text: message,
  }));
  const { contents } = document;
  if (contents === null || isNothing(contents)) return { entries: [], flaws };
  if (!isMap(contents)) {
    const line = lineOf(contents.range[0]);
    return {
      entries: [],
      flaws: [...flaws, { line, text: 'it must be a mapping of option names to values' }],
    };
  }
  const firstError = document.errors.reduce((first, { pos }) => Math.min(first, pos[0]), Infinity);
  const sound = contents.items.filter((pair) => endOf(pair) <= firstError);
  return { entries: sound.map((pair) => entryOf(pair, lineOf)), flaws };
}

type LineOf = (position?: number) => number;
type ParsedPair = Pair<ParsedNode, ParsedNode | null>;

function entryOf({ key, value }: ParsedPair, lineOf: LineOf): Entry {
  const name = isScalar(key) ? wordOf(key) : '';
  return { name, line: lineOf(key.range[0]), value: valueOf(value, lineOf) };
}

function endOf({ key, value }: ParsedPair): number {
  return (value ?? key).range[1];
}

function valueOf(node: ParsedNode | null, lineOf: LineOf): EntryValue {
  if (node === null || isNothing(node)) return { kind: 'nothing' };
  if (isAlias(node)) return { kind: 'alias' };
  if (isMap(node)) return { kind: 'mapping' };
  if (!isSeq(node)) return { kind: 'word', text: wordOf(node) };
  const items = node.items.map((item) => ({ line: lineOf(item.range?.[0]), value: valueOf(item, lineOf) }));
  return { kind: 'list', items };
}

function isNothing(node: ParsedNode): boolean {
  return isScalar(node) && node.value === null;
}

function wordOf({ value, source }: Scalar): string {
  return typeof value === 'string' ? value : (source ?? String(value));
}
