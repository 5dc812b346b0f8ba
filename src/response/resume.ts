import { CAUSES } from '../domain/causes.ts';
import { documentOf } from '../domain/document.ts';
import type { EvictionDocument } from '../domain/document.ts';
import { factsOf } from '../domain/facts.ts';
import type { Facts } from '../domain/facts.ts';
import { protectedBy } from '../domain/guards.ts';
import type { IncidentEntry } from '../domain/incident.ts';
import type { ActingPorts, RunContext } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { whyNotResumed } from '../domain/resumption.ts';
import { conclude } from '../domain/verdict.ts';
import { takesAKick } from '../domain/identification.ts';
import { agree } from './agree.ts';
import type { Agreement } from './agree.ts';
import { identifyByKick } from './identify-by-kick.ts';
import { identify } from './prepare.ts';
import { look } from './preview.ts';
import { Incident } from './incident.ts';
import { claimClient, runInProgress, whileClaimed } from './claim-client.ts';
import { carryThrough } from './respond.ts';
import { stopOf } from './stop.ts';

/** Which incident is to be gone on with, as it was read, and what is under protect: by now. */
export type ResumeRequest = {
  readonly entries: readonly IncidentEntry[];
  readonly protect: readonly string[];
};

/**
 * Goes on with a run that was cut off, in its own record. What was agreed to is carried through as it was planned: every
 * change is read first, so that what was done already is not done twice; the kick and its proof begin anew, since nobody
 * has held the client ID or listened meanwhile. A run that was cut off before it was agreed to begins with the look-up.
 */
export async function resume(
  request: ResumeRequest,
  ports: ActingPorts,
  signal: AbortSignal,
): Promise<EvictionDocument> {
  const facts = factsOf(request.entries);
  // Before a single entry: a run that is alive would find its record written to by somebody else.
  await using claim = await claimClient(facts.opened?.request.clientId ?? '', ports, signal);
  if (claim === undefined) return unclaimed(facts, ports, signal);
  await using incident = new Incident(ports.onEntry, facts);
  await incident.keepIn(ports.records);
  const stop = await whileClaimed(claim, signal, (held) => goOn(request, ports, incident, held)).then(
    () => undefined,
    (error: unknown) => stopOf(error, incident.facts, signal),
  );
  const endedAt = ports.clock.now();
  await incident.end({ kind: 'ended', ...conclude(incident.facts, endedAt, stop), endedAt });
  return documentOf(incident.facts, incident.place);
}

function beginning({ toolVersion, user, host, again = [] }: RunContext) {
  return { toolVersion, user, host, again: [...again] };
}

/** The run that is alive has the record: nothing is written, and this says so, or that it was stopped while it waited. */
function unclaimed(
  facts: Facts,
  { clock, context }: Pick<ActingPorts, 'clock' | 'context'>,
  signal: AbortSignal,
): EvictionDocument {
  const endedAt = clock.now();
  if (signal.aborted) {
    const conclusion = conclude(facts, endedAt, stopOf(signal.reason, facts, signal));
    return documentOf({ ...facts, ended: { kind: 'ended', ...conclusion, endedAt } }, undefined);
  }
  const known = { ...facts, blockers: [runInProgress(context)] };
  const contained = facts.ended?.contained ?? 'unknown';
  const refused = { verdict: 'refused', contained, cause: CAUSES.refused(known) } as const;
  return documentOf({ ...known, ended: { kind: 'ended', ...refused, endedAt } }, undefined);
}

async function goOn(
  { protect }: ResumeRequest,
  ports: ActingPorts,
  incident: Incident,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = ports.clock.now();
  await incident.record({ kind: 'resumed', ...beginning(ports.context), startedAt });
  const request = incident.facts.opened?.request;
  if (request === undefined) return;
  const agreed = agreementIn(incident.facts);
  const recorded = incident.facts.place;
  if (agreed !== undefined) await identify(request, ports, incident, signal);
  const blocker =
    whyNotResumed({ recorded, present: incident.facts.identified?.target }) ??
    (agreed && protectedBy([...protect, ...request.protect], agreed.plan));
  if (blocker !== undefined) return incident.record({ kind: 'blocked', blocker });
  const anew = { ...withoutLifts(request), protect: [...protect, ...request.protect] };
  const agreement = agreed ?? (await agreeAnew(anew, ports, incident, signal));
  if (agreement !== undefined) await carryThrough(agreement, ports, incident, signal);
}

/** From the look-up on. What an identifying kick told before the run was cut off stands, and nobody is kicked for it again. */
async function agreeAnew(
  request: EvictionRequest,
  ports: ActingPorts,
  incident: Incident,
  signal: AbortSignal,
): Promise<Agreement | undefined> {
  const reach = { ports, incident };
  const looked = await look(request, ports, incident, signal);
  const seen = takesAKick(request, looked.history)
    ? await identifyByKick(request, looked, reach, signal)
    : looked;
  return seen && (await agree(request, seen, reach, signal));
}

/** What the interrupted run had agreed to, if it got that far. */
function agreementIn({ opened, planned, decision }: Facts): Agreement | undefined {
  return opened === undefined || planned === undefined || decision !== 'agreed'
    ? undefined
    : { request: opened.request, plan: planned.plan };
}

/** What was typed to lift a guard spoke for that one run, which nobody agreed to in the end. */
function withoutLifts(request: EvictionRequest): EvictionRequest {
  return { ...request, allowShared: false, allowOwn: false, confirmRevoke: undefined };
}
