import * as z from 'zod';
import { warning } from './plan.ts';
import { principal } from './principal.ts';
import { cause, verdictWord } from './verdict-words.ts';

/** Of clients that did not all end alike. */
export const PARTIAL = 'partial';

const count = z.number().int().min(0);

/** What an audit came to: its last line, after one for each client. */
export const auditDocument = z.object({
  version: z
    .literal(1)
    .describe('Grows when a field changes its meaning or goes; new fields may come without.'),
  kind: z.literal('audit'),
  toolVersion: z.string(),
  verdict: z
    .union([verdictWord, z.literal(PARTIAL)])
    .optional()
    .describe('That of all clients; missing where none of them could even be asked about (exit 2).'),
  clients: count.describe('Those that there is a line about.'),
  verdicts: z.partialRecord(verdictWord, count).describe('How many clients ended with which verdict.'),
  errors: count.describe('How many could not even be asked about: their lines are of kind "error".'),
  shared: z
    .array(z.object({ principal, clientIds: z.array(z.string()) }))
    .describe('Principals that are behind several of the clients: whoever contains one of them hits all.'),
  notAudited: z.array(z.string()).describe('The clients that were not begun with when it was stopped.'),
  warnings: z
    .array(warning)
    .describe('What stands in no line: what the look-up of all clients had to pass over.'),
  cause: cause.optional().describe('Why it ended before its end, or had nobody to look at.'),
});

export type AuditDocument = z.infer<typeof auditDocument>;
