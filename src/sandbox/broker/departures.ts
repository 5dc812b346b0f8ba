import { type SessionStore, wipeSession } from './session-store.ts';
import type { EndedSession, Sessions } from './sessions.ts';

/** GetConnection remembers an end for so long (SDK, `disconnectedSince`). */
const MEMORY_MS = 30 * 60_000;

/** A client ID that is not connected, and of which something is still kept. */
export type Departure = EndedSession & {
  /** Whether its subscriptions and messages wait for it. */
  readonly hasSession: boolean;
  /** Whether its end is still remembered. */
  readonly isRecent: boolean;
};

/** What is kept of clients that have gone: persistent sessions until they expire, ends for half an hour. */
export type Departures = {
  find(clientId: string): Departure | undefined;
  readonly list: () => readonly Departure[];
  /** Ends a persistent session now, and all that waits in it. */
  wipe(clientId: string): Promise<void>;
  /** Wipes sessions that have expired: they are looked through at each end, and one by one before their client is let in. */
  clearOut(clientId?: string): Promise<void>;
};

type Surroundings = {
  readonly sessions: Sessions;
  readonly now: () => number;
  readonly sessionExpiryMs: number;
};

type Kept = EndedSession & { readonly isPersistent: boolean };

export function keepDepartures(
  store: SessionStore,
  { sessions, now, sessionExpiryMs }: Surroundings,
): Departures {
  const kept = new Map<string, Kept>();
  const seenNow = (one: Kept): Departure => {
    const awayMs = now() - one.endedAt;
    return {
      ...one,
      hasSession: one.isPersistent && awayMs < sessionExpiryMs,
      isRecent: awayMs < MEMORY_MS,
    };
  };
  const list = () => [...kept.values()].map(seenNow).filter(isKept);
  const wipe = async (clientId: string) => {
    const one = kept.get(clientId);
    if (one !== undefined) kept.set(clientId, { ...one, isPersistent: false });
    await wipeSession(store, clientId);
  };
  const clearOut = async (clientId?: string) => {
    for (const [id, one] of kept) {
      if (clientId !== undefined && id !== clientId) continue;
      const seen = seenNow(one);
      if (!isKept(seen)) kept.delete(id);
      if (one.isPersistent && !seen.hasSession) await wipe(id);
    }
  };
  sessions.onOpen(({ session }) => void kept.delete(session.clientId));
  sessions.onEnd((ended) => {
    kept.set(ended.session.clientId, { ...ended, isPersistent: !ended.client.clean });
    void clearOut();
  });
  return {
    find(clientId) {
      const one = kept.get(clientId);
      const seen = one && seenNow(one);
      return seen !== undefined && isKept(seen) ? seen : undefined;
    },
    list,
    wipe,
    clearOut,
  };
}

function isKept({ hasSession, isRecent }: Departure): boolean {
  return hasSession || isRecent;
}
