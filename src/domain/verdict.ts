import { CAUSES } from './causes.ts';
import type { Stop } from './causes.ts';
import { isIdentifying, isKickOnly, newestChanges, succeeded, takeovers } from './acts.ts';
import type { Facts } from './facts.ts';
import { returnsOf } from './hold.ts';
import { remainingClients } from './neighbours.ts';
import { rivalOf } from './contest.ts';
import { awayFrom, containedAt, currentHolder, isColleague } from './sessions.ts';
import { refusedToIdentify, thoughDropped } from './unidentified.ts';
import { isContradicted, judge } from './verification.ts';
import type { Cause, Contained, Verdict } from './verdict-words.ts';

/** How a run ends: the word, whether access is cut, and why it is not a plain success. */
export type Conclusion = {
  readonly verdict: Verdict;
  readonly contained: Contained;
  readonly cause?: Cause | undefined;
};

/** Decides the outcome from what is known at `now` (epoch milliseconds). Never `evicted` without proof. */
export function conclude(facts: Facts, now: number, stop: Stop | undefined): Conclusion {
  const contained = containment(facts);
  const [verdict, cause] = outcome(facts, now, stop);
  return { verdict, contained, ...(cause === undefined ? {} : { cause }) };
}

type Outcome = readonly [Verdict, Cause?];

function outcome(facts: Facts, now: number, stop: Stop | undefined): Outcome {
  if (stop?.kind === 'interrupted') return ['interrupted', CAUSES.interrupted(facts)];
  return beforeAnyAct(facts, stop) ?? beforeTheKick(facts, stop) ?? afterTheKick(facts, now, stop);
}

/** How a dry run ends. */
export function concludePreview(facts: Facts, stop: Stop | undefined): Conclusion {
  const [verdict, cause] =
    stop?.kind === 'interrupted'
      ? (['interrupted', CAUSES.interrupted(facts)] as const)
      : (beforeAnyAct(facts, stop) ?? (['planned'] as const));
  return { verdict, contained: 'no', ...(cause === undefined ? {} : { cause }) };
}

/** Ends at which nobody's access was changed, and nobody was kicked but to be identified. */
function beforeAnyAct(facts: Facts, stop: Stop | undefined): Outcome | undefined {
  if (!facts.acts.every(isIdentifying)) return undefined;
  const ended = unchanged(facts, stop);
  return ended && [ended[0], thoughDropped(facts, ended[1])];
}

function unchanged(facts: Facts, stop: Stop | undefined): Required<Outcome> | undefined {
  if (stop?.kind === 'error')
    return [stop.code === 'record-unwritable' ? 'failed' : 'denied', CAUSES.stopped(facts, stop)];
  if (stop?.kind === 'deadline')
    return [
      'denied',
      {
        ...CAUSES.deadline(facts),
        message: 'the deadline came before anything was changed',
        hint: 'raise --deadline',
      },
    ];
  if (facts.blockers.length > 0) return ['refused', CAUSES.refused(facts)];
  if (facts.decision === 'declined') return ['refused', CAUSES.declined(facts)];
  if (facts.sighting !== undefined) return undefined;
  const refusal = refusedToIdentify(facts);
  return refusal === undefined ? ['not-found', CAUSES.notFound(facts)] : ['denied', refusal];
}

function beforeTheKick(facts: Facts, stop: Stop | undefined): Outcome | undefined {
  const wanted = (facts.planned?.plan.changes.length ?? 0) > 0;
  if (wanted && containedAt(facts) === undefined) {
    return [containment(facts) === 'no' ? 'denied' : 'failed', CAUSES.notContained(facts)];
  }
  if (awayFrom(facts) !== undefined) return undefined;
  if (facts.blockers.length > 0) return [wanted ? 'unverified' : 'failed', CAUSES.refused(facts)];
  if (stop?.kind === 'error') return [wanted ? 'unverified' : 'failed', CAUSES.stopped(facts, stop)];
  if (stop?.kind === 'deadline') return [wanted ? 'unverified' : 'failed', CAUSES.deadline(facts)];
  return [wanted ? 'unverified' : 'failed', CAUSES.notKicked(facts)];
}

function afterTheKick(facts: Facts, now: number, stop: Stop | undefined): Outcome {
  if (stop?.kind === 'error') return ['unverified', CAUSES.stopped(facts, stop)];
  const rival = rivalOf(facts);
  if (rival !== undefined) return ['unverified', CAUSES.otherResponder(facts, rival)];
  const unquiet = returnsOf(facts).length > 0 && !facts.held?.completed;
  if (currentHolder(facts) !== undefined || unquiet) return ['returned', CAUSES.returned(facts)];
  const grip = takeovers(facts).at(-1);
  if (grip?.outcome?.kind === 'failed' || grip?.lost !== undefined)
    return ['unverified', CAUSES.idLost(facts)];
  if (facts.gaps.length > 0) return ['unverified', CAUSES.gap(facts)];
  return judged(facts, now, stop);
}

function judged(facts: Facts, now: number, stop: Stop | undefined): Outcome {
  const judgement = judge(facts, now);
  if (judgement.kind === 'somebody-else') {
    const { principal } = judgement;
    const cause = isColleague(principal, facts) ? CAUSES.otherResponder : CAUSES.somebodyElse;
    return ['unverified', cause(facts, principal)];
  }
  if (judgement.kind !== 'proved' && judgement.kind !== 'nobody-there')
    return ['unverified', silenceOf(facts)];
  if (stop?.kind === 'deadline' || !facts.held?.completed) return ['unverified', CAUSES.deadline(facts)];
  if (isKickOnly(facts)) return judgement.kind === 'proved' ? ['kicked'] : ['not-connected'];
  const alive = remainingClients(facts).filter(({ state }) => state === 'connected');
  if (alive.length > 0)
    return [
      'unverified',
      CAUSES.aliveElsewhere(
        facts,
        alive.map(({ clientId }) => clientId),
      ),
    ];
  return [judgement.kind === 'proved' ? 'evicted' : 'not-connected'];
}

function silenceOf(facts: Facts): Cause {
  if (isContradicted(facts)) return CAUSES.contradiction(facts);
  const { method } = facts.planned?.plan ?? {};
  if (method === 'none') return CAUSES.notAskedToKick(facts);
  const connected = facts.connectionAfter?.reading?.connected === true;
  return method === 'api' && connected ? CAUSES.stillConnected(facts) : CAUSES.noProof(facts);
}

/** Whether access is cut, from the acts alone. */
function containment(facts: Facts): Contained {
  const wanted = facts.planned?.plan.changes.length ?? 0;
  if (isKickOnly(facts)) return 'none';
  const acts = newestChanges(facts);
  if (acts.some(({ outcome }) => outcome === undefined || (outcome.kind === 'failed' && !outcome.refused)))
    return 'unknown';
  const done = acts.filter(succeeded).length;
  if (done === 0) return 'no';
  return done === wanted ? 'yes' : 'partly';
}
