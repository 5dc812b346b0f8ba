import { QueryProblem, type Tokens } from './insights-tokens.ts';

/** The fields of a log event by their names, each as text. */
export type Row = ReadonlyMap<string, string>;

export type Condition = (row: Row) => boolean;

/** `and` binds closer than `or`. */
export function readCondition(tokens: Tokens): Condition {
  const anyOf = [readConjunction(tokens)];
  while (tokens.skip('or')) anyOf.push(readConjunction(tokens));
  return (row) => anyOf.some((holds) => holds(row));
}

function readConjunction(tokens: Tokens): Condition {
  const allOf = [readTerm(tokens)];
  while (tokens.skip('and')) allOf.push(readTerm(tokens));
  return (row) => allOf.every((holds) => holds(row));
}

function readTerm(tokens: Tokens): Condition {
  if (tokens.skip('(')) {
    const inner = readCondition(tokens);
    tokens.expect(')');
    return inner;
  }
  const field = tokens.take('word');
  if (field !== 'ispresent') return readComparison(field, tokens);
  tokens.expect('(');
  const wanted = tokens.take('word');
  tokens.expect(')');
  return (row) => row.has(wanted);
}

/** A field that is not there has no value, and is equal to none. */
function readComparison(field: string, tokens: Tokens): Condition {
  if (tokens.skip('=')) return equals(field, [tokens.take('string')]);
  if (tokens.skip('!=')) {
    const unwanted = tokens.take('string');
    return (row) => row.get(field) !== unwanted;
  }
  if (tokens.skip('in')) {
    tokens.expect('[');
    const wanted = tokens.listOf(() => tokens.take('string'));
    tokens.expect(']');
    return equals(field, wanted);
  }
  tokens.expect('like');
  const pattern = patternOf(tokens.take('pattern'));
  return (row) => pattern.test(row.get(field) ?? '');
}

function equals(field: string, wanted: readonly string[]): Condition {
  return (row) => wanted.some((value) => row.get(field) === value);
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch {
    throw new QueryProblem(`/${text}/ is no pattern`);
  }
}
