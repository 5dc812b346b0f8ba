import * as z from 'zod';
import { ACTIONS, actionId } from './action.ts';
import type { ActionId } from './action.ts';

/** One way to drop the live connection. */
export const method = z.enum(['takeover', 'api', 'both', 'none']);
export type Method = z.infer<typeof method>;

/** What the operator asked for: parsed once at the door, never changed. Times in milliseconds. */
export const evictionRequest = z.object({
  clientId: z.string(),
  /** Empty: the one that fits the principal. */
  actions: z.array(actionId),
  /** Which policies `detach` detaches. Empty: all that are attached. */
  policies: z.array(z.string()),
  method,
  /** The intruder's session is not ended by the kick. */
  keepSession: z.boolean(),
  /** The API publishes the Last Will of whom it disconnects; a takeover always does. */
  publishWill: z.boolean(),
  /** A certificate ID, a certificate ARN, a Cognito identity ID or a principal identifier. */
  principal: z.string().optional(),
  /** Where no source has a sighting: drop the connection once, to read whose it is. */
  identifyByKick: z.boolean().default(false),
  /** Undefined: as long as the action asks for. */
  holdMs: z.number().optional(),
  deadlineMs: z.number(),
  timeoutMs: z.number(),
  lookupTimeoutMs: z.number(),
  reason: z.string().optional(),
  case: z.string().optional(),
  allowShared: z.boolean(),
  allowOwn: z.boolean(),
  /** The certificate ID of which it was said that it may be revoked for good. */
  confirmRevoke: z.string().optional(),
  requireProof: z.boolean(),
  /** Clients and principals never to touch. */
  protect: z.array(z.string()),
  /** Principals of colleagues. */
  responders: z.array(z.string()),
});

export type EvictionRequest = z.infer<typeof evictionRequest>;

/** The quiet to ask for: with several actions, the first door that shuts decides. */
export function holdMsOf(request: EvictionRequest, actions: readonly ActionId[]): number {
  const longest = ACTIONS.none.holdMs;
  return request.holdMs ?? Math.min(longest, ...actions.map((action) => ACTIONS[action].holdMs));
}

/** A reading that only enriches must not keep anybody waiting: a short limit of its own. */
const ENRICHING_MS = 5_000;

export function enrichingMs({ timeoutMs }: Pick<EvictionRequest, 'timeoutMs'>): number {
  return Math.min(timeoutMs, ENRICHING_MS);
}

/** The guards that this request lifts, by the names of their options, for the record. */
export function liftedGuards(request: EvictionRequest): string[] {
  return [
    ...(request.allowShared ? ['--allow-shared'] : []),
    ...(request.allowOwn ? ['--allow-own'] : []),
    ...(request.principal === undefined ? [] : ['--principal']),
    ...(request.confirmRevoke === undefined ? [] : ['--confirm-revoke']),
    ...(request.actions.includes('none') ? ['--action none'] : []),
  ];
}
