import * as z from 'zod';
import { principal } from './principal.ts';

/** Another principal that was seen on the client. */
const otherPrincipal = z.object({
  principal,
  sessions: z.number(),
  /** Epoch milliseconds of its first and last event. */
  first: z.number(),
  last: z.number(),
  ipAddress: z.string().optional(),
  /** Whether the end of its latest session was seen. */
  ended: z.boolean(),
  /** A responder's own session: shown, never a reason to stop. */
  responder: z.literal(true).optional(),
});

/** What is known of the client's latest connection, and where that was found. */
export const sighting = z.object({
  /** As the source is named, `kick`, or `operator` where `--principal` alone names the principal. */
  source: z.string(),
  line: z.number().optional(),
  /** SHA-256 of the whole source, hex. */
  sha256: z.string().optional(),
  /** The event as received, every field of it. */
  event: z.unknown().optional(),
  /** Epoch milliseconds. */
  timestamp: z.number().optional(),
  sessionIdentifier: z.string().optional(),
  versionNumber: z.number().optional(),
  ipAddress: z.string().optional(),
  thingName: z.string().optional(),
  principal,
  /** How many sessions of this principal were seen on the client in the 15 days before its newest event. */
  sessions: z.number().optional(),
  /** Whether the session's end was seen: `false` means that it may well be connected now. */
  ended: z.boolean(),
  /** Whether the connection API agrees. */
  confirmed: z.enum(['yes', 'no', 'unknown']),
  others: z.array(otherPrincipal),
  /** Nobody was seen: the principal may be the one, as may these. Absent where somebody was. */
  candidates: z.array(principal).optional(),
});

/** The source of what a kick told, under `--identify-by-kick`. */
export const SEEN_BY_KICK = 'kick';

export type OtherPrincipal = z.infer<typeof otherPrincipal>;
export type Sighting = z.infer<typeof sighting>;

/** Nobody saw the principal on the client: it was named by the operator, or belongs to the thing. */
export function isUnseen({ event }: Sighting): boolean {
  return event === undefined;
}
