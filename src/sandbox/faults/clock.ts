import type { Faults } from './faults.ts';

/** The sandbox's own time, in epoch milliseconds: this machine's, unless a fault moves it. */
export type Clock = { readonly now: () => number };

export function clockWith(faults: Faults): Clock {
  return {
    now: () =>
      Date.now() + faults.list().reduce((sum, one) => (one.fault === 'clock-offset' ? sum + one.ms : sum), 0),
  };
}
