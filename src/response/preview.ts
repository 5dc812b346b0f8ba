import { documentOf } from '../domain/document.ts';
import type { EvictionDocument } from '../domain/document.ts';
import { takesAKick, whyNotToKick } from '../domain/identification.ts';
import { incidentId } from '../domain/incident.ts';
import type { EvictionPlan } from '../domain/plan.ts';
import type { FoundEvent } from '../domain/found-event.ts';
import type { CallerReading } from '../domain/cloud-ports.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import { commandContext } from '../domain/readings.ts';
import type { Reading } from '../domain/readings.ts';
import { liftedGuards } from '../domain/request.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { concludePreview } from '../domain/verdict.ts';
import { both } from './both.ts';
import { Incident } from './incident.ts';
import { lookUp, readHistory } from './look-up.ts';
import { identify, prepare } from './prepare.ts';
import { OtherClients } from './read-neighbours.ts';
import { stopOf } from './stop.ts';

/**
 * The dry run: everything that only reads. Its ports can change nothing, so a write here does not compile, and its
 * incident stays in memory.
 */
export async function preview(
  request: EvictionRequest,
  ports: ReadingPorts,
  signal: AbortSignal,
): Promise<EvictionDocument> {
  const incident = new Incident(ports.onEntry);
  await open(request, ports, incident, { dryRun: true });
  const stop = await planOnly(request, ports, incident, signal).then(
    () => undefined,
    (error: unknown) => stopOf(error, incident.facts, signal),
  );
  const conclusion = concludePreview(incident.facts, stop);
  await incident.record({ kind: 'ended', ...conclusion, endedAt: ports.clock.now() });
  return documentOf(incident.facts, undefined);
}

async function planOnly(
  request: EvictionRequest,
  ports: ReadingPorts,
  incident: Incident,
  signal: AbortSignal,
): Promise<void> {
  const seen = await look(request, ports, incident, signal);
  const blocker = takesAKick(request, seen.history) ? whyNotToKick(request) : undefined;
  if (blocker !== undefined) return incident.record({ kind: 'blocked', blocker });
  await planFor(request, seen, { ports, incident }, signal);
}

/** What the look-up has to go by: who asks, all that the sources have of the client, and where to ask who else is hit. */
export type Seen = {
  readonly caller: Reading<CallerReading>;
  readonly history: readonly FoundEvent[];
  readonly others: OtherClients;
};

/** Asks who runs this, and reads all sources for the client. */
export async function look(
  request: EvictionRequest,
  ports: ReadingPorts,
  incident: Incident,
  signal: AbortSignal,
): Promise<Seen> {
  const [caller, history] = await both(
    signal,
    (stop) => identify(request, ports, incident, stop),
    (stop) => readHistory(request, ports, incident, stop),
  );
  return { caller, history, others: new OtherClients(request, { ports, incident }) };
}

/** Sighting and plan for a request, which the dry run and the real one share. `undefined`: nobody was found. */
export async function planFor(
  request: EvictionRequest,
  { caller, history, others }: Seen,
  { ports, incident }: { readonly ports: ReadingPorts; readonly incident: Incident },
  signal: AbortSignal,
): Promise<EvictionPlan | undefined> {
  const sighting = await lookUp(request, history, { clock: ports.clock, incident });
  if (sighting === undefined) return undefined;
  const found = { sighting, neighbourhood: await others.of(sighting.principal, signal) };
  return prepare(request, ports, { found, caller, incident }, signal);
}

/** The first entry: what was asked for, by whom, where, with which guards lifted. */
export async function open(
  request: EvictionRequest,
  { clock, random, context }: ReadingPorts,
  incident: Incident,
  { dryRun }: { readonly dryRun: boolean },
): Promise<void> {
  const startedAt = clock.now();
  const { toolVersion, user, host, mqttIdentity, again = [] } = context;
  await incident.record({
    kind: 'opened',
    version: 1,
    incident: incidentId(startedAt, random.hex(6)),
    toolVersion,
    user,
    host,
    request,
    dryRun,
    lifted: liftedGuards(request),
    commands: commandContext.parse(context),
    ...(mqttIdentity === undefined ? {} : { mqttIdentity }),
    ...(again.length === 0 ? {} : { again: [...again] }),
    startedAt,
  });
}
