import type { Search } from './source-ports.ts';
import type { PresenceEvent } from './presence-event.ts';
import { principalOf, samePrincipal } from './principal.ts';

/** Whether the event is one that is looked for. */
export function isLookedFor(event: PresenceEvent, search: Search): boolean {
  switch (search.for) {
    case 'client':
      return event.clientId === search.clientId;
    case 'principal':
      return samePrincipal(principalOf(event.principalIdentifier), search.principal);
    case 'everybody':
      return true;
  }
}

/**
 * Since when a source has kept the events of more than one client: one that holds a single client only is no history of
 * others. Said rather too late than too early.
 */
export class Coverage {
  #first: { readonly clientId: string; oldest: number } | undefined;
  #oldestOther = Infinity;

  note({ clientId, timestamp }: PresenceEvent): void {
    this.#first ??= { clientId, oldest: timestamp };
    if (clientId === this.#first.clientId) this.#first.oldest = Math.min(this.#first.oldest, timestamp);
    else this.#oldestOther = Math.min(this.#oldestOther, timestamp);
  }

  /** Epoch milliseconds; undefined where there is no history of others. */
  get since(): number | undefined {
    const since = Math.max(this.#first?.oldest ?? Infinity, this.#oldestOther);
    return Number.isFinite(since) ? since : undefined;
  }
}
