import * as z from 'zod';
import { actionId } from './action.ts';
import { change } from './change.ts';
import { principal } from './principal.ts';
import { method } from './request.ts';

/** Something that stops the run before anything is changed, and the one way to lift it, if there is one. */
export const blocker = z.object({ code: z.string(), message: z.string(), lift: z.string().optional() });
export const warning = z.object({ code: z.string(), message: z.string() });

export const blastRadius = z.object({
  things: z.array(z.string()),
  /** Clients seen with the same principal, the evicted one first. */
  clients: z.array(z.string()),
  policies: z.array(z.string()),
  known: z.object({ things: z.string(), clients: z.string() }),
});

/** Another client of the same principal, with the last that is known of it. */
const neighbour = z.object({
  clientId: z.string(),
  state: z.enum(['connected', 'disconnected', 'unknown']),
  /** Epoch milliseconds of the event that says so. */
  last: z.number(),
});

/** What will be done, to what, and what stands in the way: a value, the same for a dry run and for the real one. */
export const evictionPlan = z.object({
  clientId: z.string(),
  principal,
  /** Whether the connection API agrees with the sighting. */
  confirmed: z.enum(['yes', 'no', 'unknown']),
  /** Empty where no action fits the principal: a blocker. */
  actions: z.array(actionId),
  method,
  changes: z.array(change),
  holdMs: z.number(),
  blastRadius,
  neighbours: z.array(neighbour),
  blockers: z.array(blocker),
  warnings: z.array(warning),
  /** The `aws` commands that do the same by hand. */
  equivalent: z.array(z.string()),
});

export type Blocker = z.infer<typeof blocker>;
export type Warning = z.infer<typeof warning>;
export type BlastRadius = z.infer<typeof blastRadius>;
export type Neighbour = z.infer<typeof neighbour>;
export type EvictionPlan = z.infer<typeof evictionPlan>;

/** Whether the plan removes access, or only kicks. */
export function cutsAccess({ actions }: Pick<EvictionPlan, 'actions'>): boolean {
  return !actions.includes('none');
}
