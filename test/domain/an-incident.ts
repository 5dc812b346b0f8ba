import { factsOf } from '../../src/domain/facts.ts';
import type { Facts } from '../../src/domain/facts.ts';
import type { EntryOf, IncidentEntry } from '../../src/domain/incident.ts';
import type { EvictionPlan } from '../../src/domain/plan.ts';
import type { EvictionRequest } from '../../src/domain/request.ts';
import type { Sighting } from '../../src/domain/sighting.ts';
import {
  CLIENT,
  COLLEAGUE,
  INTRUDER,
  OURS,
  SIGHTED_AT,
  aConnectedEvent,
  aDisconnectedEvent,
} from './an-event.ts';

/** The moments of an incident, epoch milliseconds. */
const OPENED_AT = SIGHTED_AT + 60_000;
export const CONTAINED_AT = OPENED_AT + 300;
export const SENT_AT = OPENED_AT + 410;
export const TAKEN_AT = OPENED_AT + 450;
/** When the kick's events arrive, if nothing delays them. */
export const HEARD_AT = OPENED_AT + 600;
export const HOLD_MS = 180_000;
export const HELD_UNTIL = TAKEN_AT + HOLD_MS;
export const ENDED_AT = HELD_UNTIL + 10;

export const CERTIFICATE_ARN = `arn:aws:iot:eu-west-1:123456789012:cert/${INTRUDER}`;

export const CHANGE = {
  kind: 'certificate-status',
  step: 'deactivate',
  target: CERTIFICATE_ARN,
  certificateId: INTRUDER,
  before: 'ACTIVE',
  after: 'INACTIVE',
} as const;

export function aRequest(overrides: Partial<EvictionRequest> = {}): EvictionRequest {
  return {
    clientId: CLIENT,
    actions: [],
    policies: [],
    method: 'takeover',
    keepSession: false,
    publishWill: false,
    identifyByKick: false,
    deadlineMs: 900_000,
    timeoutMs: 30_000,
    lookupTimeoutMs: 180_000,
    allowShared: false,
    allowOwn: false,
    requireProof: false,
    protect: [],
    responders: [COLLEAGUE],
    ...overrides,
  };
}

export function aSighting(overrides: Partial<Sighting> = {}): Sighting {
  return {
    source: 'file:events.jsonl',
    event: aConnectedEvent(),
    timestamp: SIGHTED_AT,
    sessionIdentifier: 'sighted-session',
    versionNumber: 96,
    ipAddress: '8.8.42.11',
    principal: { kind: 'certificate', identifier: INTRUDER },
    ended: false,
    confirmed: 'unknown',
    others: [],
    ...overrides,
  };
}

export function aPlan(overrides: Partial<EvictionPlan> = {}): EvictionPlan {
  return {
    clientId: CLIENT,
    principal: { kind: 'certificate', identifier: INTRUDER, arn: CERTIFICATE_ARN },
    confirmed: 'unknown',
    actions: ['deactivate'],
    method: 'takeover',
    changes: [CHANGE],
    holdMs: HOLD_MS,
    blastRadius: {
      things: [CLIENT],
      clients: [CLIENT],
      policies: ['fleet'],
      known: { things: 'complete', clients: 'since 2023-12-01T00:00:00.000Z' },
    },
    neighbours: [],
    blockers: [],
    warnings: [],
    equivalent: [
      `aws iot update-certificate --certificate-id ${INTRUDER} --new-status INACTIVE --profile prod --region eu-west-1`,
    ],
    ...overrides,
  };
}

/** The changes to a plan that `--action none` makes. */
export const KICK_ONLY: Partial<EvictionPlan> = { actions: ['none'], changes: [] };

type Variations = {
  readonly request?: Partial<EvictionRequest>;
  readonly opened?: Partial<EntryOf<'opened'>>;
  readonly sighting?: Partial<Sighting>;
  readonly plan?: Partial<EvictionPlan>;
  readonly canaryDelayMs?: number;
};

