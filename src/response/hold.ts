import { nextMove, quietSince } from '../domain/hold.ts';
import type { EvictionPlan } from '../domain/plan.ts';
import type { ActingPorts, PresenceWatch } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import type { Incident } from './incident.ts';
import { pauseBeforeKick } from './kick.ts';
import type { Kick } from './kick.ts';
import { readConnectionAfter } from './read-connection.ts';
import { proveStillHearing } from './watch.ts';

/**
 * Holds the client ID until it was quiet for as long as planned, and retakes it whenever somebody comes back: each return
 * starts the quiet anew. Ends by the signal at the latest. A quiet counts only if the watch can still be heard at its end.
 */
export async function hold(
  request: EvictionRequest,
  plan: EvictionPlan,
  {
    kick,
    watch,
    ports,
    incident,
  }: { kick: Kick; watch: PresenceWatch | undefined; ports: ActingPorts; incident: Incident },
  signal: AbortSignal,
): Promise<void> {
  if (plan.holdMs === 0) return recordHeld(incident, ports, true);
  for (;;) {
    signal.throwIfAborted();
    const move = nextMove(incident.facts, ports.clock.now());
    switch (move.kind) {
      case 'wait':
        await incident.changed(move.ms, ports.clock, signal);
        break;
      case 'retake':
        await ports.clock.sleep(pauseBeforeKick(incident, ports), signal);
        // Meanwhile an event may have said that it was a colleague.
        if (nextMove(incident.facts, ports.clock.now()).kind === 'retake') await kick.once(signal);
        break;
      case 'yield':
        return recordHeld(incident, ports, false);
      case 'quiet':
        await proveStillHearing(watch, request, { ports, incident }, signal);
        // Nobody holds the ID: whoever came back unheard shows in another reading than that of the kick.
        if (plan.method === 'api') await readConnectionAfter(request, { ports, incident }, signal);
        if (nextMove(incident.facts, ports.clock.now()).kind !== 'quiet') break;
        return recordHeld(incident, ports, true);
    }
  }
}

async function recordHeld(incident: Incident, { clock }: ActingPorts, completed: boolean): Promise<void> {
  const until = clock.now();
  await incident.record({ kind: 'held', from: quietSince(incident.facts) ?? until, until, completed });
}
