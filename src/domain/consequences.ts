import { ACTIONS } from './action.ts';
import type { EvictionPlan } from './plan.ts';

/** What an operator must know before agreeing: what no undo takes back, and what others will see. */
export type Consequences = {
  readonly cannotBeUndone: readonly string[];
  readonly setsOff: readonly string[];
};

/** Warnings that tell of something that others will see or feel. */
const SETS_OFF: ReadonlySet<string> = new Set([
  'publishes-last-will',
  'shows-online',
  'device-defender-finding',
  'can-mint-credentials',
]);

/** Warnings of what is gone for the client. */
const CANNOT_BE_UNDONE: ReadonlySet<string> = new Set(['ends-session', 'consumes-messages']);

export function consequencesOf(plan: EvictionPlan): Consequences {
  const { actions, method, warnings, changes } = plan;
  const final = actions.filter((action) => !ACTIONS[action].reversible);
  return {
    cannotBeUndone: [
      ...final.map((action) => `${action}: ${ACTIONS[action].inverse}`),
      ...(method === 'none' ? [] : ['the dropped connection, and what the device was doing on it']),
      ...warnings.filter(({ code }) => CANNOT_BE_UNDONE.has(code)).map(({ message }) => message),
    ],
    setsOff: [
      ...warnings.filter(({ code }) => SETS_OFF.has(code)).map(({ message }) => message),
      ...(changes.length > 0 && hasCompany(plan)
        ? ['every device that uses the same principal loses its connections, too']
        : []),
    ],
  };
}

function hasCompany({ blastRadius: { clients, things } }: EvictionPlan): boolean {
  return clients.length > 1 || things.length > 1;
}
