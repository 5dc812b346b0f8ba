import { parseDocument, type ScalarTag } from 'yaml';
import * as z from 'zod';
import { SandboxProblem } from '../problem.ts';

/** An attribute that every item of a table must have. */
export type Key = { readonly attribute: string; readonly kind: 'HASH' | 'RANGE' };

/** A table that the rule writes to, by its name in the template. */
export type Table = { readonly logicalId: string; readonly keys: readonly Key[] };

/** What the sandbox takes from a CloudFormation template. */
type RuleTemplate = {
  readonly ruleName: string;
  readonly sql: string;
  readonly tables: readonly Table[];
};

/** CloudFormation's short forms; their long ones are plain YAML. */
const TAGS: ScalarTag[] = ['Ref', 'Sub', 'GetAtt'].map((name) => ({
  tag: `!${name}`,
  resolve: (text) => ({ [name === 'Ref' ? name : `Fn::${name}`]: text }),
}));

const ref = z.strictObject({ Ref: z.string() });
const text = z.union([z.string(), z.strictObject({ 'Fn::Sub': z.string() })], {
  error: 'only text and !Sub',
});

/** Strict: what is not named here could change what the rule does. */
const template = z.strictObject({
  AWSTemplateFormatVersion: z.unknown().optional(),
  Description: z.unknown().optional(),
  Metadata: z.unknown().optional(),
  Outputs: z.unknown().optional(),
  Parameters: z
    .record(z.string(), z.looseObject({ Default: z.union([z.string(), z.number()]).optional() }))
    .default({}),
  Resources: z.record(z.string(), z.looseObject({ Type: z.string() })),
});

const action = z.strictObject({
  DynamoDBv2: z.strictObject({ PutItem: z.strictObject({ TableName: ref }), RoleArn: z.unknown() }),
});

const topicRule = z.strictObject({
  Type: z.literal('AWS::IoT::TopicRule'),
  DependsOn: z.unknown().optional(),
  Properties: z.strictObject({
    RuleName: z.unknown().optional(),
    Tags: z.unknown().optional(),
    TopicRulePayload: z.strictObject({
      AwsIotSqlVersion: z.literal('2016-03-23'),
      Sql: text,
      Actions: z.array(action).min(1),
      ErrorAction: z.unknown().optional(),
      Description: z.unknown().optional(),
      RuleDisabled: z.literal(false).optional(),
    }),
  }),
});

const table = z.looseObject({
  Type: z.literal('AWS::DynamoDB::Table'),
  Properties: z.looseObject({
    AttributeDefinitions: z.array(
      z.object({ AttributeName: z.string(), AttributeType: z.literal('S', { error: 'only strings (S)' }) }),
    ),
    KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) })).min(1),
  }),
});

type Template = z.infer<typeof template>;

/** Reads the one topic rule of a CloudFormation template. Refuses, by name, what the sandbox cannot do. */
export function readTemplate(yaml: string): RuleTemplate {
  const parsed = checked(template, parseYaml(yaml), []);
  const rules = Object.entries(parsed.Resources).filter(([, { Type }]) => Type === 'AWS::IoT::TopicRule');
  const [found] = rules;
  if (found === undefined || rules.length > 1)
    throw new SandboxProblem(
      `the rule template has ${rules.length} topic rules (AWS::IoT::TopicRule), not one`,
    );
  const [ruleName, resource] = found;
  const rule = checked(topicRule, resource, ['Resources', ruleName]);
  const { Sql, Actions } = rule.Properties.TopicRulePayload;
  const names = new Set(Actions.map(({ DynamoDBv2 }) => DynamoDBv2.PutItem.TableName.Ref));
  return { ruleName, sql: sqlOf(Sql, parsed), tables: [...names].map((name) => tableOf(name, parsed)) };
}

/** Aliases are refused: a few lines of them can name a billion values, and CloudFormation takes none either. */
function parseYaml(yaml: string): unknown {
  const document = parseDocument(yaml, { customTags: TAGS });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw unreadable(problem);
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return value;
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): SandboxProblem {
  const [why] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return new SandboxProblem(`the rule template cannot be read: ${why?.replace(/:$/u, '')}`, { cause });
}

/** `${Name}` is replaced by the parameter's default: nobody is there to give another value. */
function sqlOf(sql: z.infer<typeof text>, { Parameters }: Template): string {
  if (typeof sql === 'string') return sql;
  const defaults = new Map(Object.entries(Parameters).map(([name, { Default }]) => [name, Default]));
  return sql['Fn::Sub'].replaceAll(/\$\{([^}]*)\}/gu, (_, name: string) => {
    const value = defaults.get(name);
    if (value === undefined)
      throw new SandboxProblem(`!Sub names ${JSON.stringify(name)}, which is no parameter with a default`);
    return String(value);
  });
}

function tableOf(logicalId: string, { Resources }: Template): Table {
  const resource = new Map(Object.entries(Resources)).get(logicalId);
  // It becomes the name of a file, beside errors.jsonl.
  if (resource === undefined || !/^(?!errors$)[A-Za-z0-9]+$/iu.test(logicalId))
    throw new SandboxProblem(
      `the action names ${JSON.stringify(logicalId)}, which is no table that the sandbox can keep`,
    );
  const { KeySchema, AttributeDefinitions } = checked(table, resource, ['Resources', logicalId]).Properties;
  const keys = KeySchema.map(({ AttributeName, KeyType }) => ({ attribute: AttributeName, kind: KeyType }));
  const undefinedKey = keys.find(
    ({ attribute }) => !AttributeDefinitions.some(({ AttributeName }) => AttributeName === attribute),
  );
  if (undefinedKey === undefined) return { logicalId, keys };
  throw new SandboxProblem(
    `the table ${logicalId} has the key "${undefinedKey.attribute}" without a definition`,
  );
}

function checked<T>(schema: z.ZodType<T>, value: unknown, at: readonly string[]): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  // What is there says more than what is missing for it.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  const path = [...at, ...(issue?.path ?? [])].join('.') || 'its top';
  throw new SandboxProblem(`the rule template has what the sandbox cannot do, at ${path}: ${issue?.message}`);
}
