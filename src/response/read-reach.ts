import { actionsOf } from '../domain/make-plan.ts';
import type { CertificateReading } from '../domain/cloud-ports.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import { principalOf } from '../domain/principal.ts';
import type { PlanReadings, Reading } from '../domain/readings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import type { Found } from './look-up.ts';
import { softly } from './softly.ts';

type Reach = Pick<PlanReadings, 'things' | 'policies' | 'effective' | 'throughGroups' | 'connectsWithout'>;
type Subject = { readonly found: Found; readonly certificate: CertificateReading | string };

const NONE = { known: false, why: 'the principal has no policies of AWS IoT in this account' } as const;

/** Who else would be hit, and what the principal may do: readings that may be refused, but for what `detach` cannot do without. */
export async function readReach(
  request: EvictionRequest,
  ports: ReadingPorts,
  { found, certificate }: Subject,
  signal: AbortSignal,
): Promise<Reach> {
  const { principal } = found.sighting;
  const arn = typeof certificate === 'string' ? undefined : certificate.arn;
  const target = arn ?? principalOf(request.principal ?? '').identityId;
  if (target === undefined) return { things: NONE, policies: NONE, effective: NONE };
  const detaches = actionsOf(request, principal).includes('detach');
  const ask = <T>(read: (limit: AbortSignal) => Promise<T>) => softly(request, ports, signal, read);
  const [things, policies] = await Promise.all([
    arn === undefined ? NONE : ask((limit) => ports.cloud.thingsOf(arn, limit)),
    detaches
      ? insisted(request, ports, signal, target)
      : ask((limit) => ports.cloud.policiesOn(target, limit)),
  ]);
  if (arn === undefined) return { things, policies, effective: NONE };
  const thingName = thingOf(request, found, things);
  const effective = await ask((limit) =>
    ports.cloud.effectivePolicies({ principalArn: arn, thingName }, limit),
  );
  if (!detaches || !policies.known) return { things, policies, effective };
  const throughGroups = thingName === undefined ? undefined : await ask(groupsOf(thingName, ports));
  const stay: ReadonlySet<string> = new Set(throughGroups?.known ? throughGroups.value : []);
  const detached = request.policies.length === 0 ? policies.value : request.policies;
  // AWS leaves policies out by their names: one that a group has, too, would be left out of that as well.
  const without = detached.filter((name) => !stay.has(name));
  const question = { principalArn: arn, clientId: request.clientId, without };
  const connectsWithout = await ask((limit) => ports.cloud.mayConnect(question, limit));
  return { things, policies, effective, throughGroups, connectsWithout };
}

function groupsOf(thingName: string, { cloud }: ReadingPorts) {
  return async (limit: AbortSignal): Promise<readonly string[]> =>
    (await cloud.effectivePolicies({ thingName }, limit)).map(({ name }) => name);
}

/** What is to be detached must be known: that it cannot be read ends the run. */
async function insisted(
  { timeoutMs }: EvictionRequest,
  { clock, cloud }: ReadingPorts,
  signal: AbortSignal,
  target: string,
): Promise<Reading<readonly string[]>> {
  using limit = clock.within(timeoutMs, signal);
  return { known: true, value: await cloud.policiesOn(target, limit.signal) };
}

/** Policies of groups count for the thing that the connection belongs to: mostly the one that is named like the client. */
function thingOf(
  { clientId }: EvictionRequest,
  { sighting }: Found,
  things: Reading<readonly string[]>,
): string | undefined {
  const names = things.known ? things.value : [];
  return (
    sighting.thingName ??
    names.find((name) => name === clientId) ??
    (names.length === 1 ? names[0] : undefined)
  );
}
