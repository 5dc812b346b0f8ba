/** The one-word outcomes of a run, with the exit code that a script sees. Without imports: `--help` reads it, too. */
export const EXIT_CODES = {
  evicted: 0,
  'not-connected': 0,
  planned: 0,
  restored: 0,
  failed: 1,
  'not-found': 3,
  denied: 4,
  unverified: 5,
  returned: 6,
  refused: 7,
  kicked: 8,
  interrupted: 130,
} as const;

/** Bad option, unreadable or invalid file: no verdict. */
export const EXIT_USAGE = 2;

/** Of several clients, not all ended alike. */
export const EXIT_PARTIAL = 9;

export type Verdict = keyof typeof EXIT_CODES;
