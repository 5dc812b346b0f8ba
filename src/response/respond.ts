import { documentOf } from '../domain/document.ts';
import type { EvictionDocument } from '../domain/document.ts';
import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { conclude } from '../domain/verdict.ts';
import { takesAKick } from '../domain/identification.ts';
import { agree } from './agree.ts';
import type { Agreement } from './agree.ts';
import { ifClaimed } from './claim-client.ts';
import { contain } from './contain.ts';
import { findBroker } from './find-broker.ts';
import { hold } from './hold.ts';
import { identifyByKick } from './identify-by-kick.ts';
import { Incident } from './incident.ts';
import { Kick, kickOut } from './kick.ts';
import { look, open } from './preview.ts';
import { readConnectionAfter } from './read-connection.ts';
import { readSiblingsAfter } from './read-siblings.ts';
import { stopOf } from './stop.ts';
import { verify } from './verify.ts';
import { startWatch, untilHearing } from './watch.ts';

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

/** Look up → plan → agree, and then the acts. A step that cannot go on returns; the facts say why. */
async function steps(
  asked: EvictionRequest,
  ports: ActingPorts,
  incident: Incident,
  signal: AbortSignal,
): Promise<void> {
  const reach = { ports, incident };
  const seen = await look(asked, ports, incident, signal);
  if (!takesAKick(asked, seen.history)) {
    const agreement = await agree(asked, seen, reach, signal);
    if (agreement === undefined) return;
    return ifClaimed(asked.clientId, reach, signal, (held) => carryThrough(agreement, ports, incident, held));
  }
  // The one exception to the order, asked for by name: a kick before it is known who is kicked.
  await incident.keepIn(ports.records);
  await ifClaimed(asked.clientId, reach, signal, async (held) => {
    const told = await identifyByKick(asked, seen, reach, held);
    const agreement = told && (await agree(asked, told, reach, held));
    if (agreement !== undefined) await carryThrough(agreement, ports, incident, held);
  });
}

/** Find the broker → watch → contain → kick → verify → hold: what was agreed to, in this order and no other. */
export async function carryThrough(
  { request, plan }: Agreement,
  ports: ActingPorts,
  incident: Incident,
  signal: AbortSignal,
): Promise<void> {
  await findBroker(request, plan, ports, signal);

  const reach = { ports, incident };
  await using watch = await startWatch(request, plan, reach, signal);
  if (incident.facts.blockers.length > 0) return;

  if (!(await contain(request, plan, reach, signal))) return;

  // Whoever was kicked before the run was cut off may be gone, and his `disconnected` event was not heard.
  if (incident.facts.resumedFrom !== undefined) await readConnectionAfter(request, reach, signal);

  await using kick = new Kick(request, plan, { ...reach, mqttVersion: watch?.mqttVersion ?? 4 });
  if (plan.method !== 'none') {
    if (watch !== undefined) await untilHearing(request, reach, signal);
    if (!(await kickOut(request, kick, reach, signal))) return;
    await verify(request, reach, signal);
  }
  await hold(request, plan, { ...reach, kick, watch }, signal);
  if (plan.method === 'none') await readConnectionAfter(request, reach, signal);
  await readSiblingsAfter(request, plan, reach, signal);
}
