import { isMet } from './conditions.ts';
import type { Context, Scope } from './context.ts';
import type { PolicyDocument, Selection, Statement } from './document.ts';
import { matches, patternOf, patternWithVariables } from './match.ts';

export { contextOf, type Context } from './context.ts';

/** Who wants to do what, to what. */
export type AccessRequest = {
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
};

export type Decision = 'allowed' | 'explicit-deny' | 'implicit-deny';

/** A decision and its grounds. */
export type Explanation = {
  readonly decision: Decision;
  /** Places of the documents that allow the request. One that is denied may have been allowed too. */
  readonly allowedBy: readonly number[];
  readonly deniedBy: readonly number[];
  /** Variables that had no value when they were looked for, as the documents write them. */
  readonly missing: readonly string[];
};

/** Decides a request: a Deny wins over every Allow, and nothing said is a no (IAM User Guide, Policy evaluation logic). */
export function evaluate(documents: readonly PolicyDocument[], request: AccessRequest): Decision {
  return explain(documents, request).decision;
}

/** Decides a request and says which documents, by their places, decided it. */
export function explain(documents: readonly PolicyDocument[], request: AccessRequest): Explanation {
  const missing = new Set<string>();
  const effects = documents.map((document) => effectsOf(document, request, missing));
  const placesOf = (effect: Statement['effect']): number[] =>
    [...effects.keys()].filter((place) => effects[place]?.has(effect));
  const [allowedBy, deniedBy] = [placesOf('Allow'), placesOf('Deny')];
  return { decision: decisionOf(allowedBy, deniedBy), allowedBy, deniedBy, missing: [...missing] };
}

function decisionOf(allowedBy: readonly number[], deniedBy: readonly number[]): Decision {
  if (deniedBy.length > 0) return 'explicit-deny';
  return allowedBy.length > 0 ? 'allowed' : 'implicit-deny';
}

function effectsOf(
  { substitutes, statements }: PolicyDocument,
  request: AccessRequest,
  missing: Set<string>,
): ReadonlySet<Statement['effect']> {
  const scope: Scope = { context: request.context, substitutes, missing };
  return new Set(
    statements.filter((each) => applies(each, request, scope)).map((statement) => statement.effect),
  );
}

function applies(
  { actions, resources, conditions }: Statement,
  request: AccessRequest,
  scope: Scope,
): boolean {
  return (
    selects(actions, (pattern) => isAction(pattern, request.action)) &&
    selects(resources, (pattern) => isResource(pattern, request.resource, scope)) &&
    conditions.every((condition) => isMet(condition, scope))
  );
}

function selects({ negated, patterns }: Selection, isLike: (pattern: string) => boolean): boolean {
  return negated !== patterns.some(isLike);
}

/** Actions know no case and no variables (IAM User Guide, Action; Where you can use policy variables). */
function isAction(pattern: string, action: string): boolean {
  return matches(patternOf(pattern.toLowerCase()), action.toLowerCase());
}

function isResource(text: string, resource: string, scope: Scope): boolean {
  const pattern = patternWithVariables(text, scope);
  return pattern !== undefined && matches(pattern, resource);
}
