import * as z from 'zod';
import { matchesFilter } from '../broker/topic-filter.ts';
import { iamArn, ruleArn } from '../identity/account.ts';
import type { TopicRule } from '../registry/registry.ts';
import { answer, epochSeconds, refusal, type Answer } from './answer.ts';
import { flag } from './flag.ts';
import { page, pageSizeUpTo, pageToken } from './paging.ts';
import { route, type RestContext, type Route } from './route.ts';

const listing = z.object({
  query: z.object({
    topic: z.string().optional(),
    maxResults: pageSizeUpTo(10_000),
    nextToken: pageToken,
    ruleDisabled: flag,
  }),
});
const naming = z.object({
  path: z.object({ ruleName: z.string().max(128).regex(/^\w+$/u, 'not a name that a rule can have') }),
});

/** ListTopicRules and GetTopicRule (SDK). A rule comes with the sandbox, and none is made or changed here. */
export const ruleRoutes: readonly Route[] = [
  route('ListTopicRules', 'GET /rules', { input: listing, handle: listRules }),
  route('GetTopicRule', 'GET /rules/{ruleName}', {
    input: naming,
    resources: ({ path }) => [ruleArn(path.ruleName)],
    handle: getRule,
  }),
];

function listRules({ query }: z.output<typeof listing>, { registry }: RestContext): Answer {
  const { topic, maxResults: size, nextToken: from, ruleDisabled } = query;
  const fitting = [...registry.rules.values()].filter(
    ({ filter }) => !ruleDisabled && (topic === undefined || matchesFilter(filter, topic)),
  );
  const { items, next } = page(fitting, { size, from });
  return answer({ rules: items.map(listed), nextToken: next });
}

function listed({ name, filter, createdAt }: TopicRule) {
  return {
    ruleArn: ruleArn(name),
    ruleName: name,
    topicPattern: filter,
    createdAt: epochSeconds(createdAt),
    ruleDisabled: false,
  };
}

/** Of a rule that is not there, AWS says what it says of one that is another's. */
function getRule({ path }: z.output<typeof naming>, { registry }: RestContext): Answer {
  const rule = registry.rules.get(path.ruleName);
  if (rule === undefined)
    return refusal('UnauthorizedException', `Access to topic rule '${path.ruleName}' was denied`);
  const roleArn = iamArn(`role/${rule.name}`);
  return answer({
    ruleArn: ruleArn(rule.name),
    rule: {
      ruleName: rule.name,
      sql: rule.sql,
      createdAt: epochSeconds(rule.createdAt),
      actions: rule.tables.map((tableName) => ({ dynamoDBv2: { roleArn, putItem: { tableName } } })),
      ruleDisabled: false,
      awsIotSqlVersion: '2016-03-23',
    },
  });
}