export function opened(overrides: Partial<EntryOf<'opened'>> = {}): EntryOf<'opened'> {
  return {
    kind: 'opened',
    version: 1,
    incident: '20231214T150731Z-7f3a9c',
    toolVersion: '1.0.0',
    user: 'alice',
    host: 'console',
    request: aRequest(),
    dryRun: false,
    lifted: [],
    commands: { profile: 'prod', region: 'eu-west-1' },
    mqttIdentity: OURS,
    startedAt: OPENED_AT,
    ...overrides,
  };
}

export function identified(overrides: Partial<EntryOf<'identified'>> = {}): EntryOf<'identified'> {
  return {
    kind: 'identified',
    responder: {
      arn: 'arn:aws:sts::123456789012:assumed-role/response/alice',
      principal: 'AROAEXAMPLERESPONSE:alice',
    },
    target: { account: '123456789012', region: 'eu-west-1' },
    ...overrides,
  };
}

/** Looked up and planned, nothing more. */
export function planned({
  request = {},
  sighting = {},
  plan = {},
  ...more
}: Variations = {}): IncidentEntry[] {
  return [
    opened({ request: aRequest(request), ...more.opened }),
    identified(),
    {
      kind: 'sources-read',
      passedOver: [{ source: 'file:events.jsonl', notPresence: 0, malformed: 0 }],
      near: [],
    },
    { kind: 'sighted', sighting: aSighting(sighting) },
    { kind: 'planned', plan: aPlan(plan), planHash: '0'.repeat(64) },
  ];
}

/** … and the watch is subscribed, acknowledged and proved. */
export function watched(variations: Variations = {}): IncidentEntry[] {
  return [
    ...planned(variations),
    { kind: 'watching', watcherId: 'evict-watch-1', mqttVersion: 5, startedAt: OPENED_AT + 100 },
    { kind: 'watch-proved', delayMs: variations.canaryDelayMs ?? 100, principalIdentifier: OURS },
  ];
}

export function intendedChange(overrides: Partial<EntryOf<'intended'>> = {}): EntryOf<'intended'> {
  return {
    kind: 'intended',
    step: 'deactivate',
    target: CERTIFICATE_ARN,
    change: CHANGE,
    startedAt: CONTAINED_AT - 100,
    ...overrides,
  };
}

export function doneChange(overrides: Partial<EntryOf<'done'>> = {}): EntryOf<'done'> {
  return {
    kind: 'done',
    step: 'deactivate',
    target: CERTIFICATE_ARN,
    already: false,
    state: 'INACTIVE',
    endedAt: CONTAINED_AT,
    ...overrides,
  };
}

export function failedAct(overrides: Partial<EntryOf<'failed'>> = {}): EntryOf<'failed'> {
  return {
    kind: 'failed',
    step: 'deactivate',
    target: CERTIFICATE_ARN,
    code: 'access-denied',
    message: 'AccessDenied',
    hint: 'ask for iot:UpdateCertificate',
    endedAt: CONTAINED_AT,
    ...overrides,
  };
}

/** … and access is cut, read back. */
export function containedOnly(variations: Variations = {}): IncidentEntry[] {
  return [...watched(variations), intendedChange(), doneChange()];
}

/** An acknowledged takeover. */
export function takeover(sentAt: number = SENT_AT): [EntryOf<'intended'>, EntryOf<'done'>] {
  const act = { step: 'takeover', target: CLIENT };
  return [
    { kind: 'intended', ...act, startedAt: sentAt - 10 },
    { kind: 'done', ...act, already: false, sentAt, endedAt: sentAt + (TAKEN_AT - SENT_AT) },
  ];
}

