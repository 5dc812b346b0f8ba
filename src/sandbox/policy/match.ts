import type { Scope } from './context.ts';
import { substitute } from './variables.ts';

/** A pattern, step by step: a UTF-16 code unit, or one of the wildcards, whose numbers no code unit has. */
type Pattern = readonly number[];

const ANY_ONE = -1;
const ANY_MANY = -2;
const WILDCARDS: ReadonlyMap<number, number> = new Map([
  ['?'.charCodeAt(0), ANY_ONE],
  ['*'.charCodeAt(0), ANY_MANY],
]);

/** Reads `*` and `?` as wildcards and everything else as itself, `+` and `#` included (IoT Developer Guide, Policy variables). */
export function patternOf(text: string): Pattern {
  return literalOf(text).map((unit) => WILDCARDS.get(unit) ?? unit);
}

/** The pattern of a text that stands for itself, wildcards and all. */
function literalOf(text: string): Pattern {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
}

/** Reads a text with variables. Their values are literal: a client that calls itself `*` is like nobody else. */
export function patternWithVariables(text: string, scope: Scope): Pattern | undefined {
  return substitute(text, scope)?.flatMap((stretch) =>
    stretch.literal ? literalOf(stretch.text) : patternOf(stretch.text),
  );
}

/**
 * Whether a pattern matches a whole text. Of all `*` only the last one met is ever tried again, with one more code unit: that is
 * enough, and takes at most the product of both lengths, whoever wrote them.
 */
export function matches(pattern: Pattern, text: string): boolean {
  let step = 0;
  let retry: { readonly step: number; readonly at: number } | undefined;
  for (let at = 0; at < text.length;) {
    if (pattern[step] === ANY_MANY) {
      step += 1;
      retry = { step, at };
    } else if (pattern[step] === ANY_ONE || pattern[step] === text.charCodeAt(at)) {
      step += 1;
      at += 1;
    } else if (retry !== undefined) {
      retry = { step: retry.step, at: retry.at + 1 };
      ({ step, at } = retry);
    } else return false;
  }
  return pattern.slice(step).every((rest) => rest === ANY_MANY);
}

const COLON = ':';
/** The components of an ARN before its last, which may have colons of its own. */
const HEAD = 5;

/**
 * Whether an ARN matches component by component, so that no wildcard reaches over one of its first five colons (IAM User Guide,
 * ARN condition operators).
 */
export function arnMatches(pattern: Pattern, arn: string): boolean {
  const wanted = componentsOf(pattern);
  const parts = arn.split(COLON);
  const actual = [...parts.slice(0, HEAD), parts.slice(HEAD).join(COLON)];
  return (
    wanted.length > HEAD &&
    parts.length > HEAD &&
    wanted.every((component, place) => matches(component, actual[place] ?? ''))
  );
}

function componentsOf(pattern: Pattern): Pattern[] {
  const components: Pattern[] = [];
  let from = 0;
  for (let colon = 0; components.length < HEAD; from = colon + 1) {
    colon = pattern.indexOf(COLON.charCodeAt(0), from);
    if (colon === -1) break;
    components.push(pattern.slice(from, colon));
  }
  return [...components, pattern.slice(from)];
}
