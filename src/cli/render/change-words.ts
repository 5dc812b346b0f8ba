import { describeSubject, isFulfilled } from '../../domain/change.ts';
import type { Change } from '../../domain/change.ts';
import { shown } from '../console.ts';

/** A change of access as before → after. */
export function changeWords(change: Change): string {
  const already = isFulfilled(change, change.before) ? ' (already so)' : '';
  return `${change.step} ${shown(describeSubject(change))}: ${shown(change.before)} → ${shown(change.after)}${already}`;
}
