import type { EvictionDocument } from '../domain/document.ts';
import { NOTHING_KNOWN, containmentActs, factsOf } from '../domain/facts.ts';
import type { Facts } from '../domain/facts.ts';
import { EvictError } from '../domain/errors.ts';
import type { IncidentEntry } from '../domain/incident.ts';
import type { Blocker } from '../domain/plan.ts';
import type {
  Claims,
  Clock,
  CloudReader,
  CloudWriter,
  IncidentRecords,
  RunContext,
  UndoOperator,
} from '../domain/ports.ts';
import { isFulfilled } from '../domain/change.ts';
import { changesToUndo, planUndo } from '../domain/undo.ts';
import type { UndoPlan } from '../domain/undo.ts';
import { undoDocument } from '../domain/undo-document.ts';
import {
  concludeUndo,
  declinedUndo,
  refusalOfUndo,
  NOTHING_TO_UNDO,
  refusedFor,
  undoCutShort,
} from '../domain/undo-verdict.ts';
import type { Conclusion } from '../domain/verdict.ts';
import { whyNotResumed } from '../domain/resumption.ts';
import { carryOut } from './carry-out.ts';
import { RUN_IN_PROGRESS, claimClient, whileClaimed } from './claim-client.ts';
import type { CommandContext } from '../domain/readings.ts';
import { Incident } from './incident.ts';
import { stopOf } from './stop.ts';

/** Which incident is to be taken back, as it was read, beside all others of the state directory. */
export type UndoRequest = {
  readonly entries: readonly IncidentEntry[];
  readonly others: readonly (readonly IncidentEntry[])[];
  readonly reason?: string | undefined;
  readonly force: boolean;
  readonly timeoutMs: number;
};

export type UndoReadingPorts = {
  readonly cloud: CloudReader;
  readonly clock: Clock;
  readonly context: RunContext;
  readonly onEntry: (entry: IncidentEntry) => void;
};

/** `records` goes on with the incident's own record. */
export type UndoActingPorts = UndoReadingPorts & {
  readonly writer: CloudWriter;
  readonly records: IncidentRecords;
  readonly claims: Claims;
  readonly operator: UndoOperator;
};

/** Shows what an undo would do. Its ports can change nothing. */
export async function previewUndo(
  request: UndoRequest,
  ports: UndoReadingPorts,
  signal: AbortSignal,
): Promise<EvictionDocument> {
  const facts = factsOf(request.entries);
  const { plan, refusal } = await readAndPlan(facts, request, ports, signal);
  const contained = facts.ended?.contained ?? 'unknown';
  const conclusion = refusal ?? { verdict: 'planned', contained };
  return undoDocument(facts, { plan, conclusion, dryRun: true, commands: ports.context });
}

/** Takes an incident's changes back, newest first, down the same road on which they were made. */
export async function undo(
  request: UndoRequest,
  ports: UndoActingPorts,
  signal: AbortSignal,
): Promise<EvictionDocument> {
  const before = factsOf(request.entries);
  const commands = ports.context;
  await using claim = await claimClient(before.opened?.request.clientId ?? '', ports, signal);
  if (claim === undefined) {
    const plan = { changes: changesToUndo(before), blockers: [RUN_IN_PROGRESS] };
    return undoDocument(before, { plan, conclusion: refusedFor([RUN_IN_PROGRESS]), dryRun: false, commands });
  }
  if (isTakenBack(before)) return nothingToUndo(before, commands);
  const { plan, refusal } = await agreeOn(before, request, ports, signal);
  if (refusal !== undefined)
    return undoDocument(before, { plan, conclusion: refusal, dryRun: false, commands });
  await using incident = new Incident(ports.onEntry, before);
  await incident.keepIn(ports.records);
  const stop = await whileClaimed(claim, signal, (held) =>
    takeBack(plan, request, { ports, incident }, held),
  ).then(
    () => undefined,
    (error: unknown) => stopOf(error, incident.facts, signal),
  );
  const conclusion = concludeUndo(incident.facts, plan, stop);
  await incident.end({ kind: 'ended', ...conclusion, endedAt: ports.clock.now() });
  return undoDocument(incident.facts, { plan, conclusion, dryRun: false, record: incident.place, commands });
}

