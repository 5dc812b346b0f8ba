import { IDENTIFY_BY_API, IDENTIFY_BY_TAKEOVER, kicks, succeeded } from '../../domain/acts.ts';
import type { Facts } from '../../domain/facts.ts';
import type { EntryOf, IncidentEntry } from '../../domain/incident.ts';
import { containedAt } from '../../domain/sessions.ts';
import { shown } from '../console.ts';

/** What a run is busy with. The same value for as long as it lasts: the time it takes is counted from its first moment. */
export type Phase = { readonly step: string; readonly doing: string };

export const LOOK_UP: Phase = { step: 'look up', doing: 'reading the sources' };
const WAIT: Phase = { step: 'look up', doing: 'waiting for its next connection' };
const PLAN: Phase = { step: 'plan', doing: 'reading what the plan goes by' };
const LISTEN: Phase = { step: 'watch', doing: 'subscribing' };
const CANARY: Phase = { step: 'watch', doing: 'waiting to hear the canary' };
const IDENTIFY: Phase = { step: 'identify', doing: 'kicking it once, and listening for whose it is' };
const VERIFY: Phase = { step: 'verify', doing: 'waiting for proof' };
export const HOLD: Phase = { step: 'hold', doing: 'watching that it stays out' };
const ENDING: Phase = { step: 'end', doing: 'letting go' };

/** The phase that an entry leads to, from the phase before it and the facts that the entry is already part of. */
export function phaseAfter(phase: Phase | undefined, entry: IncidentEntry, facts: Facts): Phase | undefined {
  switch (entry.kind) {
    case 'opened':
      return LOOK_UP;
    case 'waiting':
      return WAIT;
    case 'sighted':
      return PLAN;
    case 'decided':
      return entry.decision === 'agreed' ? LISTEN : entry.decision === 'changed' ? LOOK_UP : undefined;
    case 'watching':
      return phase === LISTEN ? CANARY : phase; // one that was cut listens again beside whatever goes on
    case 'intended':
      return phase === HOLD ? HOLD : acting(entry);
    case 'done':
      return phase === HOLD ? HOLD : afterAct(phase, facts);
    case 'judged':
      return facts.planned?.plan.holdMs === 0 ? ENDING : HOLD;
    case 'held':
      return ENDING;
    case 'resumed':
      return LISTEN;
    case 'kick-decided':
      return entry.decision === 'agreed' ? LISTEN : undefined;
    case 'kick-told':
      return entry.outcome === 'principal' ? PLAN : undefined;
    case 'planned':
    case 'released':
    case 'ended':
    case 'blocked':
      return undefined;
    case 'identified':
    case 'sources-read':
    case 'connection-read':
    case 'siblings-read':
    case 'watch-proved':
    case 'warned':
    case 'failed':
    case 'observed':
    case 'lost':
    case 'gap':
    case 'messages-kept':
    case 'refusal-log':
    case 'refused':
    case 'undo-opened':
      return phase;
  }
}

function acting({ step, target, change }: EntryOf<'intended'>): Phase {
  if (step === IDENTIFY_BY_API || step === IDENTIFY_BY_TAKEOVER) return IDENTIFY;
  return change === undefined
    ? { step, doing: 'dropping the connection' }
    : { step, doing: `changing ${shown(target)}, and reading it back` };
}

/** Once it was kicked, the proof is waited for; where no kick is asked for, the quiet begins with the containment. */
function afterAct(phase: Phase | undefined, facts: Facts): Phase | undefined {
  if (facts.undo !== undefined) return phase;
  if (kicks(facts).some(succeeded)) return VERIFY;
  const kickless = facts.planned?.plan.method === 'none' && containedAt(facts) !== undefined;
  return kickless ? HOLD : phase;
}
