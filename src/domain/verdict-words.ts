import * as z from 'zod';
import type { Verdict } from './exit-codes.ts';

export type { Verdict } from './exit-codes.ts';

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
