import type { EvictionDocument } from '../domain/document.ts';
import { EvictError } from '../domain/errors.ts';
import { NOTHING_KNOWN, factsOf } from '../domain/facts.ts';
import type { Facts } from '../domain/facts.ts';
import type { IncidentEntry } from '../domain/incident.ts';
import type { Blocker } from '../domain/plan.ts';
import type { CloudReader } from '../domain/cloud-ports.ts';
import type { Clock, RunContext } from '../domain/ports.ts';
import { whyNotResumed } from '../domain/resumption.ts';
import { undoDocument } from '../domain/undo-document.ts';
import { refusalOfUndo, undoCutShort } from '../domain/undo-verdict.ts';
import { changesToUndo, planUndo } from '../domain/undo.ts';
import type { UndoPlan } from '../domain/undo.ts';
import type { Conclusion } from '../domain/verdict.ts';
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

/** What is to be taken back, and what stands in its way. */
export type Preparation = { readonly plan: UndoPlan; readonly refusal?: Conclusion | undefined };

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

/** Reads what the targets are now and decides. That the cloud refuses to tell is a way to end, too. */
export async function readAndPlan(
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
