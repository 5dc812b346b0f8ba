import type { Expression, Select } from './sql.ts';

/** By name. A map, as the names may come from somebody hostile, and `__proto__` is a name like any other. */
export type Fields = ReadonlyMap<string, unknown>;

/** What the SELECT makes of a message. What is Undefined is left out, and a later column replaces one of its name. */
export function evaluate({ columns }: Select, message: Fields): Fields {
  const item = new Map<string, unknown>();
  for (const column of columns) {
    const made: Fields =
      column.kind === 'everything' ? message : new Map([[column.name, valueOf(column.expression, message)]]);
    for (const [name, value] of made) if (value !== undefined) item.set(name, value);
  }
  return item;
}

function valueOf(expression: Expression, message: Fields): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'field':
      return message.get(expression.name);
    case 'call':
      return expression.apply(expression.operands.map((operand) => valueOf(operand, message)));
  }
}
