import type { Stop } from './causes.ts';
import { subjectOf } from './change.ts';
import { containmentActs, succeeded } from './acts.ts';
import { followUp } from './evict-command.ts';
import type { Again } from './evict-command.ts';
import type { Facts } from './facts.ts';
import type { Blocker } from './plan.ts';
import type { UndoPlan } from './undo.ts';
import type { Conclusion } from './verdict.ts';

const GO_ON = 'run the same undo again: it goes on with what is left';

/** How an undo ends that must not begin; undefined: nothing stands in its way. */
export function refusalOfUndo({ blockers: [first, ...more] }: UndoPlan): Conclusion | undefined {
  return first === undefined ? undefined : refusedFor([first, ...more]);
}

/** How an undo ends in whose way something stands. */
export function refusedFor(blockers: readonly [Blocker, ...Blocker[]]): Conclusion {
  const [first] = blockers;
  const message = blockers.map((blocker) => blocker.message).join('; ');
  const hint = blockers.map(({ code, lift }) => `${code}: ${lift ?? 'cannot be lifted'}`).join('; ');
  return {
    verdict: 'refused',
    contained: 'unknown',
    cause: { code: first.code, message, hint, retryable: false },
  };
}

/** How an undo ends that has nothing to do: what is "already so" counts as done, and nothing is claimed of the access. */
export function nothingTakenBack({ opened }: Facts, again: Again = []): Conclusion {
  return {
    verdict: 'restored',
    contained: 'unknown',
    cause: {
      code: 'nothing-to-undo',
      message:
        'there is nothing to take back: this incident changed nothing, or all of it was taken back before',
      hint: `what it did: ${followUp('show', opened?.incident, again)}`,
      retryable: false,
    },
  };
}

/** How an undo ends that was not agreed to. */
export function declinedUndo({ ended }: Facts): Conclusion {
  return {
    verdict: 'refused',
    contained: ended?.contained ?? 'unknown',
    cause: {
      code: 'declined',
      message: 'not agreed to: nothing was taken back',
      hint: 'run the same undo again when it is to be done',
      retryable: true,
    },
  };
}

/** How an undo ends that was stopped before it changed anything. */
export function undoCutShort(stop: Stop): Conclusion {
  const verdict = stop.kind === 'interrupted' ? 'interrupted' : 'denied';
  const { code, message, hint } =
    stop.kind === 'error'
      ? stop
      : { code: stop.kind, message: 'stopped before anything was changed', hint: GO_ON };
  return { verdict, contained: 'unknown', cause: { code, message, hint, retryable: true } };
}

/** Restored only if every single change was read back. */
export function concludeUndo(
  facts: Facts,
  { changes }: UndoPlan,
  stop: Stop | undefined,
  again: Again = [],
): Conclusion {
  const acts = facts.acts.slice(facts.undoFrom);
  const done = acts.filter(succeeded).length;
  if (changes.length === 0 && stop === undefined) return nothingTakenBack(facts, again);
  // Where something was cut before, whether access is cut is not this incident's doing, and was not read.
  if (done > 0 && done === changes.length)
    return { verdict: 'restored', contained: foundCut(facts) ? 'unknown' : 'no' };
  const failed = acts.findLast(({ outcome }) => outcome?.kind === 'failed')?.outcome;
  const message = `${done} of ${changes.length} changes were taken back`;
  const why = failed?.kind === 'failed' ? failed : stop?.kind === 'error' ? stop : undefined;
  return {
    verdict: stop?.kind === 'interrupted' ? 'interrupted' : 'failed',
    contained: done === 0 ? 'unknown' : 'partly',
    cause: {
      code: why?.code ?? stop?.kind ?? 'failed',
      message: why === undefined ? message : `${message}: ${why.message}`,
      hint: GO_ON,
      retryable: true,
    },
  };
}

/** Whether something was cut already when the incident began, and so is not given back. */
function foundCut(facts: Facts): boolean {
  const made = new Set<string>();
  const found = new Set<string>();
  for (const { intended, outcome } of containmentActs(facts)) {
    if (intended.change === undefined || outcome?.kind !== 'done') continue;
    (outcome.already ? found : made).add(subjectOf(intended.change));
  }
  return [...found].some((subject) => !made.has(subject));
}
