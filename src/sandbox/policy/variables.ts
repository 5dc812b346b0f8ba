import { valuesOf, type Scope } from './context.ts';

/** A stretch of a policy's text: as it was written, or put in for a variable and then to be taken literally. */
type Stretch = { readonly text: string; readonly literal: boolean };

/** Splitting at it leaves what was written at even places and the insides of `${…}` at odd ones. */
const VARIABLE = /\$\{([^{}]*)\}/u;

/** `${*}`, `${?}` and `${$}` stand for these characters (IAM User Guide, Special characters). */
const ESCAPED = new Set(['*', '?', '$']);

/**
 * Puts the values of a request in for the variables of a text. Undefined when one has no value: such a text is equal to nothing
 * and like nothing (IAM User Guide, Policy variables with no value).
 */
export function substitute(text: string, scope: Scope): readonly Stretch[] | undefined {
  if (!scope.substitutes) return [{ text, literal: false }];
  const stretches = text
    .split(VARIABLE)
    .map((part, place) => (isInside(place) ? stretchOf(part, scope) : { text: part, literal: false }));
  const known = stretches.filter((stretch) => stretch !== undefined);
  return known.length === stretches.length ? known : undefined;
}

/** The text with its variables put in, for a comparison that knows no wildcards. */
export function filled(text: string, scope: Scope): string | undefined {
  return substitute(text, scope)
    ?.map((stretch) => stretch.text)
    .join('');
}

/** Whether every `${` of a text opens a variable that can be read: what looks like one and is none would match nothing, silently. */
export function hasReadableVariables(text: string): boolean {
  return text
    .split(VARIABLE)
    .every((part, place) =>
      isInside(place) ? ESCAPED.has(part) || referenceOf(part) !== undefined : !part.includes('${'),
    );
}

function isInside(place: number): boolean {
  return place % 2 === 1;
}

function stretchOf(inside: string, scope: Scope): Stretch | undefined {
  if (ESCAPED.has(inside)) return { text: inside, literal: true };
  const reference = referenceOf(inside);
  const text = reference && valueOf(reference, scope);
  if (text === undefined) scope.missing.add(reference?.key ?? inside);
  return text === undefined ? undefined : { text, literal: true };
}

type Reference = { readonly key: string; readonly fallback: string | undefined };

/** Reads `key` or `key, 'default'`. */
function referenceOf(inside: string): Reference | undefined {
  const comma = inside.indexOf(',');
  const key = (comma === -1 ? inside : inside.slice(0, comma)).trim();
  const rest = comma === -1 ? undefined : inside.slice(comma + 1).trim();
  if (key === '' || (rest !== undefined && !isQuoted(rest))) return undefined;
  return { key, fallback: rest?.slice(1, -1) };
}

function isQuoted(text: string): boolean {
  return text.length >= 2 && text.startsWith("'") && text.endsWith("'");
}

/** A key with several values cannot be a variable (IAM User Guide, Single-valued vs. multivalued context keys). */
function valueOf({ key, fallback }: Reference, { context }: Scope): string | undefined {
  const values = valuesOf(context, key);
  if (values.length === 0) return fallback;
  return values.length === 1 ? values[0] : undefined;
}
