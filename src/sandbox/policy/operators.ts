import type { Scope } from './context.ts';
import { arnMatches, matches, patternWithVariables } from './match.ts';
import { blockOf, booleanOf, contains, momentOf, numberOf } from './values.ts';
import { filled } from './variables.ts';

/** Compares the value that a policy names with the one that a request has. */
type Comparison = {
  readonly compare: (expected: string, actual: string, scope: Scope) => boolean;
  /** Whether the policy's value can be compared at all: what cannot is refused with its document. */
  readonly accepts: (expected: string) => boolean;
};

/** A condition operator: a comparison, or that none of the policy's values compares so. */
export type Operator = Comparison & { readonly negated: boolean };

const anyText = (): boolean => true;

const equals: Comparison = {
  accepts: anyText,
  compare: (expected, actual, scope) => filled(expected, scope) === actual,
};
const equalsIgnoreCase: Comparison = {
  accepts: anyText,
  compare: (expected, actual, scope) => filled(expected, scope)?.toLowerCase() === actual.toLowerCase(),
};
const like: Comparison = {
  accepts: anyText,
  compare(expected, actual, scope) {
    const pattern = patternWithVariables(expected, scope);
    return pattern !== undefined && matches(pattern, actual);
  },
};
/** ArnEquals and ArnLike are the same (IAM User Guide, ARN condition operators). */
const arn: Comparison = {
  accepts: anyText,
  compare(expected, actual, scope) {
    const pattern = patternWithVariables(expected, scope);
    return pattern !== undefined && arnMatches(pattern, actual);
  },
};
const bool: Comparison = {
  accepts: (expected) => booleanOf(expected) !== undefined,
  compare: (expected, actual) => booleanOf(expected) === booleanOf(actual),
};
const ipAddress: Comparison = {
  accepts: (expected) => blockOf(expected) !== undefined,
  compare(expected, actual) {
    const block = blockOf(expected);
    return block !== undefined && contains(block, actual);
  },
};

type Reader = (text: string) => number | undefined;
type Relation = (actual: number, expected: number) => boolean;

function ordered(read: Reader, relation: Relation): Comparison {
  return {
    accepts: (expected) => read(expected) !== undefined,
    compare(expected, actual) {
      const [left, right] = [read(actual), read(expected)];
      return left !== undefined && right !== undefined && relation(left, right);
    },
  };
}

type Named = readonly [name: string, operator: Operator];

const positive = (name: string, comparison: Comparison): Named => [name, { ...comparison, negated: false }];
const negative = (name: string, comparison: Comparison): Named => [name, { ...comparison, negated: true }];

function orderedOperators(family: string, read: Reader): readonly Named[] {
  const same = ordered(read, (actual, expected) => actual === expected);
  return [
    positive(`${family}Equals`, same),
    negative(`${family}NotEquals`, same),
    positive(
      `${family}LessThan`,
      ordered(read, (actual, expected) => actual < expected),
    ),
    positive(
      `${family}LessThanEquals`,
      ordered(read, (actual, expected) => actual <= expected),
    ),
    positive(
      `${family}GreaterThan`,
      ordered(read, (actual, expected) => actual > expected),
    ),
    positive(
      `${family}GreaterThanEquals`,
      ordered(read, (actual, expected) => actual >= expected),
    ),
  ];
}

/** The operators by name, all of IAM's but BinaryEquals and Null, which compares nothing. */
export const operators: ReadonlyMap<string, Operator> = new Map([
  positive('StringEquals', equals),
  negative('StringNotEquals', equals),
  positive('StringEqualsIgnoreCase', equalsIgnoreCase),
  negative('StringNotEqualsIgnoreCase', equalsIgnoreCase),
  positive('StringLike', like),
  negative('StringNotLike', like),
  positive('ArnEquals', arn),
  positive('ArnLike', arn),
  negative('ArnNotEquals', arn),
  negative('ArnNotLike', arn),
  positive('Bool', bool),
  positive('IpAddress', ipAddress),
  negative('NotIpAddress', ipAddress),
  ...orderedOperators('Numeric', numberOf),
  ...orderedOperators('Date', momentOf),
]);
