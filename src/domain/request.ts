import * as z from 'zod';
import { actionId } from './action.ts';

/** What the operator asked for: parsed once at the door, never changed. Times in milliseconds. */
export const evictionRequest = z.object({
  clientId: z.string(),
  /** Undefined: the one that fits the principal. */
  action: actionId.optional(),
  /** A certificate ID, a certificate ARN or a principal identifier. */
  principal: z.string().optional(),
  /** Undefined: as long as the action asks for. */
  holdMs: z.number().optional(),
  deadlineMs: z.number(),
  timeoutMs: z.number(),
  lookupTimeoutMs: z.number(),
  reason: z.string().optional(),
  case: z.string().optional(),
  allowShared: z.boolean(),
  allowOwn: z.boolean(),
  requireProof: z.boolean(),
  /** Clients and principals never to touch. */
  protect: z.array(z.string()),
  /** Principals of colleagues. */
  responders: z.array(z.string()),
});

export type EvictionRequest = z.infer<typeof evictionRequest>;

const MINUTE = 60_000;

/** AWS drops a deactivated certificate's connections within a few minutes; all other changes may take up to eight. */
export function holdMsOf(request: EvictionRequest): number {
  return request.holdMs ?? (request.action === 'none' ? 10 * MINUTE : 3 * MINUTE);
}

/** The guards that this request lifts, by the names of their options, for the record. */
export function liftedGuards(request: EvictionRequest): string[] {
  return [
    ...(request.allowShared ? ['--allow-shared'] : []),
    ...(request.allowOwn ? ['--allow-own'] : []),
    ...(request.principal === undefined ? [] : ['--principal']),
    ...(request.action === 'none' ? ['--action none'] : []),
  ];
}
