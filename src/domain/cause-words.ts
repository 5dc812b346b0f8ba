import { isKickOnly } from './acts.ts';
import type { Facts } from './facts.ts';
import { isHiddenClient } from './presence-event.ts';
import { printable } from './printable.ts';

// What the sentences of several causes have in common.

/** Whether access is cut, as the beginning of a hint. */
export function access(facts: Facts): string {
  return isKickOnly(facts) ? 'access was not to be cut' : 'access is cut';
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
