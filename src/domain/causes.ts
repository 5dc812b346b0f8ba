import { access, commandToUndo, shown } from './cause-words.ts';
import type { Facts } from './facts.ts';
import { refusedRetakes } from './contest.ts';
import { containmentActs, isIdentifying, kicks, succeeded, takeovers } from './acts.ts';
import { nextAgainst } from './next-against.ts';
import { returnsOf } from './hold.ts';
import type { Returns } from './hold.ts';
import { notFound } from './not-found-cause.ts';
import type { Blocker } from './plan.ts';
import type { Principal } from './principal.ts';
import { printable } from './printable.ts';
import { isColleague } from './sessions.ts';
import { aliveElsewhere, noProof, stillConnected } from './unproved-causes.ts';
import type { Cause } from './verdict-words.ts';

/** Why the run stopped before its end. */
export type Stop =
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'deadline' }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly hint: string };

/** The reasons that a run can end with, each with what happened and what to do next. */
export const CAUSES = {
  interrupted: (facts: Facts): Cause => ({
    code: 'interrupted',
    message: `stopped by a signal; done so far: ${doneSoFar(facts)}`,
    hint: whatNext(facts, 'run the same command again'),
    retryable: true,
  }),

  notFound,

  refused: ({ blockers }: Facts): Cause => ({
    code: blockers[0]?.code ?? 'refused',
    message: blockers.map(({ message }) => message).join('; '),
    hint: [...new Set(blockers.map(howToLift))].join('; '),
    retryable: false,
  }),

  declined: (facts: Facts): Cause => ({
    code: 'declined',
    message: `not agreed to: nothing ${facts.acts.length === 0 ? '' : 'more '}of client "${shown(facts)}" was changed`,
    hint: 'run the same command again when it is to be done',
    retryable: true,
  }),

  contradiction: (facts: Facts): Cause => ({
    code: 'contradiction',
    message: `"${shown(facts)}" was sighted connected, and the connection API has never heard of it`,
    hint: `${access(facts)}; check that account and region are the right ones`,
    retryable: false,
  }),

  notAskedToKick: (facts: Facts): Cause => ({
    code: 'not-kicked',
    message: 'contained without a kick, as asked for: a live connection may go on for minutes',
    hint: `${access(facts)}; to kick it, run the same command with --method takeover`,
    retryable: true,
  }),

  notContained: (facts: Facts): Cause => {
    const failed = containmentActs(facts).findLast(({ outcome }) => outcome?.kind === 'failed')?.outcome;
    return {
      code: failed?.kind === 'failed' ? failed.code : 'not-contained',
      message: failed?.kind === 'failed' ? failed.message : 'the containment has no known outcome',
      hint: `${failed?.kind === 'failed' ? failed.hint : 'check the state'}; by hand: ${(facts.planned?.plan.equivalent ?? []).join('; ')}`,
      retryable: true,
    };
  },

  notKicked: (facts: Facts): Cause => {
    const acts = kicks(facts).length > 0 ? kicks(facts) : facts.acts.filter((act) => !isIdentifying(act));
    const failed = acts.findLast(({ outcome }) => outcome?.kind === 'failed')?.outcome;
    return {
      code: failed?.kind === 'failed' && failed.code !== 'broker-refused' ? failed.code : 'id-contended',
      message: `the client could not be kicked: ${failed?.kind === 'failed' ? failed.message : 'no attempt was made'}`,
      hint: `${access(facts)}, but a live connection may go on; run the same command again`,
      retryable: true,
    };
  },

  returned: (facts: Facts): Cause => ({
    code: 'returned',
    message: `the client came back ${returnsOf(facts).map(timesAs).join(' and ')} and was not quiet by the deadline`,
    hint: nextAgainst(
      facts,
      returnsOf(facts).map(({ principal }) => principal),
    ),
    retryable: true,
  }),

  otherResponder: (facts: Facts, principal: Principal): Cause => ({
    code: 'other-responder',
    message: `${isColleague(principal, facts) ? 'a colleague' : 'another run of ours'} ("${printable(principal.identifier)}") uses the client ID, too`,
    hint: `${access(facts)}; agree on who goes on, then run again`,
    retryable: true,
  }),

  somebodyElse: (facts: Facts, principal: Principal): Cause => ({
    code: 'other-principal',
    message: `the kick displaced "${printable(principal.identifier)}", which this run did not contain`,
    hint: nextAgainst(facts, [principal]),
    retryable: true,
  }),

  gap: (facts: Facts): Cause => ({
    code: 'watch-gap',
    message: `the watch was interrupted (${facts.gaps[0]?.reason ?? 'unknown'}), so what happened meanwhile is not known`,
    hint: `${access(facts)}; run the same command again to prove it`,
    retryable: true,
  }),

  noProof,
  stillConnected,
  aliveElsewhere,

  idLost: (facts: Facts): Cause => {
    const refused = refusedRetakes(facts);
    const reason = takeovers(facts).findLast(({ lost }) => lost !== undefined)?.lost?.reason;
    return {
      code: refused.length === 0 ? 'id-lost' : 'id-contended',
      message: [
        ...(reason === undefined ? [] : [`the connection that held the client ID was lost: ${reason}`]),
        ...refused
          .slice(-1)
          .map(({ message }) => `taking it again was refused (tries: ${refused.length}): ${message}`),
      ].join('; '),
      hint: `${access(facts)}; run the same command again, with a --hold`,
      retryable: true,
    };
  },

  deadline: (facts: Facts): Cause => ({
    code: 'deadline',
    message: kicks(facts).some(succeeded)
      ? 'the deadline came before the hold was over'
      : 'the deadline came before the client was kicked',
    hint: `${access(facts)}; raise --deadline or shorten --hold, and run again`,
    retryable: true,
  }),

  stopped: (facts: Facts, stop: Extract<Stop, { kind: 'error' }>): Cause => ({
    code: stop.code,
    message: stop.message,
    hint: whatNext(facts, stop.hint),
    retryable: true,
  }),
} as const;

function howToLift({ lift, code }: Blocker): string {
  return lift === undefined ? `${code} cannot be lifted` : `${code}: ${lift}`;
}

function doneSoFar(facts: Facts): string {
  const done = facts.acts
    .filter(({ outcome }) => outcome?.kind === 'done')
    .map(({ intended }) => intended.step);
  return done.length === 0 ? 'nothing was changed' : done.join(', ');
}

function whatNext(facts: Facts, otherwise: string): string {
  const undo = commandToUndo(facts);
  return undo === undefined ? otherwise : `${otherwise}; to take it back: ${undo}`;
}

function timesAs({ principal, count }: Returns): string {
  return `${count} time${count === 1 ? '' : 's'} as "${printable(principal.identifier)}"`;
}
