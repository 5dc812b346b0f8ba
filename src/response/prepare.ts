import { EvictError } from '../domain/errors.ts';
import { makePlan } from '../domain/make-plan.ts';
import type { EvictionPlan } from '../domain/plan.ts';
import { principalOf } from '../domain/principal.ts';
import type { CallerReading, CertificateReading, ReadingPorts } from '../domain/ports.ts';
import type { PlanReadings, Reading } from '../domain/readings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import type { Incident } from './incident.ts';
import type { Found } from './look-up.ts';

/** Asks who runs this, without insisting: a refusal becomes a warning of the plan. */
export async function identify(
  request: EvictionRequest,
  ports: ReadingPorts,
  incident: Incident,
  signal: AbortSignal,
): Promise<Reading<CallerReading>> {
  const caller = await softly(request, ports, signal, (limit) => ports.cloud.caller(limit));
  const { region, mqttEndpoint } = ports.context;
  const skew = ports.cloud.clockSkewMs();
  await incident.record({
    kind: 'identified',
    responder: caller.known ? { arn: caller.value.arn, principal: caller.value.principal } : {},
    target: {
      ...(caller.known ? { account: caller.value.account } : {}),
      ...(region === undefined ? {} : { region }),
      ...(mqttEndpoint === undefined ? {} : { endpoint: mqttEndpoint }),
    },
    ...(skew === undefined ? {} : { clockSkewMs: skew }),
  });
  return caller;
}

/** Reads what the plan is decided from, decides it, and records it. Changes nothing. */
export async function prepare(
  request: EvictionRequest,
  ports: ReadingPorts,
  { found, caller, incident }: { found: Found; caller: Reading<CallerReading>; incident: Incident },
  signal: AbortSignal,
): Promise<EvictionPlan> {
  const certificate = await readCertificate(request, ports, found, signal);
  const reach = await readReach(request, ports, certificate, signal);
  const plan = makePlan({
    request,
    ...found,
    caller,
    certificate,
    ...reach,
    ownPrincipals: ownPrincipals(ports, caller),
    commands: ports.context,
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

/** Who else would be hit: readings that may be refused. */
async function readReach(
  request: EvictionRequest,
  ports: ReadingPorts,
  certificate: CertificateReading | string,
  signal: AbortSignal,
): Promise<Pick<PlanReadings, 'things' | 'policies'>> {
  if (typeof certificate === 'string') {
    const none = { known: false, why: 'the principal is not a certificate of this account' } as const;
    return { things: none, policies: none };
  }
  const [things, policies] = await Promise.all([
    softly(request, ports, signal, (limit) => ports.cloud.thingsOf(certificate.arn, limit)),
    softly(request, ports, signal, (limit) => ports.cloud.policiesOn(certificate.arn, limit)),
  ]);
  return { things, policies };
}

function ownPrincipals(
  { context }: ReadingPorts,
  caller: Reading<CallerReading>,
): PlanReadings['ownPrincipals'] {
  const own = [context.mqttIdentity, caller.known ? caller.value.principal : undefined];
  return own.filter((identifier) => identifier !== undefined).map(principalOf);
}

/** A reading that only enriches: the cloud's refusal is an answer, too. Anything else is not. */
async function softly<T>(
  { timeoutMs }: EvictionRequest,
  { clock }: ReadingPorts,
  signal: AbortSignal,
  read: (limit: AbortSignal) => Promise<T>,
): Promise<Reading<T>> {
  using limit = clock.within(timeoutMs, signal);
  try {
    return { known: true, value: await read(limit.signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EvictError && error.source === 'cloud') return { known: false, why: error.message };
    throw error;
  }
}
