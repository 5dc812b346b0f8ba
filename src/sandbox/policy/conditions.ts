import { valuesOf, type Scope } from './context.ts';
import { operators, type Operator } from './operators.ts';
import { booleanOf } from './values.ts';

/** A condition operator as a document names it, with qualifier and suffix. */
type Test = {
  /** Whether the policy's value can be tested against at all. */
  readonly accepts: (expected: string) => boolean;
  readonly holds: (expected: readonly string[], actual: readonly string[], scope: Scope) => boolean;
};

/** One line of a `Condition` block. A block may name a key twice, in two capitalizations: hence no map. */
export type Condition = { readonly test: Test; readonly key: string; readonly values: readonly string[] };

const NAME = /^(?:(?<set>ForAllValues|ForAnyValue):)?(?<operator>\w+?)(?<ifExists>IfExists)?$/u;

/** Reads `ForAllValues:StringLikeIfExists`. Undefined for what is not evaluated here. */
export function testNamed(name: string): Test | undefined {
  if (name === 'Null') return isNull;
  const { set, operator: base = '', ifExists } = NAME.exec(name)?.groups ?? {};
  const operator = operators.get(base);
  if (operator === undefined) return undefined;
  if (set === 'ForAllValues') return forAllValues(operator);
  if (set === 'ForAnyValue') return forAnyValue(operator);
  return forOneValue(operator, ifExists !== undefined);
}

/** Whether a condition is met. All of a statement's must be. */
export function isMet(condition: Condition, scope: Scope): boolean {
  return condition.test.holds(condition.values, valuesOf(scope.context, condition.key), scope);
}

/** `true` wants the key absent and `false` wants it there; an empty value is none (IAM User Guide, Null). */
const isNull: Test = {
  accepts: (expected) => booleanOf(expected) !== undefined,
  holds: (expected, actual) =>
    expected.some((value) => booleanOf(value) === (withoutEmpty(actual).length === 0)),
};

/**
 * Without a qualifier a key has one value. When it has none, a negated operator holds and another does not, but with `IfExists`.
 * When it has several, a qualifier is required (IAM User Guide), so that nothing holds.
 */
function forOneValue(operator: Operator, ifExists: boolean): Test {
  return {
    accepts: operator.accepts,
    holds(expected, actual, scope) {
      const [value, ...more] = actual;
      if (value === undefined) return operator.negated || ifExists;
      return more.length === 0 && agrees(operator, expected, { value, scope });
    },
  };
}

/** Holds for a key without a value, `IfExists` or not (IAM User Guide, Set operators). */
function forAllValues(operator: Operator): Test {
  return {
    accepts: operator.accepts,
    holds: (expected, actual, scope) =>
      withoutEmpty(actual).every((value) => agrees(operator, expected, { value, scope })),
  };
}

/** Does not hold for a key without a value, `IfExists` or not, nor when the operator is negated. */
function forAnyValue(operator: Operator): Test {
  return {
    accepts: operator.accepts,
    holds: (expected, actual, scope) =>
      withoutEmpty(actual).some((value) => agrees(operator, expected, { value, scope })),
  };
}

type Actual = { readonly value: string; readonly scope: Scope };

/** The policy's values are alternatives; of a negated operator none may compare (IAM User Guide, NOR). */
function agrees(operator: Operator, expected: readonly string[], { value, scope }: Actual): boolean {
  return operator.negated !== expected.some((candidate) => operator.compare(candidate, value, scope));
}

/** An empty string is an empty set of values (IAM User Guide, Multivalued context key examples). */
function withoutEmpty(values: readonly string[]): readonly string[] {
  return values.filter((value) => value !== '');
}
