import * as z from 'zod';
import { change } from './change.ts';
import { connectionReading, subscription } from './connection-reading.ts';
import { blocker, evictionPlan, warning } from './plan.ts';
import { commandContext } from './readings.ts';
import { evictionRequest } from './request.ts';
import { sighting } from './sighting.ts';
import { cause, contained, verdictWord } from './verdict-words.ts';

/** What the record holds of a caller, and of where the run was pointed at. */
export const caller = z.object({ arn: z.string().optional(), principal: z.string().optional() });
export const target = z.object({
  account: z.string().optional(),
  region: z.string().optional(),
  endpoint: z.string().optional(),
});

/** Epoch milliseconds. */
const time = z.number();

/** How the entries of one phase (the eviction itself, a later undo) begin. */
const beginning = { toolVersion: z.string(), user: z.string(), host: z.string() };

/**
 * The entries of an incident: everything that happened, in order, each written as it happened. Screen, documents, undo and
 * resume are all made by folding them (`factsOf`), so they cannot disagree.
 */
export const incidentEntry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('opened'),
    version: z.literal(1),
    incident: z.string(),
    ...beginning,
    request: evictionRequest,
    /** Nothing was changed, and nothing was kept: the entries of a dry run. */
    dryRun: z.boolean(),
    lifted: z.array(z.string()),
    /** What the `aws` commands that are printed need to reach the same place. */
    commands: commandContext,
    /** The certificate ID of the MQTT connections, where they use one. */
    mqttIdentity: z.string().optional(),
    /** What was given on the command line and would have to be said again, for the next run to reach the same place. */
    again: z.array(z.string()).optional(),
    startedAt: time,
  }),
  /** A source listens: what it waits for may happen from now on, and must until then. */
  z.object({ kind: z.literal('waiting'), source: z.string(), startedAt: time, until: time }),
  z.object({
    kind: z.literal('sources-read'),
    passedOver: z.array(
      z.object({
        source: z.string(),
        notPresence: z.number(),
        malformed: z.number(),
        /** For how long, in milliseconds, a source waited in vain. */
        waitedMs: z.number().optional(),
        /** Parts of it that could not be read, and why. */
        flaws: z.array(z.string()).optional(),
        /** Other sources that it told of, and that were read, too. */
        ledTo: z.array(z.string()).optional(),
        /** How many events of the client it gave, and the time of the newest. */
        events: z.number().optional(),
        newest: time.optional(),
        /** How many events of anybody it gave, and since when it keeps those of all clients. */
        told: z.number().optional(),
        since: time.optional(),
        /** It could not be read, or not to its end. */
        failed: z.literal(true).optional(),
        /** Why there is no such history, of a source that nobody has named. */
        missing: z.string().optional(),
      }),
    ),
    /** Nobody has named a source: those were asked that may be there. */
    byDefault: z.literal(true).optional(),
    /** Who may be behind the client, for want of anybody who was seen. */
    candidates: z
      .array(z.object({ source: z.string(), principal: z.string(), thingName: z.string() }))
      .optional(),
    near: z.array(z.string()),
    /** The Greengrass core whose further connection the client seems to be, and the principal that was last seen on it. */
    core: z.object({ clientId: z.string(), principal: z.string() }).optional(),
  }),
  z.object({ kind: z.literal('sighted'), sighting }),
  z.object({ kind: z.literal('identified'), responder: caller, target, clockSkewMs: z.number().optional() }),
  /** What the connection API said before the containment (evidence), or after it. */
  z.object({
    kind: z.literal('connection-read'),
    when: z.enum(['before', 'after']),
    /** Absent: `unheard-of` or not to be read. */
    reading: connectionReading.optional(),
    /** 404: neither a connection nor a session of that name. */
    unheardOf: z.boolean(),
    subscriptions: z.array(subscription).optional(),
    /** Why it could not be read, and why its subscriptions could not. */
    why: z.string().optional(),
    whyNoSubscriptions: z.string().optional(),
    readAt: time,
  }),
  /** What it said of the client's Greengrass siblings, before the containment and at the end. */
  z.object({
    kind: z.literal('siblings-read'),
    when: z.enum(['before', 'after']),
    /** Without a reading: it has never heard of that one. */
    siblings: z.array(z.object({ clientId: z.string(), reading: connectionReading.optional() })),
    /** Why no more could be read. */
    why: z.string().optional(),
    readAt: time,
  }),
  /** What the operator made of the plan; `changed` asks for something else from here on. */
  z.object({
    kind: z.literal('decided'),
    decision: z.enum(['agreed', 'declined', 'changed']),
    request: evictionRequest.optional(),
    lifted: z.array(z.string()).optional(),
    decidedAt: time,
  }),
  /** Under `--identify-by-kick`: whether the connection may be dropped, before anything is known of whose it is. */
  z.object({ kind: z.literal('kick-decided'), decision: z.enum(['agreed', 'declined']), decidedAt: time }),
  /** What that kick told, and the end of listening to it: the `disconnected` event of whoever was dropped, as received. */
  z.object({
    kind: z.literal('kick-told'),
    outcome: z.enum(['principal', 'nobody-there', 'silence']),
    event: z.unknown().optional(),
    receivedAt: time.optional(),
    /** How AWS named us meanwhile: our own takeover tells nothing of the client. */
    ours: z.string().optional(),
    endedAt: time,
  }),
  z.object({ kind: z.literal('planned'), plan: evictionPlan, planHash: z.string() }),
  z.object({
    kind: z.literal('watching'),
    watcherId: z.string(),
    mqttVersion: z.union([z.literal(4), z.literal(5)]),
    startedAt: time,
  }),
  z.object({ kind: z.literal('watch-proved'), delayMs: z.number(), principalIdentifier: z.string() }),
  z.object({ kind: z.literal('warned'), warning }),
  /** A blocker that showed itself only after the plan was made. */
  z.object({ kind: z.literal('blocked'), blocker }),
  /** On disk before the act. Holds all that undo needs. */
  z.object({
    kind: z.literal('intended'),
    step: z.string(),
    target: z.string(),
    change: change.optional(),
    startedAt: time,
  }),
  z.object({
    kind: z.literal('done'),
    step: z.string(),
    target: z.string(),
    already: z.boolean(),
    state: z.string().optional(),
    requestId: z.string().optional(),
    /** When the CONNECT of a takeover was sent: what came before it, the takeover cannot have caused. */
    sentAt: time.optional(),
    /** Whether the takeover has resumed a session, where that was asked for. */
    sessionPresent: z.boolean().optional(),
    endedAt: time,
  }),
  z.object({
    kind: z.literal('failed'),
    step: z.string(),
    target: z.string(),
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    state: z.string().optional(),
    requestId: z.string().optional(),
    /** The cloud said no: nothing was changed. Otherwise it may have been. */
    refused: z.boolean().optional(),
    endedAt: time,
  }),
  z.object({ kind: z.literal('observed'), event: z.unknown(), receivedAt: time }),
  /** What the events said of the kick when the wait for them was over; the proof is the one in the document. */
  z.object({
    kind: z.literal('judged'),
    judgement: z.enum(['proved', 'nobody-there', 'somebody-else', 'still-open', 'silence']),
    by: z.string().optional(),
    receivedAt: time.optional(),
  }),
  z.object({ kind: z.literal('gap'), reason: z.string(), noticedAt: time }),
  /** Whether connections that fail before MQTT are logged, and in which group: none, where they are not. */
  z.object({ kind: z.literal('refusal-log'), group: z.string().optional(), readAt: time }),
  /** The contained certificate was refused before MQTT: when, by AWS's clock, all that one look into the log found anew. */
  z.object({ kind: z.literal('refused'), group: z.string(), times: z.array(time), readAt: time }),
  z.object({ kind: z.literal('lost'), reason: z.string(), lostAt: time }),
  z.object({
    kind: z.literal('held'),
    from: time,
    until: time,
    completed: z.boolean(),
    /** It ended before its time, since so many attempts were seen to be refused: the door is proved shut. */
    refusals: z.number().optional(),
  }),
  /** What came to the client ID while it was ours, and was kept in a file; `dropped` came, too, and was not. */
  z.object({
    kind: z.literal('messages-kept'),
    file: z.string().optional(),
    sha256: z.string().optional(),
    count: z.number(),
    dropped: z.number(),
    endedAt: time,
  }),
  /** The client ID was let go of, after so long under our name. */
  z.object({ kind: z.literal('released'), heldMs: z.number(), releasedAt: time }),
  /** An interrupted run goes on from here. */
  z.object({
    kind: z.literal('resumed'),
    ...beginning,
    /** As in `opened`, of the command line that goes on. */
    again: z.array(z.string()).optional(),
    startedAt: time,
  }),
  z.object({ kind: z.literal('undo-opened'), ...beginning, reason: z.string().optional(), startedAt: time }),
  z.object({
    kind: z.literal('ended'),
    verdict: verdictWord,
    contained,
    cause: cause.optional(),
    endedAt: time,
  }),
]);

export type IncidentEntry = z.infer<typeof incidentEntry>;
export type EntryOf<Kind extends IncidentEntry['kind']> = Extract<IncidentEntry, { kind: Kind }>;

/** What each line of a record has around its entry: its place, its time (ISO 8601), and the hashes that chain it. */
export const chainLink = z.object({ seq: z.number(), at: z.string(), prev: z.string(), hash: z.string() });
export type ChainLink = z.infer<typeof chainLink>;

/** An incident's ID as the tool makes it: the time in UTC and six hex digits. */
export const INCIDENT_ID = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/u;

/** Names an incident by when it began (epoch milliseconds) and six random hex digits. */
export function incidentId(startedAt: number, hex: string): string {
  const compact = new Date(startedAt).toISOString().replaceAll(/[-:]|\.\d+/gu, '');
  return `${compact}-${hex}`;
}
