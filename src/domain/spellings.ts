import type { Principal } from './principal.ts';

/**
 * The ways in which events may have spelled the identity of a principal: a source that compares letter by letter has to be asked
 * for each. Hex digits come in either case; AWS IoT used to put the account before what is no certificate.
 */
export function spellingsOf({ kind, identifier }: Principal, account?: string): readonly string[] {
  if (kind === 'certificate') return [...new Set([identifier.toLowerCase(), identifier.toUpperCase()])];
  return account === undefined ? [identifier] : [identifier, `${account}/${identifier}/${identifier}`];
}

/** The account in an ARN. */
export function accountIn(arn: string | undefined): string | undefined {
  return /^arn:[^:]+:[^:]+:[^:]*:(\d{12}):/u.exec(arn ?? '')?.[1];
}
