import { z } from 'zod';

/** The one-word outcomes, with the exit code that a script sees. */
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

export const EXIT_USAGE = 2;

export type Verdict = keyof typeof EXIT_CODES;

export const verdictWord = z.enum([
  'evicted',
  'not-connected',
  'planned',
  'restored',
  'failed',
  'not-found',
  'denied',
  'unverified',
  'returned',
  'refused',
  'kicked',
  'interrupted',
]) satisfies z.ZodType<Verdict>;

/** Whether access is cut. `none`: it was not asked for. */
export const contained = z.enum(['yes', 'partly', 'no', 'none', 'unknown']);

/** Why the outcome is not a plain success, and what to do next. */
export const cause = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  retryable: z.boolean(),
});

export type Contained = z.infer<typeof contained>;
export type Cause = z.infer<typeof cause>;
