import { documentOf } from '../domain/document.ts';
import type { EvictionDocument } from '../domain/document.ts';
import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { conclude } from '../domain/verdict.ts';
import { contain } from './contain.ts';
import { hold } from './hold.ts';
import { Incident } from './incident.ts';
import { lookAndPlan, open } from './preview.ts';
import { stopOf } from './stop.ts';
import { Grip, takeOver } from './take-over.ts';
import { verify } from './verify.ts';
import { startWatch } from './watch.ts';

/**
 * The whole response to one hostile client. Whatever happens on the way (a blocker, a refusal, Ctrl-C, the deadline), it
 * ends with a verdict that is decided from the recorded facts alone, and with the record of them.
 */
export async function respond(
  request: EvictionRequest,
  ports: ActingPorts,
  signal: AbortSignal,
): Promise<EvictionDocument> {
  await using incident = new Incident(ports.onEntry);
  await open(request, ports, incident, { dryRun: false });
  const stop = await steps(request, ports, incident, signal).then(
    () => undefined,
    (error: unknown) => stopOf(error, incident.facts, signal),
  );
  const endedAt = ports.clock.now();
  await incident.end({ kind: 'ended', ...conclude(incident.facts, endedAt, stop), endedAt });
  return documentOf(incident.facts, incident.place);
}

/** Look up → plan → watch → contain → take over → verify → hold. A step that cannot go on returns; the facts say why. */
async function steps(
  request: EvictionRequest,
  ports: ActingPorts,
  incident: Incident,
  signal: AbortSignal,
): Promise<void> {
  const plan = await lookAndPlan(request, ports, incident, signal);
  if (plan === undefined) return;
  await incident.keepIn(ports.records);
  if (plan.blockers.length > 0) return;

  const reach = { ports, incident };
  await using watch = await startWatch(request, plan, reach, signal);
  if (incident.facts.blockers.length > 0) return;

  if (!(await contain(request, plan, reach, signal))) return;

  await using grip = new Grip(request, { ...reach, mqttVersion: watch?.mqttVersion ?? 4 });
  if (!(await takeOver(request, grip, reach, signal))) return;

  await verify(request, reach, signal);
  await hold(request, plan, { ...reach, grip, watch }, signal);
}
