import type { Candidate } from '../../domain/proposal.ts';
import { shown } from '../console.ts';
import { roughlyAgo } from '../../domain/roughly.ts';

/** A principal as one to choose: the lone session beside hundreds is the one to look at. */
export function candidateWords(
  { principal, sessions, last, ended, ipAddress }: Candidate,
  now: number,
): string {
  const count = sessions === undefined ? '' : `, ${sessions} session${sessions === 1 ? '' : 's'}`;
  const age =
    last === undefined ? ', never seen' : `, ${ended ? 'ended, ' : ''}last ${roughlyAgo(last, now)}`;
  const from = ipAddress === undefined ? '' : `, from ${shown(ipAddress)}`;
  return `${principal.kind} ${shown(principal.identifier)}${count}${age}${from}`;
}
