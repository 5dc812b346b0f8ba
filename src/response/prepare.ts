import { makePlan } from '../domain/make-plan.ts';
import type { EvictionPlan, Warning } from '../domain/plan.ts';
import { principalOf } from '../domain/principal.ts';
import type { CallerReading, CertificateReading } from '../domain/cloud-ports.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import type { PlanReadings, Reading } from '../domain/readings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { both } from './both.ts';
import type { Incident } from './incident.ts';
import type { Found } from './look-up.ts';
import { readConnection } from './read-connection.ts';
import { readReach } from './read-reach.ts';
import { readSiblings } from './read-siblings.ts';
import { softly } from './softly.ts';

/** Asks who runs this, and where the broker is, without insisting: a refusal becomes a warning. */
export async function identify(
  request: EvictionRequest,
  ports: ReadingPorts,
  incident: Incident,
  signal: AbortSignal,
): Promise<Reading<CallerReading>> {
  const [caller, endpoint] = await Promise.all([
    softly(request, ports, signal, (limit) => ports.cloud.caller(limit)),
    softly(request, ports, signal, (limit) => mqttEndpoint(ports, limit)),
  ]);
  const { region } = ports.context;
  const skew = ports.cloud.clockSkewMs();
  await incident.record({
    kind: 'identified',
    responder: caller.known ? { arn: caller.value.arn, principal: caller.value.principal } : {},
    target: {
      ...(caller.known ? { account: caller.value.account } : {}),
      ...(region === undefined ? {} : { region }),
      ...(endpoint.known ? { endpoint: endpoint.value } : {}),
    },
    ...(skew === undefined ? {} : { clockSkewMs: skew }),
  });
  if (!endpoint.known) await incident.record({ kind: 'warned', warning: endpointUnknown(endpoint.why) });
  return caller;
}

async function mqttEndpoint({ cloud, context }: ReadingPorts, signal: AbortSignal): Promise<string> {
  return context.mqttEndpoint ?? (await cloud.mqttEndpoint(signal));
}

function endpointUnknown(why: string): Warning {
  return {
    code: 'endpoint-unknown',
    message: `where the broker is could not be read, and without it no client ID can be taken over: ${why}`,
  };
}

/** Reads what the plan is decided from, decides it, and records it. Changes nothing. */
export async function prepare(
  request: EvictionRequest,
  ports: ReadingPorts,
  { found, caller, incident }: { found: Found; caller: Reading<CallerReading>; incident: Incident },
  signal: AbortSignal,
): Promise<EvictionPlan> {
  const [certificate, evidence] = await Promise.all([
    readCertificate(request, ports, found, signal),
    readConnection(request, ports, incident, signal),
  ]);
  const [reach, siblings] = await both(
    signal,
    (stop) => readReach(request, ports, { found, certificate }, stop),
    (stop) => readSiblings(request, { ports, incident }, stop),
  );
  const plan = makePlan({
    request,
    ...found,
    caller,
    certificate,
    ...evidence,
    ...reach,
    siblings,
    now: ports.clock.now(),
    ownPrincipals: ownPrincipals(ports, caller),
    commands: ports.context,
    again: ports.context.again,
  });
  await incident.record({ kind: 'planned', plan, planHash: ports.digest(JSON.stringify(plan)) });
  return plan;
}

/** A certificate must be read where the principal looks like one: 64 hex digits alone prove nothing. */
async function readCertificate(
  request: EvictionRequest,
  { cloud, clock }: ReadingPorts,
  { sighting: { principal } }: Found,
  signal: AbortSignal,
): Promise<CertificateReading | 'not-here' | 'not-a-certificate'> {
  if (principal.kind !== 'certificate') return 'not-a-certificate';
  using limit = clock.within(request.timeoutMs, signal);
  return (await cloud.certificate(principal.identifier, limit.signal)) ?? 'not-here';
}

function ownPrincipals(
  { context }: ReadingPorts,
  caller: Reading<CallerReading>,
): PlanReadings['ownPrincipals'] {
  const own = [context.mqttIdentity, caller.known ? caller.value.principal : undefined];
  return own.filter((identifier) => identifier !== undefined).map(principalOf);
}
