import { documentOf } from '../domain/document.ts';
import type { EvictionDocument } from '../domain/document.ts';
import { factsOf } from '../domain/facts.ts';
import type { Facts } from '../domain/facts.ts';
import type { IncidentEntry } from '../domain/incident.ts';
import type { ActingPorts, RunContext } from '../domain/ports.ts';
import { whyNotResumed } from '../domain/resumption.ts';
import { conclude } from '../domain/verdict.ts';
import { agree } from './agree.ts';
import type { Agreement } from './agree.ts';
import { identify } from './prepare.ts';
import { Incident } from './incident.ts';
import { act } from './respond.ts';
import { stopOf } from './stop.ts';

/**
 * Goes on with a run that was cut off, in its own record. What was agreed to is carried through as it was planned: every
 * change is read first, so that what was done already is not done twice; the kick and its proof begin anew, since nobody
 * has held the client ID or listened meanwhile. A run that was cut off before it was agreed to begins with the look-up.
 */
export async function resume(
  entries: readonly IncidentEntry[],
  ports: ActingPorts,
  signal: AbortSignal,
): Promise<EvictionDocument> {
  const facts = factsOf(entries);
  await using incident = new Incident(ports.onEntry, facts);
  await incident.keepIn(ports.records);
  const startedAt = ports.clock.now();
  await incident.record({ kind: 'resumed', ...beginning(ports.context), startedAt });
  const stop = await goOn(ports, incident, signal).then(
    () => undefined,
    (error: unknown) => stopOf(error, incident.facts, signal),
  );
  const endedAt = ports.clock.now();
  await incident.end({ kind: 'ended', ...conclude(incident.facts, endedAt, stop), endedAt });
  return documentOf(incident.facts, incident.place);
}

function beginning({ toolVersion, user, host }: RunContext) {
  return { toolVersion, user, host };
}

async function goOn(ports: ActingPorts, incident: Incident, signal: AbortSignal): Promise<void> {
  const request = incident.facts.opened?.request;
  if (request === undefined) return;
  const agreed = agreementIn(incident.facts);
  const target = incident.facts.identified?.target;
  if (agreed !== undefined) await identify(request, ports, incident, signal);
  const blocker = whyNotResumed({ recorded: target, present: incident.facts.identified?.target });
  if (blocker !== undefined) return incident.record({ kind: 'blocked', blocker });
  const agreement = agreed ?? (await agree(request, ports, incident, signal));
  if (agreement !== undefined) await act(agreement, ports, incident, signal);
}

/** What the interrupted run had agreed to, if it got that far. */
function agreementIn({ opened, planned, decision }: Facts): Agreement | undefined {
  return opened === undefined || planned === undefined || decision !== 'agreed'
    ? undefined
    : { request: opened.request, plan: planned.plan };
}
