import { bounced, nextMove, quietSince } from '../domain/hold.ts';
import type { EvictionPlan } from '../domain/plan.ts';
import type { PresenceWatch } from '../domain/broker-ports.ts';
import type { ActingPorts } from '../domain/ports.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { whileHearingRefusals } from './hear-refusals.ts';
import type { LookAgain } from './hear-refusals.ts';
import type { Incident } from './incident.ts';
import { pauseBeforeKick } from './kick.ts';
import type { Kick } from './kick.ts';
import { readConnectionAfter } from './read-connection.ts';
import { proveStillHearing } from './watch.ts';

type Reach = {
  readonly kick: Kick;
  readonly watch: PresenceWatch | undefined;
  readonly ports: ActingPorts;
  readonly incident: Incident;
};

/**
 * Holds the client ID until it was quiet for as long as planned, and retakes it whenever somebody comes back: each return
 * starts the quiet anew. Ends by the signal at the latest, and early only when the door is proved shut.
 */
export async function hold(
  request: EvictionRequest,
  plan: EvictionPlan,
  reach: Reach,
  signal: AbortSignal,
): Promise<void> {
  if (plan.holdMs === 0) return recordHeld(reach, true);
  await whileHearingRefusals({ request, plan, ...reach }, signal, (held, lookAgain) =>
    untilQuiet(request, plan, { ...reach, lookAgain }, held),
  );
}

/** A quiet counts only if the watch can still be heard at its end. */
async function untilQuiet(
  request: EvictionRequest,
  plan: EvictionPlan,
  { kick, watch, ports, incident, lookAgain }: Reach & { readonly lookAgain: LookAgain },
  signal: AbortSignal,
): Promise<void> {
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
        return recordHeld({ ports, incident }, false);
      case 'quiet':
        await proveStillHearing(watch, request, { ports, incident }, signal);
        // Nobody holds the ID: whoever came back unheard shows in another reading than that of the kick.
        if (plan.method === 'api') await readConnectionAfter(request, { ports, incident }, signal);
        await lookAgain();
        if (nextMove(incident.facts, ports.clock.now()).kind !== 'quiet') break;
        return recordHeld({ ports, incident }, true);
    }
  }
}

/** A quiet that is shorter than planned says why: so many attempts were seen to be refused. */
async function recordHeld(
  { ports, incident }: Pick<Reach, 'ports' | 'incident'>,
  completed: boolean,
): Promise<void> {
  const until = ports.clock.now();
  const from = quietSince(incident.facts) ?? until;
  const isEarly = completed && until - from < (incident.facts.planned?.plan.holdMs ?? 0);
  const refusals = isEarly ? { refusals: bounced(incident.facts) } : {};
  await incident.record({ kind: 'held', from, until, completed, ...refusals });
}
