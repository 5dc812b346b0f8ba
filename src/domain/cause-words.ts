import { isKickOnly } from './acts.ts';
import { followUp } from './evict-command.ts';
import type { Facts } from './facts.ts';
import { isHiddenClient } from './presence-event.ts';
import { printable } from './printable.ts';
import { isUnseen } from './sighting.ts';

// What the sentences of several causes have in common.

/** Whether access is cut, as the beginning of a hint. */
export function access(facts: Facts): string {
  if (isKickOnly(facts)) return 'access was not to be cut';
  return accessOfTheUnseen(facts) ?? 'access is cut';
}

/** Whose access is cut, where nobody saw that principal on the client: it may be innocent. */
export function accessOfTheUnseen(facts: Facts): string | undefined {
  const { sighting, planned } = facts;
  const undo = commandToUndo(facts);
  if (sighting === undefined || planned === undefined || undo === undefined || !isUnseen(sighting))
    return undefined;
  const { kind, identifier } = planned.plan.principal;
  return `the access that is cut is that of ${kind} "${printable(identifier)}", which nobody saw on this client (to give it back: ${undo})`;
}

/** What takes the changes of this incident back; undefined: there are none. */
export function commandToUndo({ acts, opened, again }: Facts): string | undefined {
  const undoable = acts.some(({ intended }) => intended.change !== undefined);
  return undoable && opened !== undefined ? followUp('undo', opened.incident, again) : undefined;
}

/** The client, as it may be shown. */
export function shown(facts: Facts): string {
  return printable(facts.opened?.request.clientId ?? '');
}

/** Client IDs, each in quotes. */
export function quoted(clients: readonly string[], between = ', '): string {
  return clients.map((clientId) => `"${printable(clientId)}"`).join(between);
}

/** Whether there can be no events of the client. */
export function isHidden({ opened }: Facts): boolean {
  return isHiddenClient(opened?.request.clientId ?? '');
}
