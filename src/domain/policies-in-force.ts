import * as z from 'zod';
import type { EffectivePolicy } from './cloud-ports.ts';
import type { PlanReadings } from './readings.ts';

/** The policies that the principal has through its thing's groups and that no detaching from the principal removes. */
export function groupPolicies({ effective, policies, throughGroups }: PlanReadings): readonly string[] {
  if (throughGroups?.known) return throughGroups.value;
  if (!effective.known || !policies.known) return [];
  const attached = new Set(policies.value);
  return effective.value.map(({ name }) => name).filter((name) => !attached.has(name));
}

/** The policies that let a certificate be traded for AWS credentials at the credential provider. */
export function mintingPolicies({ effective }: PlanReadings): readonly string[] {
  return effective.known ? effective.value.filter(mayMint).map(({ name }) => name) : [];
}

const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const statement = z.object({ Effect: z.string(), Action: oneOrMore });
const statements = z.object({
  Statement: z.union([statement.transform((one) => [one]), z.array(statement)]),
});

function mayMint({ document }: EffectivePolicy): boolean {
  const parsed = statements.safeParse(parsedJson(document));
  return (
    parsed.success &&
    parsed.data.Statement.some(({ Effect, Action }) => Effect === 'Allow' && Action.some(coversMinting))
  );
}

/** Wildcards stand at the end in any policy that people write; others are matched as far as they go. */
function coversMinting(action: string): boolean {
  const prefix = action.split('*')[0] ?? action;
  const wanted = 'iot:AssumeRoleWithCertificate'.toLowerCase();
  return action.includes('*') ? wanted.startsWith(prefix.toLowerCase()) : action.toLowerCase() === wanted;
}

/** AWS has checked the document; what cannot be read says nothing. */
function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
