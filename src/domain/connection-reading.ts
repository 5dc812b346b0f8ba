import * as z from 'zod';

/** What GetConnection says of a client; no principal, no session identifier. Times in epoch milliseconds. */
export const connectionReading = z.object({
  connected: z.boolean(),
  thingName: z.string().optional(),
  sourceIp: z.string().optional(),
  connectedSince: z.number().optional(),
  disconnectedSince: z.number().optional(),
  disconnectReason: z.string().optional(),
  cleanSession: z.boolean().optional(),
  /** Seconds. */
  keepAliveDuration: z.number().optional(),
  sessionExpiry: z.number().optional(),
});

export const subscription = z.object({ topicFilter: z.string(), qos: z.number() });

export type ConnectionReading = z.infer<typeof connectionReading>;
export type Subscription = z.infer<typeof subscription>;
