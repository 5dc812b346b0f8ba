/**
 * The functions and operators that the sandbox evaluates, as AWS documents them ("AWS IoT SQL reference"). `undefined` is
 * AWS's Undefined, and a value that does not fit makes one. Where AWS is silent, the stricter reading: see `sandbox.md`.
 */
export type Apply = (values: readonly unknown[]) => unknown;

/** How AWS recognises a number in a string ("Data types", conversions). */
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE]-?\d+)?$/u;

type SqlFunction = { readonly operands: number | 'any'; readonly apply: Apply };

export const FUNCTIONS: ReadonlyMap<string, SqlFunction> = new Map<string, SqlFunction>([
  ['concat', { operands: 'any', apply: concat }],
  ['floor', { operands: 1, apply: ([value]) => numeric(value, Math.floor) }],
  ['nanvl', { operands: 2, apply: ([value, otherwise]) => (isNothing(value) ? otherwise : value) }],
]);

export const OPERATORS: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ['+', add],
  ['*', ([left, right]) => arithmetic(left, right, (a, b) => a * b)],
  ['/', ([left, right]) => arithmetic(left, right, divide)],
]);

/** A value as text; a whole number in standard notation, never as `1e+21`. */
export function toText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value).toString();
  return JSON.stringify(value);
}

/** An array among the parts makes the whole an array; without a string among them it is nothing. */
function concat(parts: readonly unknown[]): unknown {
  if (parts.length === 1) return parts[0];
  if (parts.some((part) => Array.isArray(part))) return parts.flat();
  if (!parts.some((part) => typeof part === 'string')) return undefined;
  return joined(parts);
}

/** The parts' texts in one; nothing as soon as one part is. */
function joined(parts: readonly unknown[]): string | undefined {
  const texts = parts.map(toText);
  return texts.includes(undefined) ? undefined : texts.join('');
}

function add([left, right]: readonly unknown[]): unknown {
  if (typeof left === 'string' || typeof right === 'string') return joined([left, right]);
  return arithmetic(left, right, (a, b) => a + b);
}

/** Of two whole numbers a whole number. */
function divide(left: number, right: number): number {
  const quotient = left / right;
  return Number.isInteger(left) && Number.isInteger(right) ? Math.floor(quotient) : quotient;
}

function arithmetic(left: unknown, right: unknown, of: (a: number, b: number) => number): number | undefined {
  return numeric(left, (a) => numeric(right, (b) => of(a, b)));
}

function numeric(value: unknown, of: (number: number) => number | undefined): number | undefined {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
  const result = typeof number === 'number' ? of(number) : undefined;
  return Number.isFinite(result) ? result : undefined;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || Number.isNaN(value);
}
