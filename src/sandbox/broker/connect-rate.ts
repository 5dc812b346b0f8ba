import type { Faults } from '../faults/faults.ts';

const SECOND_MS = 1000;
/** How many client IDs are remembered before those that no longer count are cleared out. */
const CLEAR_OUT_ABOVE = 1000;

/** One CONNECT a second for each client ID (LIM; quota L-033DE216). */
export type ConnectRate = {
  /** Whether a CONNECT may be looked at now. Under `count-refused-connects`, asking uses the second up. */
  admits(clientId: string): boolean;
  accepted(clientId: string): void;
};

/** That only accepted ones count is assumed; with a fault on, every one does. */
export function limitConnects(faults: Faults): ConnectRate {
  const last = new Map<string, number>();
  const count = (clientId: string) => {
    const now = performance.now();
    if (last.size >= CLEAR_OUT_ABOVE) {
      for (const [id, at] of last) if (now - at >= SECOND_MS) last.delete(id);
    }
    last.set(clientId, now);
  };
  return {
    admits(clientId) {
      const victim = { client: clientId };
      if (faults.strike('unlimited-connects', victim) !== undefined) return true;
      const before = last.get(clientId);
      if (faults.strike('count-refused-connects', victim) !== undefined) count(clientId);
      return before === undefined || performance.now() - before >= SECOND_MS;
    },
    accepted: count,
  };
}
