import * as z from 'zod';
import type { Change } from './change.ts';
import { dropUndefined } from './drop-undefined.ts';
import { evidence, evidenceOf } from './evidence.ts';
import type { Act, Facts } from './facts.ts';
import { doorOf } from './door.ts';
import { bounced, quietSince, returnsOf } from './hold.ts';
import { caller, target } from './incident.ts';
import { remainingClients } from './neighbours.ts';
import { blastRadius, blocker, warning } from './plan.ts';
import type { Method } from './request.ts';
import { sighting } from './sighting.ts';
import { changesToUndo } from './undo.ts';
import { firstCommands, firstSteps } from './unplanned.ts';
import { judge } from './verification.ts';
import { cause, contained, verdictWord } from './verdict-words.ts';

const step = z.object({
  id: z.string(),
  target: z.string().optional(),
  /** The policy that is detached or attached. */
  policy: z.string().optional(),
  status: z.enum(['planned', 'done', 'already', 'failed', 'skipped']),
  before: z.string().optional(),
  after: z.string().optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  requestId: z.string().optional(),
});

const hold = z.object({
  requestedSeconds: z.number(),
  quietSeconds: z.number(),
  completed: z.boolean(),
  returns: z.array(z.object({ principal: z.string(), count: z.number(), last: z.string() })),
  bounced: z.number().nullable(),
  door: z.enum(['shut', 'quiet', 'open', 'unobserved']),
});

/** The document of one response, as the contract has it: what `--json` prints. What is not known is left out. */
export const evictionDocument = z.object({
  version: z.literal(1),
  kind: z.enum(['eviction', 'plan', 'undo']),
  toolVersion: z.string(),
  incident: z.string().optional(),
  clientId: z.string(),
  verdict: verdictWord,
  contained,
  cause: cause.optional(),
  dryRun: z.boolean(),
  reason: z.string().optional(),
  case: z.string().optional(),
  responder: caller.optional(),
  target: target.optional(),
  sighting: sighting.optional(),
  blastRadius: blastRadius.optional(),
  evidence: evidence.optional(),
  blockers: z.array(blocker),
  warnings: z.array(warning),
  steps: z.array(step),
  proof: z.object({ by: z.string(), event: z.unknown(), receivedAt: z.string() }).optional(),
  hold: hold.optional(),
  remaining: z.array(z.object({ clientId: z.string(), state: z.string(), last: z.string() })).optional(),
  record: z.object({ file: z.string(), hash: z.string() }).optional(),
  equivalent: z.array(z.string()),
  undo: z.string().optional(),
});

export type EvictionDocument = z.infer<typeof evictionDocument>;
export type StepOfDocument = z.infer<typeof step>;

/** Where the record is, and the hash to keep with the ticket. */
export type RecordPlace = { readonly file: string; readonly hash: string };

/** Makes the document of an ended response from its facts. */
export function documentOf(facts: Facts, record: RecordPlace | undefined): EvictionDocument {
  const { opened, ended, planned, sighting, identified } = facts;
  const judgement = ended === undefined ? undefined : judge(facts, ended.endedAt);
  const plan = planned?.plan;
  return dropUndefined({
    version: 1,
    kind: opened?.dryRun ? 'plan' : 'eviction',
    toolVersion: opened?.toolVersion ?? '',
    incident: record === undefined ? undefined : opened?.incident,
    clientId: opened?.request.clientId ?? '',
    verdict: ended?.verdict ?? 'interrupted',
    contained: ended?.contained ?? 'unknown',
    cause: ended?.cause,
    dryRun: opened?.dryRun ?? false,
    reason: opened?.request.reason,
    case: opened?.request.case,
    responder: identified?.responder,
    target: facts.place,
    sighting:
      sighting === undefined || plan === undefined
        ? sighting
        : { ...sighting, principal: plan.principal, confirmed: plan.confirmed },
    blastRadius: plan?.blastRadius,
    evidence: evidenceOf(facts),
    blockers: [...facts.blockers],
    warnings: [...facts.warnings],
    steps: stepsOf(facts),
    proof:
      judgement?.kind === 'proved'
        ? { ...judgement.proof, receivedAt: iso(judgement.proof.receivedAt) }
        : undefined,
    hold: holdOf(facts),
    remaining: remainingClients(facts).map((client) => ({ ...client, last: iso(client.last) })),
    record,
    equivalent: plan?.equivalent ?? firstCommands(facts),
    undo:
      changesToUndo(facts).length > 0 && record !== undefined
        ? `evict undo ${opened?.incident ?? ''}`
        : undefined,
  });
}

/** The steps as they happened; those that the plan has and that did not happen, as planned or skipped. */
function stepsOf(facts: Facts): StepOfDocument[] {
  const happened = facts.acts.slice(0, facts.undoneFrom).map(stepOf);
  const plan = facts.planned?.plan;
  if (facts.blockers.length > 0) return happened;
  const status = facts.opened?.dryRun ? ('planned' as const) : ('skipped' as const);
  if (plan === undefined) return [...happened, ...firstSteps(facts)];
  const all = [
    ...plan.changes.map((change) => ({ ...plannedStep(change), status })),
    ...kickSteps(plan.method).map((id) => ({ id, target: plan.clientId, status })),
  ];
  return [...happened, ...all.filter((one) => !happened.some((other) => isSameStep(one, other)))];
}

/** A change as a step that did not happen yet. */
export function plannedStep(change: Change): Omit<StepOfDocument, 'status'> {
  const { step: id, target, before, after } = change;
  return { id, target, ...policyOf(change), before, after };
}

function policyOf(change: Change | undefined): { policy?: string } {
  return change?.kind === 'policy-attachment' ? { policy: change.policyName } : {};
}

/** One step a change; all takeovers of a hold carry out the one that was planned. */
export function isSameStep(one: Omit<StepOfDocument, 'status'>, other: StepOfDocument): boolean {
  return one.id === other.id && one.target === other.target && one.policy === other.policy;
}

function kickSteps(method: Method): readonly string[] {
  return [
    ...(method === 'api' || method === 'both' ? ['delete-connection'] : []),
    ...(method === 'takeover' || method === 'both' ? ['takeover'] : []),
  ];
}

/** One act as the documents show it. */
export function stepOf({ intended, outcome }: Act): StepOfDocument {
  const { change } = intended;
  return dropUndefined({
    id: intended.step,
    target: intended.target,
    ...policyOf(change),
    status: outcome?.kind === 'done' ? (outcome.already ? 'already' : 'done') : 'failed',
    before: change?.before,
    after: outcome?.state,
    startedAt: iso(intended.startedAt),
    endedAt: outcome === undefined ? undefined : iso(outcome.endedAt),
    requestId: outcome?.kind === 'done' ? outcome.requestId : undefined,
  });
}

function holdOf(facts: Facts): EvictionDocument['hold'] {
  const since = quietSince(facts);
  if (since === undefined) return undefined;
  const until = facts.held?.until ?? facts.ended?.endedAt ?? since;
  return {
    requestedSeconds: seconds(facts.planned?.plan.holdMs ?? 0),
    quietSeconds: seconds(Math.max(0, until - since)),
    completed: facts.held?.completed ?? false,
    returns: returnsOf(facts).map(({ principal, count, last }) => ({
      principal: principal.identifier,
      count,
      last: iso(last),
    })),
    bounced: bounced(facts) ?? null,
    door: doorOf(facts, since),
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
