import { shown } from './cause-words.ts';
import { IDENTIFY_BY_API, identifyingKicks } from './acts.ts';
import type { Facts } from './facts.ts';
import { wasDroppedToIdentify } from './identification.ts';
import { printable } from './printable.ts';
import type { Cause } from './verdict-words.ts';

/** What else there is to say of a client that no source knows, where a kick was to tell who it is. */
export function whatAKickTold(facts: Facts, nowhere: string): Partial<Cause> {
  const { dryRun = false, request } = facts.opened ?? {};
  if (dryRun && request?.identifyByKick)
    return {
      message: `${nowhere}; without --dry-run, one kick would tell its principal`,
    };
  if (facts.told === undefined) return {};
  if (!wasDroppedToIdentify(facts)) return { message: `${nowhere}, and ${nobody(facts)}`, retryable: true };
  return {
    code: 'not-identified',
    message: `${nowhere}; it was kicked once, and no event told whom that dropped: nobody's access was changed`,
    hint: 'run the same command again, with a longer --timeout, or name the principal with --principal',
    retryable: true,
  };
}

/** Why there was nobody to kick. */
function nobody(facts: Facts): string {
  const kick = identifyingKicks(facts).at(-1)?.intended.step;
  if (kick === IDENTIFY_BY_API)
    return 'DeleteConnection found neither a connection nor a session of it: there was nobody to kick';
  if (kick !== undefined) return 'taking its client ID over displaced nobody: there was nobody to kick';
  const { disconnectedSince, disconnectReason = 'no reason given' } = facts.connection?.reading ?? {};
  const since =
    disconnectedSince === undefined
      ? ''
      : ` since ${new Date(disconnectedSince).toISOString()} (${printable(disconnectReason)})`;
  return `GetConnection says that it is not connected${since}: there was nobody to kick`;
}

/** No way to kick was allowed or worked: nobody was identified because nobody could be dropped. */
export function refusedToIdentify(facts: Facts): Cause | undefined {
  const failed = identifyingKicks(facts).at(-1)?.outcome;
  if (failed?.kind !== 'failed' || wasDroppedToIdentify(facts)) return undefined;
  const { code, message, hint } = failed;
  return {
    code,
    message: `client "${shown(facts)}" could not be kicked to identify it: ${message}`,
    hint: `${hint}; or name the principal with --principal`,
    retryable: true,
  };
}

/** A run that ends without a change of access has all the same dropped a connection. */
export function thoughDropped(facts: Facts, cause: Cause): Cause {
  if (!wasDroppedToIdentify(facts) || cause.code === 'not-identified') return cause;
  return {
    ...cause,
    message: `${cause.message}; it was kicked once, to identify it, and its access was not changed`,
  };
}
