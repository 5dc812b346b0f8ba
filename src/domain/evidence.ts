import * as z from 'zod';
import { connectionReading, subscription } from './connection-reading.ts';
import { dropUndefined } from './drop-undefined.ts';
import type { Facts } from './facts.ts';

/** What the connection API said before the containment, and what a takeover that kept the session received. */
export const evidence = z.object({
  connection: connectionReading.optional(),
  subscriptions: z.array(subscription).optional(),
  messages: z
    .object({
      file: z.string().optional().describe('Where they are; missing where none was kept.'),
      sha256: z.string().optional().describe("The file's, in hex."),
      count: z.number(),
      dropped: z.number().describe('How many came and were not kept.'),
      sessionPresent: z.boolean().optional().describe('Whether the broker had a session to resume.'),
    })
    .optional(),
});

type Evidence = z.infer<typeof evidence>;

/** The evidence of a response; undefined: none could be had. */
export function evidenceOf(facts: Facts): Evidence | undefined {
  const { reading, subscriptions } = facts.connection ?? {};
  const messages = messagesOf(facts);
  if (reading === undefined && subscriptions === undefined && messages === undefined) return undefined;
  return dropUndefined({ connection: reading, subscriptions, messages });
}

/** The first takeover says whether there was a session: every later one may have resumed what we left ourselves. */
function messagesOf({ messages, acts }: Facts): Evidence['messages'] {
  if (messages === undefined) return undefined;
  const { file, sha256, count, dropped } = messages;
  const sessionPresent = acts
    .flatMap(({ outcome }) => (outcome?.kind === 'done' ? [outcome.sessionPresent] : []))
    .find((present) => present !== undefined);
  return dropUndefined({ file, sha256, count, dropped, sessionPresent });
}
