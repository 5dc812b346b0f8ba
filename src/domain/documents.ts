import * as z from 'zod';
import { auditDocument } from './audit-document.ts';
import { checkupDocument } from './checkup.ts';
import { evictionDocument } from './document.ts';
import { chainLink, incidentEntry } from './incident.ts';
import { keptMessageLine } from './kept-message.ts';
import { contained, verdictWord } from './verdict-words.ts';

const version = z
  .literal(1)
  .describe('Grows when a field changes its meaning or goes; new fields may come without.');

/** What the tool cannot even begin with: bad usage, an unreadable file. Or a bug. All other ends have a verdict. */
const errorDocument = z.object({
  version,
  kind: z.literal('error'),
  toolVersion: z.string(),
  code: z.string().describe('One word for programs.'),
  message: z.string().describe('What is wrong, for people.'),
  hint: z.string().describe('What to do next, for people.'),
  clientId: z.string().optional().describe('Of an audit: the client that cannot even be asked about.'),
});

/** Where a sandbox that is ready can be reached. */
const sandboxDocument = z.object({
  version,
  kind: z.literal('sandbox'),
  directory: z.string().describe('Identities, configuration and events; holds private keys.'),
  config: z.string().describe('The configuration that points evict at this sandbox.'),
  controlUrl: z
    .url()
    .describe("IoT's control plane, its connection API and STS, as --endpoint-url wants it."),
  mqttsUrl: z.url().describe('MQTT by certificate, as on port 8883.'),
  wssUrl: z.url().describe("As AWS's port 443: MQTT over WebSocket, the data plane, MQTT by ALPN."),
  adminUrl: z.url().describe('The side door for faults.'),
});

/** One incident in a line. */
const incidentSummary = z.object({
  version,
  kind: z.literal('incident-summary'),
  incident: z.string(),
  clientId: z.string(),
  verdict: verdictWord.optional().describe('Missing while the run goes on, or when it was cut off.'),
  contained: contained.optional(),
  case: z.string().optional(),
  at: z.string().describe('When it began (ISO 8601).'),
});

/** An event that was recorded. */
const presenceDocument = z.object({
  version,
  kind: z.literal('presence'),
  receivedAt: z.number().describe('Epoch milliseconds.'),
  event: z.record(z.string(), z.unknown()).describe('As received.'),
});

const gap = z.object({
  from: z.number().describe('When something was last heard (epoch milliseconds).'),
  to: z.number().describe('When it was listening again.'),
});

/** What a recording came to. */
const watchDocument = z.object({
  version,
  kind: z.literal('watch'),
  toolVersion: z.string(),
  journal: z.string().describe('The file.'),
  startedAt: z.number().describe('Epoch milliseconds.'),
  endedAt: z.number(),
  received: z.number().describe('Events that came.'),
  stored: z.number().describe('Of these, those that were not there yet.'),
  passedOver: z.number().describe('What came and was no presence event.'),
  peakPerSecond: z.number().describe('The most events in a second.'),
  outgrown: z.boolean().describe('Whether more may have come than one connection delivers.'),
  gapCount: z.number().describe('How often events may have passed unheard.'),
  gaps: z.array(gap).describe('The newest hundred of these times.'),
  unheardSince: z
    .number()
    .optional()
    .describe('Since when nothing was heard, where it ended while it was cut off: the last of the gaps.'),
  cause: z
    .object({ code: z.string(), message: z.string(), hint: z.string() })
    .optional()
    .describe('Why it ended, where nobody has stopped it.'),
});

/** One line of an incident record: an entry, and its place in the chain. */
const recordLine = z.intersection(chainLink, incidentEntry);

/** A whole incident, as its record has it. */
const incidentDocument = z.object({
  version,
  kind: z.literal('incident'),
  incident: z.string(),
  file: z.string(),
  entries: z.array(recordLine).describe('As they were written.'),
  verified: z.boolean().describe('Whether the chain of hashes is whole, up to the --hash that was given.'),
  problem: z.string().optional().describe('The first thing that is wrong with the chain.'),
  finished: z.boolean().describe('Whether the last run came to its end.'),
});

export type ErrorDocument = z.infer<typeof errorDocument>;
export type SandboxDocument = z.infer<typeof sandboxDocument>;
export type WatchDocument = z.infer<typeof watchDocument>;
export type IncidentSummary = z.infer<typeof incidentSummary>;
export type RecordLine = z.infer<typeof recordLine>;
export type IncidentDocument = z.infer<typeof incidentDocument>;

/** Whether a value is a line of a record, whatever else it may hold: what a later version adds stays in it. */
export function isRecordLine(value: unknown): value is RecordLine {
  return recordLine.safeParse(value).success;
}

/** Every document that is printed under `--json` or kept on disk, by the name of its JSON Schema. */
export const DOCUMENTS = {
  eviction: evictionDocument.describe('A response, its dry run, or an undo.'),
  error: errorDocument.describe('A command that could not begin.'),
  doctor: checkupDocument.describe('What would fail in a response, before it is needed: evict doctor.'),
  sandbox: sandboxDocument.describe('A sandbox that is ready.'),
  incident: incidentDocument.describe('A whole incident: evict show.'),
  'incident-summary': incidentSummary.describe('One incident in a line: evict incidents.'),
  presence: presenceDocument.describe('An event that evict watch has recorded.'),
  watch: watchDocument.describe('What a recording came to: the last line of evict watch.'),
  audit: auditDocument.describe('What an audit came to: the last line of evict audit.'),
  'incident-entry': recordLine.describe('One line of an incident record.'),
  'kept-message': keptMessageLine.describe(
    "One line of an incident's messages.jsonl: a message that came to the client ID while it was held.",
  ),
} as const satisfies Record<string, z.ZodType>;
