import type { EvictionPlan } from '../domain/plan.ts';
import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';

/**
 * Makes sure, before anything is changed, that there is a broker where the client ID can be taken over: with access cut, and
 * nowhere to connect to, the intruder's connection would just go on. Throws what the cloud said.
 */
export async function findBroker(
  { timeoutMs }: EvictionRequest,
  { method }: EvictionPlan,
  { cloud, clock, context }: Pick<ActingPorts, 'cloud' | 'clock' | 'context'>,
  signal: AbortSignal,
): Promise<void> {
  if (context.mqttEndpoint !== undefined || method === 'api' || method === 'none') return;
  using limit = clock.within(timeoutMs, signal);
  await cloud.mqttEndpoint(limit.signal);
}