/** A takeover that the broker did not acknowledge. */
export function refusedTakeover(sentAt: number = SENT_AT): IncidentEntry[] {
  const act = { step: 'takeover', target: CLIENT };
  return [
    { kind: 'intended', ...act, startedAt: sentAt - 10 },
    failedAct({ ...act, code: 'broker-refused', message: 'not authorized', hint: 'check iot:Connect' }),
  ];
}

/** A DeleteConnection that was accepted; `already`: there was neither connection nor session. */
export function apiKick(
  sentAt: number = SENT_AT,
  { already = false }: { readonly already?: boolean } = {},
): [EntryOf<'intended'>, EntryOf<'done'>] {
  const act = { step: 'delete-connection', target: CLIENT };
  return [
    { kind: 'intended', ...act, startedAt: sentAt - 10 },
    { kind: 'done', ...act, already, sentAt, endedAt: sentAt + (TAKEN_AT - SENT_AT) },
  ];
}

/** A DeleteConnection that was refused. */
export function refusedApiKick(sentAt: number = SENT_AT, code = 'access-denied'): IncidentEntry[] {
  const act = { step: 'delete-connection', target: CLIENT };
  return [
    { kind: 'intended', ...act, startedAt: sentAt - 10 },
    failedAct({ ...act, code, message: 'DeleteConnection: no', hint: 'ask for iot:DeleteConnection' }),
  ];
}

/** What GetConnection says after the containment; `undefined`: it has never heard of the client. */
export function readAfter(
  reading: EntryOf<'connection-read'>['reading'],
  readAt: number = HEARD_AT,
): EntryOf<'connection-read'> {
  return {
    kind: 'connection-read',
    when: 'after',
    ...(reading === undefined ? {} : { reading }),
    unheardOf: reading === undefined,
    readAt,
  };
}

/** … and the client ID is taken over: only the events are missing. With `KICK_ONLY`, nothing was contained. */
export function kicked(variations: Variations = {}): IncidentEntry[] {
  const before = variations.plan?.actions?.includes('none') ? watched(variations) : containedOnly(variations);
  return [...before, ...takeover()];
}

export function observed(event: unknown, receivedAt: number = HEARD_AT): EntryOf<'observed'> {
  return { kind: 'observed', event, receivedAt };
}

/** The `connected` event of our takeover, which has the next version number. */
export function ourEvent(
  receivedAt: number = HEARD_AT,
  event: { readonly versionNumber?: number | undefined; readonly sessionIdentifier?: string } = {},
): EntryOf<'observed'> {
  return observed(
    aConnectedEvent({
      principalIdentifier: OURS,
      sessionIdentifier: 'our-session',
      versionNumber: 97,
      timestamp: SENT_AT + 20,
      ipAddress: '192.0.2.1',
      ...event,
    }),
    receivedAt,
  );
}

/** The sighted session's end, as the kick makes it. */
export function theEnd(receivedAt: number = HEARD_AT): EntryOf<'observed'> {
  return observed(aDisconnectedEvent({ timestamp: SENT_AT + 15 }), receivedAt);
}

export function held(overrides: Partial<EntryOf<'held'>> = {}): EntryOf<'held'> {
  return { kind: 'held', from: TAKEN_AT, until: HELD_UNTIL, completed: true, ...overrides };
}

export function gap(noticedAt: number = HEARD_AT): EntryOf<'gap'> {
  return { kind: 'gap', reason: 'the connection was cut', noticedAt };
}

export function lost(lostAt: number): EntryOf<'lost'> {
  return { kind: 'lost', reason: 'the broker closed the connection', lostAt };
}

export function ended(overrides: Partial<EntryOf<'ended'>> = {}): EntryOf<'ended'> {
  return { kind: 'ended', verdict: 'evicted', contained: 'yes', endedAt: ENDED_AT, ...overrides };
}

/** A whole eviction, as it goes when nothing stands in the way. */
export function evicted(variations: Variations = {}): Facts {
  return factsOf([...kicked(variations), ourEvent(), theEnd(), held(), ended()]);
}
