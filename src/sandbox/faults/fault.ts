import * as z from 'zod';
import { SandboxProblem } from '../problem.ts';

/** A span of time in milliseconds; no fault outlasts a day. */
const ms = z
  .number({ error: 'how long? A duration, as in event-delay=5s ("ms" in JSON)' })
  .int()
  .min(0)
  .max(86_400_000);
/** Only for this client; without it, for all. */
const client = z.string().min(1).optional();
/** With what chance it strikes, and how often at most: always and for ever without these. */
const chance = { rate: z.number().min(0).max(1).optional(), times: z.number().int().min(1).optional() };
/** Only this operation of the API, by its name in AWS's reference. */
const operation = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]+$/u, 'not the name of an operation, such as UpdateCertificate')
  .optional();
/** Only this kind of presence event. */
const event = z
  .enum(['connected', 'disconnected', 'connect_failed', 'subscribed', 'unsubscribed'])
  .optional();

/** The reasons of AWS's table of lifecycle events (LE). */
export const DISCONNECT_REASONS = [
  'API_INITIATED_DISCONNECT',
  'AUTH_ERROR',
  'CLIENT_ERROR',
  'CLIENT_INITIATED_DISCONNECT',
  'CONNECTION_LOST',
  'CUSTOMAUTH_TTL_EXPIRATION',
  'DUPLICATE_CLIENTID',
  'FORBIDDEN_ACCESS',
  'MQTT_KEEP_ALIVE_TIMEOUT',
  'SERVER_ERROR',
  'SERVER_INITIATED_DISCONNECT',
  'THROTTLED',
  'WEBSOCKET_TTL_EXPIRATION',
] as const;

export type DisconnectReason = (typeof DISCONNECT_REASONS)[number];

const apiFault = { operation, client, ...chance };
const eventFault = { client, event, ...chance };
const connectionFault = { client, ms: ms.default(0), ...chance };

/** Everything that can be made to go wrong, on purpose. */
const fault = z.discriminatedUnion(
  'fault',
  [
    /** The broker sees a certificate's status so much later than the control plane. */
    z.strictObject({ fault: z.literal('deactivation-delay'), ms, client }),
    /** The broker sees policies and their attachments so much later. */
    z.strictObject({ fault: z.literal('detach-delay'), ms, client }),
    /** A live connection of a certificate that is no longer ACTIVE is dropped so much after the change. */
    z.strictObject({ fault: z.literal('drop-delay'), ms, client }),
    /** What is logged can be found in its group so much later. */
    z.strictObject({ fault: z.literal('log-delay'), ms }),
    /** Presence events come so much later. */
    z.strictObject({ fault: z.literal('event-delay'), ms, ...eventFault }),
    z.strictObject({ fault: z.literal('lose-events'), ...eventFault }),
    z.strictObject({ fault: z.literal('duplicate-events'), ...eventFault }),
    /** An event waits until the next one has passed it, or for a second. */
    z.strictObject({ fault: z.literal('reorder-events'), ...eventFault }),
    z.strictObject({ fault: z.literal('throttle'), ...apiFault }),
    z.strictObject({
      fault: z.literal('server-error'),
      status: z.union([z.literal(500), z.literal(503)]).default(500),
      ...apiFault,
    }),
    /** The operation has its effect, and its answer is lost: the connection is cut in its place. */
    z.strictObject({ fault: z.literal('lost-reply'), ...apiFault }),
    /** A connection is cut, or goes silent both ways, so long after it was let in. One that is open counts from now. */
    z.strictObject({
      fault: z.literal('drop-connection'),
      reason: z.enum(DISCONNECT_REASONS).default('CONNECTION_LOST'),
      ...connectionFault,
    }),
    z.strictObject({ fault: z.literal('stall-connection'), ...connectionFault }),
    /** The harder reading of the limit of one CONNECT a second for each client ID: refused ones use it up, too. */
    z.strictObject({ fault: z.literal('count-refused-connects'), client }),
    /** No limit on CONNECTs: not AWS's, but of use where a test needs a storm. */
    z.strictObject({ fault: z.literal('unlimited-connects'), client }),
    /** The sandbox's clock is so much ahead (or behind, when negative) of this machine's. */
    z.strictObject({
      fault: z.literal('clock-offset'),
      ms: z.number().int().min(-86_400_000).max(86_400_000),
    }),
  ],
  {
    error: ({ code }) =>
      code === 'invalid_union' ? 'there is no such fault (docs/sandbox.md lists them)' : undefined,
  },
);

export type Fault = z.output<typeof fault>;
export type FaultName = Fault['fault'];

/** Reads faults at the door; throws a `SandboxProblem` that says which one is wrong, and why. */
export function readFaults(given: readonly unknown[]): Fault[] {
  return given.map((one) => {
    const read = readFault(one);
    if ('problem' in read) throw new SandboxProblem(read.problem);
    return read;
  });
}

/** Reads one fault, or says what is wrong with it. */
export function readFault(given: unknown): Fault | { readonly problem: string } {
  const parsed = fault.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '));
  return { problem: `the fault ${JSON.stringify(given)} cannot be: ${problems.join('; ')}` };
}
