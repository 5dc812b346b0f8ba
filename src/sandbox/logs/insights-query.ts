import { type Condition, readCondition, type Row } from './insights-condition.ts';
import { readStats } from './insights-stats.ts';
import { QueryProblem, Tokens, tokensOf } from './insights-tokens.ts';
import type { LogEvent } from './log-groups.ts';

export type { Row } from './insights-condition.ts';

/** A command of a query: what it makes of the rows of the one before it. */
type Command = (rows: readonly Row[]) => readonly Row[];

type Query = { readonly run: (events: readonly LogEvent[]) => readonly Row[] };

/** What Logs Insights gives if no limit is asked for. */
const USUAL_LIMIT = 10_000;

/**
 * Reads a query in a subset of the language of Logs Insights: `fields`, `filter`, `sort`, `stats` and `limit`. What it does not
 * know it names, rather than passing over it. (CloudWatch Logs user guide, "Logs Insights language query syntax")
 */
export function readQuery(text: string): Query | { readonly problem: string } {
  const found = tokensOf(text);
  if (found === undefined) return { problem: `the sandbox cannot evaluate the query ${text}` };
  const tokens = new Tokens(found);
  const commands: Command[] = [];
  let shown: readonly string[] | undefined;
  try {
    do {
      const name = tokens.take('word');
      if (name === 'fields') shown = [...(shown ?? []), ...readFields(tokens, commands)];
      else commands.push(readCommand(name, tokens));
      if (name === 'stats') shown = undefined;
    } while (tokens.skip('|'));
    if (!tokens.isAtEnd) throw new QueryProblem('there is something after its end');
  } catch (error) {
    if (!(error instanceof QueryProblem)) throw error;
    return { problem: `the sandbox cannot evaluate the query ${text}: ${error.message}` };
  }
  const run = (rows: readonly Row[]) => commands.reduce((left, command) => command(left), rows);
  return {
    run: (events) =>
      run(events.map(rowOf))
        .slice(0, USUAL_LIMIT)
        .map((row) => only(row, shown)),
  };
}

function readCommand(name: string, tokens: Tokens): Command {
  switch (name) {
    case 'filter':
      return filtering(readCondition(tokens));
    case 'sort':
      return readSort(tokens);
    case 'stats':
      return readStats(tokens);
    case 'limit':
      return limiting(Number(tokens.take('word')));
    default:
      throw new QueryProblem(`there is no command ${name}`);
  }
}

function filtering(condition: Condition): Command {
  return (rows) => rows.filter(condition);
}

function limiting(most: number): Command {
  if (!Number.isInteger(most) || most < 1) throw new QueryProblem('a limit is a number');
  return (rows) => rows.slice(0, most);
}

/** `fields a, coalesce(b, c) as d`: what is shown, and what is made. */
function readFields(tokens: Tokens, commands: Command[]): string[] {
  return tokens.listOf(() => {
    const field = tokens.take('word');
    if (field !== 'coalesce') return field;
    tokens.expect('(');
    const candidates = tokens.listOf(() => tokens.take('word'));
    tokens.expect(')');
    tokens.expect('as');
    const name = tokens.take('word');
    commands.push((rows) => rows.map((row) => withFirstOf(candidates, name, row)));
    return name;
  });
}

function withFirstOf(candidates: readonly string[], name: string, row: Row): Row {
  const value = candidates.map((one) => row.get(one)).find((one) => one !== undefined);
  return value === undefined ? row : new Map([...row, [name, value]]);
}

function readSort(tokens: Tokens): Command {
  const field = tokens.take('word');
  const sign = tokens.skip('desc') ? -1 : (tokens.skip('asc'), 1);
  return (rows) => rows.toSorted((one, two) => sign * compare(one.get(field) ?? '', two.get(field) ?? ''));
}

function compare(one: string, two: string): number {
  return one < two ? -1 : one > two ? 1 : 0;
}

/** The fields that Logs Insights finds in an event of JSON, and those that it adds. */
function rowOf({ eventId, timestamp, message }: LogEvent): Row {
  const time = new Date(timestamp).toISOString().replace('T', ' ').replace('Z', '');
  return new Map([...discovered(message), ['@timestamp', time], ['@message', message], ['@ptr', eventId]]);
}

function discovered(message: string): [string, string][] {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]: [string, unknown]): [string, string][] =>
    typeof member === 'object' ? [] : [[name, typeof member === 'string' ? member : JSON.stringify(member)]],
  );
}

/** Of an event what was asked for, and its pointer; of statistics all. */
function only(row: Row, shown: readonly string[] | undefined): Row {
  if (shown === undefined) return row;
  return new Map([...row].filter(([field]) => field === '@ptr' || shown.includes(field)));
}
