import { type Apply, FUNCTIONS, OPERATORS, toText } from './functions.ts';
import { SandboxProblem } from '../problem.ts';
import { Tokens } from './tokens.ts';

/** What gives a value when it is evaluated. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'call'; readonly apply: Apply; readonly operands: readonly Expression[] };

type Column =
  | { readonly kind: 'everything' }
  | { readonly kind: 'column'; readonly name: string; readonly expression: Expression };

/** A rule's SQL: what it makes of a message, and of which topics. */
export type Select = { readonly columns: readonly Column[]; readonly filter: string };

/** `#` stands last and `+` alone in its level. [MQTT-4.7.1-2], [MQTT-4.7.1-3] */
const TOPIC_FILTER = /^(?:(?:\+|[^#+/]*)\/)*(?:[#+]|[^#+/]*)$/u;

/** Reads `SELECT … FROM '…'`. Refuses, by name, whatever the sandbox does not evaluate. */
export function parseSql(sql: string): Select {
  const tokens = new Tokens(sql);
  tokens.expect('SELECT');
  const columns = [column(tokens)];
  while (tokens.takeIf(',')) columns.push(column(tokens));
  tokens.expect('FROM');
  const filter = topicFilter(tokens);
  tokens.takeA('end', 'the end');
  return { columns, filter };
}

function topicFilter(tokens: Tokens): string {
  const filter = tokens.takeA('string', 'a topic filter in single quotes');
  if (filter !== '' && TOPIC_FILTER.test(filter)) return filter;
  throw new SandboxProblem(`${JSON.stringify(filter)} is no topic filter`);
}

function column(tokens: Tokens): Column {
  if (tokens.takeIf('*')) return { kind: 'everything' };
  const parsed = expression(tokens);
  if (tokens.takeIf('AS'))
    return { kind: 'column', name: tokens.takeA('word', 'a name'), expression: parsed };
  if (parsed.kind === 'field') return { kind: 'column', name: parsed.name, expression: parsed };
  throw tokens.unexpected('AS and a name'); // AWS documents no name for it
}

/** One operator at most: AWS documents no precedence, so that parentheses have to say what comes first. */
function expression(tokens: Tokens): Expression {
  const left = operand(tokens);
  const apply = OPERATORS.get(tokens.next.text);
  if (apply === undefined || tokens.next.kind !== 'sign') return left;
  tokens.take();
  const operands = [left, operand(tokens)];
  if (tokens.next.kind === 'sign' && OPERATORS.has(tokens.next.text))
    throw tokens.unexpected('parentheses that say which of two operators comes first');
  return { kind: 'call', apply, operands };
}

function operand(tokens: Tokens): Expression {
  const { kind } = tokens.next;
  if (kind === 'string') return { kind: 'literal', value: tokens.take().text };
  if (kind === 'number') return { kind: 'literal', value: Number(tokens.take().text) };
  if (tokens.takeIf('(')) return closed(tokens, expression(tokens));
  const word = tokens.takeA('word', 'a value');
  if (!tokens.takeIf('(')) return { kind: 'field', name: word };
  return word.toLowerCase() === 'cast' ? cast(tokens) : call(tokens, word);
}

function call(tokens: Tokens, word: string): Expression {
  const known = FUNCTIONS.get(word.toLowerCase());
  if (known === undefined)
    throw new SandboxProblem(
      `the sandbox does not have the SQL function ${word}(), only cast, ${[...FUNCTIONS.keys()].join(', ')}`,
    );
  const operands = [expression(tokens)];
  while (tokens.takeIf(',')) operands.push(expression(tokens));
  if (known.operands !== 'any' && known.operands !== operands.length)
    throw new SandboxProblem(`${word}() has ${operands.length} operands, not ${known.operands}`);
  return closed(tokens, { kind: 'call', apply: known.apply, operands });
}

function cast(tokens: Tokens): Expression {
  const operands = [expression(tokens)];
  tokens.expect('AS');
  tokens.expect('STRING');
  return closed(tokens, { kind: 'call', apply: ([value]) => toText(value), operands });
}

function closed(tokens: Tokens, inside: Expression): Expression {
  tokens.expect(')');
  return inside;
}
