import { isFulfilled } from '../domain/change.ts';
import type { EvictionDocument } from '../domain/document.ts';
import { containmentActs } from '../domain/acts.ts';
import { NOTHING_KNOWN, factsOf } from '../domain/facts.ts';
import type { Facts } from '../domain/facts.ts';
import type { CloudWriter } from '../domain/cloud-ports.ts';
import type { RunContext, UndoOperator } from '../domain/ports.ts';
import type { Claims, IncidentRecords } from '../domain/record-ports.ts';
import { undoDocument } from '../domain/undo-document.ts';
import {
  concludeUndo,
  declinedUndo,
  nothingTakenBack,
  refusedFor,
  undoCutShort,
} from '../domain/undo-verdict.ts';
import { changesToUndo } from '../domain/undo.ts';
import type { UndoPlan } from '../domain/undo.ts';
import { carryOut } from './carry-out.ts';
import { claimClient, runInProgress, whileClaimed } from './claim-client.ts';
import { Incident } from './incident.ts';
import { readAndPlan } from './preview-undo.ts';
import type { Preparation, UndoReadingPorts, UndoRequest } from './preview-undo.ts';
import { stopOf } from './stop.ts';

/** `records` goes on with the incident's own record. */
export type UndoActingPorts = UndoReadingPorts & {
  readonly writer: CloudWriter;
  readonly records: IncidentRecords;
  readonly claims: Claims;
  readonly operator: UndoOperator;
};

/** Takes an incident's changes back, newest first, down the same road on which they were made. */
export async function undo(
  request: UndoRequest,
  ports: UndoActingPorts,
  signal: AbortSignal,
): Promise<EvictionDocument> {
  const before = factsOf(request.entries);
  const commands = ports.context;
  await using claim = await claimClient(before.opened?.request.clientId ?? '', ports, signal);
  if (claim === undefined) return unclaimed(before, commands, signal);
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
  const conclusion = concludeUndo(incident.facts, plan, stop, ports.context.again);
  await incident.end({ kind: 'ended', ...conclusion, endedAt: ports.clock.now() });
  return undoDocument(incident.facts, { plan, conclusion, dryRun: false, record: incident.place, commands });
}

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

/** Another run is at work on the client, or this one was stopped while it waited for the other. */
function unclaimed(before: Facts, commands: RunContext, signal: AbortSignal): EvictionDocument {
  const blocker = runInProgress(commands);
  const blockers = signal.aborted ? [] : [blocker];
  const conclusion = signal.aborted
    ? undoCutShort(stopOf(signal.reason, NOTHING_KNOWN, signal))
    : refusedFor([blocker]);
  const plan = { changes: changesToUndo(before), blockers };
  return undoDocument(before, { plan, conclusion, dryRun: false, commands });
}

/** The record stays as it is. */
function nothingToUndo(before: Facts, commands: RunContext): EvictionDocument {
  const plan = { changes: [], blockers: [] };
  const facts = { ...before, undoFrom: before.acts.length };
  return undoDocument(facts, {
    plan,
    conclusion: nothingTakenBack(before, commands.again),
    dryRun: false,
    commands,
  });
}
