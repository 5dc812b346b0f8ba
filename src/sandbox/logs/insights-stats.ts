import type { Row } from './insights-condition.ts';
import { QueryProblem, type Tokens } from './insights-tokens.ts';

/** What is told of a group of rows, which is never empty. */
type Statistic = (rows: readonly Row[]) => string | undefined;

/** Reads `stats max(a) as b, … by c, …`. */
export function readStats(tokens: Tokens): (rows: readonly Row[]) => Row[] {
  const statistics = tokens.listOf(() => readStatistic(tokens));
  const keys = tokens.skip('by') ? tokens.listOf(() => tokens.take('word')) : [];
  return (rows) =>
    groupsOf(rows, keys).map((members) => {
      const named = keys.map((key) => [key, members[0]?.get(key)] as const);
      const told = statistics.map(({ name, of }) => [name, of(members)] as const);
      return new Map([...named, ...told].filter(isKnown));
    });
}

function readStatistic(tokens: Tokens): { readonly name: string; readonly of: Statistic } {
  const kind = tokens.take('word');
  tokens.expect('(');
  const of = statisticOf(kind, tokens.take('word'));
  tokens.expect(')');
  tokens.expect('as');
  return { name: tokens.take('word'), of };
}

function statisticOf(kind: string, field: string): Statistic {
  const valuesIn = (rows: readonly Row[]) => rows.flatMap((row) => row.get(field) ?? []).toSorted();
  switch (kind) {
    case 'min':
      return (rows) => numeric(field, valuesIn(rows)[0]);
    case 'max':
      return (rows) => numeric(field, valuesIn(rows).at(-1));
    case 'count_distinct':
      return (rows) => String(new Set(valuesIn(rows)).size);
    case 'latest':
      return (rows) => newestFirst(rows)[0]?.get(field);
    default:
      throw new QueryProblem(`there is no statistic ${kind}`);
  }
}

/** A time is a number of milliseconds once it was calculated with (seen). */
function numeric(field: string, value: string | undefined): string | undefined {
  if (field !== '@timestamp' || value === undefined) return value;
  return String(Date.parse(`${value.replace(' ', 'T')}Z`));
}

function newestFirst(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, two) =>
    (one.get('@timestamp') ?? '') < (two.get('@timestamp') ?? '') ? 1 : -1,
  );
}

function groupsOf(rows: readonly Row[], keys: readonly string[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(keys.map((one) => row.get(one) ?? null));
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [row]);
    else members.push(row);
  }
  return [...groups.values()];
}

function isKnown(entry: readonly [string, string | undefined]): entry is readonly [string, string] {
  return entry[1] !== undefined;
}
