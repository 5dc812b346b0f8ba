import { shellQuoted } from './equivalent.ts';
import { isHiddenClient } from './presence-event.ts';

/** The command that evicts another client of the principal. Of a hidden one no event names it, and only the API can prove anything. */
export function commandToEvict(clientId: string, principal: string): string {
  const hidden = isHiddenClient(clientId) ? ['--principal', principal, '--method', 'api'] : [];
  return ['evict', ...hidden, '--', clientId].map(shellQuoted).join(' ');
}
