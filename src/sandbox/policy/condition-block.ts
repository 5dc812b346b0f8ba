import * as z from 'zod';
import { testNamed, type Condition } from './conditions.ts';
import { anyNumber, mapOf } from './shapes.ts';

const value = z.union([z.string(), z.boolean(), z.number()], {
  error: 'expected a string, boolean or number',
});

/** A `Condition` element: operator -> key -> values. All lines must be met, so they become one list. */
export const conditionBlock = mapOf(mapOf(anyNumber(value))).transform((written, context): Condition[] => {
  const lines = [...written].flatMap(([operator, keys]) =>
    [...keys].map(([key, values]) => ({ operator, key, values: values.map(String) })),
  );
  for (const message of [...unknownOperators(written.keys()), ...lines.flatMap(oddValues)]) {
    context.addIssue({ code: 'custom', message });
  }
  return lines.flatMap(({ operator, key, values }) => {
    const test = testNamed(operator);
    return test === undefined ? [] : [{ test, key, values }];
  });
});

/** Also those without a line under them: a document that asks for something unknown is not understood. */
function unknownOperators(names: Iterable<string>): string[] {
  return [...names]
    .filter((name) => testNamed(name) === undefined)
    .map((name) => `the condition operator ${JSON.stringify(name)} is not evaluated here`);
}

type Line = { readonly operator: string; readonly values: readonly string[] };

function oddValues({ operator, values }: Line): string[] {
  const test = testNamed(operator);
  return values
    .filter((text) => test !== undefined && !test.accepts(text))
    .map((text) => `${operator} cannot be tested against ${JSON.stringify(text)}`);
}