type Preparation = { readonly plan: UndoPlan; readonly refusal?: Conclusion | undefined };

/** The plan that is agreed to. Where there is nothing left to take back, there is nothing to ask. */
async function agreeOn(
  facts: Facts,
  request: UndoRequest,
  ports: UndoActingPorts,
  signal: AbortSignal,
): Promise<Preparation> {
  const { plan, refusal } = await readAndPlan(facts, request, ports, signal);
  if (refusal !== undefined || plan.changes.every((change) => isFulfilled(change, change.before)))
    return { plan, refusal };
  try {
    const agreed = await ports.operator.agreesToUndo(plan, facts, signal);
    signal.throwIfAborted();
    return { plan, refusal: agreed ? undefined : declinedUndo(facts) };
  } catch (error) {
    return { plan, refusal: undoCutShort(stopOf(error, NOTHING_KNOWN, signal)) };
  }
}

/** Reads what the targets are now and decides. That the cloud refuses to tell is a way to end, too. */
async function readAndPlan(
  facts: Facts,
  { others, force, timeoutMs }: UndoRequest,
  { cloud, clock, context }: UndoReadingPorts,
  signal: AbortSignal,
): Promise<Preparation> {
  using limit = clock.within(timeoutMs, signal);
  const changes = changesToUndo(facts);
  try {
    const elsewhere = await otherPlace(facts, { cloud, context }, limit.signal);
    if (elsewhere !== undefined) return refusedBy({ changes, blockers: [elsewhere] });
    const readings = await Promise.all(
      changes.map(async (change) => ({ change, state: await cloud.stateOf(change, limit.signal) })),
    );
    const plan = planUndo(readings, { others: others.map(factsOf), force });
    return { plan, refusal: refusalOfUndo(plan) };
  } catch (error) {
    const stop = stopOf(error, NOTHING_KNOWN, signal);
    return { plan: { changes, blockers: [] }, refusal: undoCutShort(stop) };
  }
}

function refusedBy(plan: UndoPlan): Preparation {
  return { plan, refusal: refusalOfUndo(plan) };
}

/** The same certificate may be registered in another account or region, where it is somebody else's. */
async function otherPlace(
  { place }: Facts,
  { cloud, context }: Pick<UndoReadingPorts, 'cloud' | 'context'>,
  signal: AbortSignal,
): Promise<Blocker | undefined> {
  const { account } = await cloud.caller(signal).catch(unlessFromTheCloud);
  return whyNotResumed({ recorded: place, present: { account, region: context.region } });
}

/** Who asks only enriches; the credentials are tried by the readings that follow. */
function unlessFromTheCloud(error: unknown): { account?: string } {
  if (error instanceof EvictError && error.source === 'cloud') return {};
  throw error;
}

async function takeBack(
  plan: UndoPlan,
  { reason, timeoutMs }: UndoRequest,
  { ports, incident }: { ports: UndoActingPorts; incident: Incident },
  signal: AbortSignal,
): Promise<void> {
  const { toolVersion, user, host } = ports.context;
  const why = reason === undefined ? {} : { reason };
  await incident.record({
    kind: 'undo-opened',
    toolVersion,
    user,
    host,
    ...why,
    startedAt: ports.clock.now(),
  });
  for (const change of plan.changes) {
    signal.throwIfAborted();
    if (!(await carryOut(change, ports, { incident, timeoutMs }))) return;
  }
}

/** Nothing was done by the incident, or it is undone already. One that found all of it "already so" is yet to let go of it. */
function isTakenBack(facts: Facts): boolean {
  return (
    changesToUndo(facts).length === 0 &&
    (containmentActs(facts).length === 0 || facts.ended?.verdict === 'restored')
  );
}

/** The record stays as it is. */
function nothingToUndo(before: Facts, commands: CommandContext): EvictionDocument {
  const plan = { changes: [], blockers: [] };
  const facts = { ...before, undoFrom: before.acts.length };
  return undoDocument(facts, { plan, conclusion: NOTHING_TO_UNDO, dryRun: false, commands });
}
