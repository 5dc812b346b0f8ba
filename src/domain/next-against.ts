import { isKickOnly } from './acts.ts';
import { accessOfTheUnseen } from './cause-words.ts';
import { commandToEvict } from './evict-command.ts';
import type { Facts } from './facts.ts';
import { printable } from './printable.ts';
import { samePrincipal } from './principal.ts';
import type { Principal } from './principal.ts';
import { isResponders } from './sessions.ts';

/** Of those who came back, the one to act on is whoever was not contained: the other's containment is only on its way. */
export function nextAgainst(facts: Facts, principals: readonly Principal[]): string {
  const contained = facts.planned?.plan.principal;
  const another = principals
    .filter((one) => contained === undefined || !samePrincipal(one, contained))
    .find((one) => !isResponders(one, facts));
  if (another !== undefined) {
    const unseen = accessOfTheUnseen(facts);
    const also = isKickOnly(facts) || unseen !== undefined ? '' : ', too';
    const next = `contain "${printable(another.identifier)}"${also}: ${evictAlso(another, facts)}`;
    return unseen === undefined ? next : `${next}; ${unseen}`;
  }
  if (isKickOnly(facts))
    return 'its access was not removed, as asked for: run it with an action that removes it';
  return 'the containment has not taken effect everywhere yet: run the same command again, or raise --deadline';
}

/** Reaches the same place with the same eyes: what was given on the command line is said again, but for what speaks for one run. */
function evictAlso({ identifier }: Principal, { opened, again }: Facts): string {
  return commandToEvict(opened?.request.clientId ?? '', ['--principal', identifier], again);
}
