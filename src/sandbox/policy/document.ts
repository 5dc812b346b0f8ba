import * as z from 'zod';
import { conditionBlock } from './condition-block.ts';
import type { Condition } from './conditions.ts';
import { oneOrMany } from './shapes.ts';
import { hasReadableVariables } from './variables.ts';

/** A policy of AWS IoT, or of IAM for an identity: checked, and ready to be evaluated. */
export type PolicyDocument = {
  /** Whether `${…}` stands for a variable. */
  readonly substitutes: boolean;
  readonly statements: readonly Statement[];
};

export type Statement = {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: Selection;
  readonly resources: Selection;
  readonly conditions: readonly Condition[];
};

/** `Action` and `Resource`: what is like one of the patterns. `NotAction` and `NotResource`: everything else. */
export type Selection = { readonly negated: boolean; readonly patterns: readonly string[] };

const patterns = oneOrMany(z.string()).optional();

const statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Action: patterns,
    NotAction: patterns,
    Resource: patterns,
    NotResource: patterns,
    Condition: conditionBlock.optional(),
  })
  .refine(({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined), {
    error: 'a statement has either Action or NotAction',
  })
  .refine(({ Resource, NotResource }) => (Resource === undefined) !== (NotResource === undefined), {
    error: 'a statement has either Resource or NotResource',
  })
  .transform(({ Effect, Condition = [], ...written }): Statement => ({
    effect: Effect,
    actions: selection(written.Action, written.NotAction),
    resources: selection(written.Resource, written.NotResource),
    conditions: Condition,
  }));

const policyDocument = z
  .strictObject({
    Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
    Id: z.string().optional(),
    Statement: oneOrMany(statement),
  })
  .transform(({ Version, Statement: statements }, context): PolicyDocument => {
    const document = { substitutes: Version === '2012-10-17', statements };
    for (const message of variableProblems(document)) context.addIssue({ code: 'custom', message });
    return document;
  });

/** Reads a policy document. What the engine does not evaluate is a problem, so that nothing in a policy is passed over. */
export function parsePolicyDocument(text: string): PolicyDocument | { readonly problem: string } {
  const json = jsonOf(text);
  if (json === undefined) return { problem: 'the policy document is not JSON' };
  const parsed = policyDocument.safeParse(json.value);
  return parsed.success ? parsed.data : { problem: problemOf(parsed.error) };
}

function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  const where = issue?.path.map(String).join('.') ?? '';
  return `${where === '' ? 'policy document' : where}: ${issue?.message ?? 'invalid'}`;
}

function selection(wanted: readonly string[] | undefined, unwanted: readonly string[] = []): Selection {
  return { negated: wanted === undefined, patterns: wanted ?? unwanted };
}

function variableProblems({ substitutes, statements }: PolicyDocument): string[] {
  if (!substitutes) return [];
  const resources = statements.flatMap((each) => each.resources.patterns);
  const values = statements.flatMap((each) => each.conditions.flatMap((condition) => condition.values));
  return [
    ...[...resources, ...values]
      .filter((text) => !hasReadableVariables(text))
      .map((text) => `${JSON.stringify(text)} has a policy variable that cannot be read`),
    ...resources
      .filter((text) => headOfArn(text).includes('${'))
      .map((text) => `${JSON.stringify(text)} has a policy variable before the fifth colon of its ARN`),
  ];
}

/** Variables stand in what follows the fifth colon only (IAM User Guide, Where you can use policy variables). */
function headOfArn(resource: string): string {
  return resource.split(':').slice(0, 5).join(':');
}
