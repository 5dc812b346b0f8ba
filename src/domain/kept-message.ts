import * as z from 'zod';

/** What was sent to the client and came to us, who have its ID: as the wire had it, and hostile. */
export type ReceivedMessage = {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** The broker may have sent it before. */
  readonly dup: boolean;
};

/** The same, with when it came (epoch milliseconds). */
export type KeptMessage = ReceivedMessage & { readonly receivedAt: number };

/** A line of an incident's `messages.jsonl`. The payload is never interpreted. */
export const keptMessageLine = z.object({
  receivedAt: z.string().describe('ISO 8601.'),
  topic: z.string(),
  qos: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  retain: z.boolean(),
  dup: z.boolean().describe('Whether the broker may have sent it before.'),
  payload: z.string().describe('Base64.'),
});

export type KeptMessageLine = z.infer<typeof keptMessageLine>;

/** How much is kept of one incident. Whoever floods the client must not fill the disk of the responder. */
export type KeepingBound = { readonly messages: number; readonly bytes: number };
export const MOST_KEPT: KeepingBound = { messages: 10_000, bytes: 16 * 1024 * 1024 };
