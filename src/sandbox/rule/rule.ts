import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { matchesFilter } from '../broker/topic-filter.ts';
import { makeDirectory } from '../directory.ts';
import { type Lines, type OnFailure, openLines } from '../lines.ts';
import type { EventSink } from '../presence/delivery.ts';
import type { TopicRule } from '../registry/registry.ts';
import { evaluate, type Fields } from './evaluate.ts';
import { parseSql } from './sql.ts';
import { type Key, readTemplate, type Table } from './template.ts';

/** The template itself, not its path, and the sandbox's directory. */
type RuleOptions = {
  readonly template: string;
  readonly directory: string;
  readonly onFailure: OnFailure;
};

/** An IoT rule whose tables are files. */
export type Rule = Disposable & {
  readonly append: EventSink;
  /** What the API tells of it. */
  readonly definition: Omit<TopicRule, 'createdAt'>;
};

/** DynamoDB's limits on keys, in bytes of UTF-8 ("Constraints in Amazon DynamoDB"). */
const MOST_BYTES = { HASH: 2048, RANGE: 1024 };

/**
 * Opens the rule of a CloudFormation template. Below the directory, `rule/<table>.jsonl` gets a line for each item put, so
 * that a duplicate makes a second line with the same key, and `rule/errors.jsonl` what the rule's error action would get.
 * Throws a `SandboxProblem` where the template or its SQL needs what the sandbox cannot do.
 */
export async function openRule({ template, directory, onFailure }: RuleOptions): Promise<Rule> {
  const { ruleName, sql, tables } = readTemplate(template);
  const select = parseSql(sql);
  const home = join(directory, 'rule');
  await rm(home, { recursive: true, force: true }); // also what the tables of another template have left there
  await makeDirectory(home);
  const open = (name: string) => openLines(join(home, `${name}.jsonl`), onFailure);
  const errors = open('errors');
  const targets = tables.map((table) => ({ table, lines: open(table.logicalId) }));
  const append: EventSink = (event, topic) => {
    if (!matchesFilter(select.filter, topic)) return;
    const item = evaluate(select, new Map(Object.entries(event)));
    const failures = targets.flatMap((target) => put(target, item));
    const base64OriginalPayload = Buffer.from(JSON.stringify(event)).toString('base64');
    if (failures.length > 0) errors.write({ ruleName, topic, base64OriginalPayload, failures });
  };
  const close = () => [errors, ...targets.map(({ lines }) => lines)].forEach((one) => one[Symbol.dispose]());
  const definition = {
    name: ruleName,
    sql,
    filter: select.filter,
    tables: tables.map(({ logicalId }) => logicalId),
  };
  return { append, definition, [Symbol.dispose]: close };
}

type Target = { readonly table: Table; readonly lines: Lines };

/** As in the message to an error action ("Error handling"): one for all actions that failed on an event. */
type Failure = {
  readonly failedAction: 'DynamoDBv2Action';
  readonly failedResource: string;
  readonly errorMessage: string;
};

function put({ table, lines }: Target, item: Fields): Failure[] {
  const problems = table.keys.flatMap((key) => keyProblem(key, item.get(key.attribute)) ?? []);
  if (problems.length === 0) lines.write(Object.fromEntries(item));
  return problems.map((errorMessage) => ({
    failedAction: 'DynamoDBv2Action',
    failedResource: table.logicalId,
    errorMessage,
  }));
}

function keyProblem({ attribute, kind }: Key, value: unknown): string | undefined {
  if (value === undefined) return `the item has no key "${attribute}"`;
  if (typeof value !== 'string') return `the key "${attribute}" is no string`;
  if (value === '') return `the key "${attribute}" is empty`;
  const bytes = Buffer.byteLength(value);
  if (bytes <= MOST_BYTES[kind]) return undefined;
  return `the key "${attribute}" has ${bytes} bytes, more than ${MOST_BYTES[kind]}`;
}
