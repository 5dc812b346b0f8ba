import { PARTIAL } from './audit-document.ts';
import type { AuditDocument } from './audit-document.ts';
import type { EvictionDocument } from './document.ts';
import type { ErrorDocument } from './documents.ts';
import { dropUndefined } from './drop-undefined.ts';
import { EXIT_CODES, EXIT_PARTIAL, EXIT_USAGE } from './exit-codes.ts';
import type { Warning } from './plan.ts';
import { identityKey } from './principal.ts';
import type { Principal } from './principal.ts';
import type { Conclusion } from './verdict.ts';
import type { Verdict } from './verdict-words.ts';

/** What is said of one client: the document of its dry run, or why there could be none. */
export type AuditLine = EvictionDocument | (ErrorDocument & { readonly clientId: string });

/** What is kept of a line for the summary: there may be many. */
export type Audited = {
  readonly clientId: string;
  /** `undefined`: it could not even be asked about. */
  readonly verdict?: Verdict | undefined;
  readonly principal?: Principal | undefined;
};

export function auditedFrom(line: AuditLine): Audited {
  const { clientId } = line;
  return line.kind === 'error'
    ? { clientId }
    : { clientId, verdict: line.verdict, principal: line.sighting?.principal };
}

/** All that there is to sum up. */
export type AuditEnd = {
  readonly toolVersion: string;
  readonly audited: readonly Audited[];
  readonly notAudited: readonly string[];
  readonly warnings: readonly Warning[];
  /** Why it did not come to its end, if it did not. */
  readonly stopped?: Conclusion | undefined;
};

export function auditSummary(end: AuditEnd): AuditDocument {
  const { toolVersion, audited, notAudited, warnings, stopped } = end;
  const verdicts: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of audited)
    if (verdict !== undefined) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  return dropUndefined({
    version: 1,
    kind: 'audit',
    toolVersion,
    verdict: verdictOf(end),
    clients: audited.length,
    verdicts,
    errors: audited.filter(({ verdict }) => verdict === undefined).length,
    shared: sharedBy(audited),
    notAudited: [...notAudited],
    warnings: [...warnings],
    cause: stopped?.cause,
  });
}

/** Ends that are those of a whole audit where all clients agree. */
const OF_ALL: ReadonlySet<Verdict | undefined> = new Set([
  'planned',
  'not-found',
  'denied',
  'refused',
  undefined,
] as const);

function verdictOf({ audited, notAudited, stopped }: AuditEnd): AuditDocument['verdict'] {
  if (stopped?.verdict === 'interrupted') return 'interrupted';
  if (stopped?.cause?.code === 'deadline') return PARTIAL;
  if (audited.length === 0) return stopped?.verdict;
  const [verdict, ...others] = new Set(audited.map((one) => one.verdict));
  return others.length === 0 && notAudited.length === 0 && OF_ALL.has(verdict) ? verdict : PARTIAL;
}

function sharedBy(audited: readonly Audited[]): AuditDocument['shared'] {
  const byPrincipal = new Map<string, { principal: Principal; clientIds: string[] }>();
  for (const { clientId, principal } of audited) {
    // In events, all Cognito identities of a role look alike.
    if (principal === undefined || principal.kind === 'cognito-identity') continue;
    const known = byPrincipal.get(identityKey(principal));
    if (known === undefined) byPrincipal.set(identityKey(principal), { principal, clientIds: [clientId] });
    else known.clientIds.push(clientId);
  }
  return [...byPrincipal.values()].filter(({ clientIds }) => clientIds.length > 1);
}

export function auditExitCode({ verdict }: AuditDocument): number {
  if (verdict === undefined) return EXIT_USAGE;
  return verdict === PARTIAL ? EXIT_PARTIAL : EXIT_CODES[verdict];
}
