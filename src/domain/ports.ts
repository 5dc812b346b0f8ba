import type { Change } from './change.ts';
import type { Decision, Proposal } from './proposal.ts';
import type { Facts } from './facts.ts';
import type { FoundEvent } from './found-event.ts';
import type { IncidentEntry } from './incident.ts';
import type { ReceivedMessage } from './kept-message.ts';
import type { MessageKeeper } from './message-keeper.ts';
import type { PresenceEvent } from './presence-event.ts';
import type { Principal } from './principal.ts';
import type { ConnectionReading, Subscription } from './connection-reading.ts';
import type { UndoPlan } from './undo.ts';

/**
 * What is looked for in a source: the events of a client; those of a principal, on whatever client, to tell who else is
 * hit; or everybody's.
 */
export type Search =
  | { readonly for: 'client'; readonly clientId: string }
  | { readonly for: 'principal'; readonly principal: Principal }
  | { readonly for: 'everybody' };

/** What a source yields: an event that can make a sighting, or something that was passed over, with the reason. */
export type SourceItem =
  | { readonly kind: 'event'; readonly found: FoundEvent }
  /** A principal that may be behind the client, for it belongs to the thing: nobody has seen it there. */
  | { readonly kind: 'candidate'; readonly principal: string; readonly thingName: string }
  /** It keeps the events of other clients, too, since then (epoch milliseconds): only so is silence about them an answer. */
  | { readonly kind: 'covers'; readonly since: number }
  /** The SHA-256 of a file in which events were found: told at its end. */
  | { readonly kind: 'digest'; readonly source: string; readonly sha256: string }
  /** A part that could not be read: what came before it, and the rest of the source, count all the same. */
  | { readonly kind: 'flawed'; readonly source: string; readonly why: string }
  /** Long work goes on: so much of it is done, of so much where that is known. */
  | { readonly kind: 'progress'; readonly done: number; readonly of?: number; readonly unit: ProgressUnit }
  /** Another source that was found on the way, and is to be looked in, too. */
  | { readonly kind: 'leads-to'; readonly source: EventSource }
  /** It hears what happens from now on. That nothing came until the look-up was over is then an answer, too. */
  | { readonly kind: 'listening' }
  | {
      readonly kind: 'passed-over';
      readonly why: 'not-a-presence-event' | 'malformed';
      readonly line: number;
    };

export type ProgressUnit = 'bytes' | 'rows' | 'objects';

export type SourceCandidate = Omit<Extract<SourceItem, { kind: 'candidate' }>, 'kind'> & {
  readonly source: string;
};

/** How far the reading of one source is. */
export type Progress = Omit<Extract<SourceItem, { kind: 'progress' }>, 'kind'> & { readonly source: string };

/** A place where presence events were kept, or where they come by. */
export interface EventSource {
  /** As it stands in `sighting.source`. */
  readonly name: string;
  /** It waits for what has not happened yet, and is read beside the others. */
  readonly waits?: true;
  /** Nobody has named it: it is looked in because it may be there. */
  readonly byDefault?: true;
  /** It can be asked about one client, and about nobody else. */
  readonly ofOneClient?: true;
  /** Lets go of what it keeps between one reading and the next, where it keeps anything. */
  readonly [Symbol.dispose]?: () => void;
  /**
   * Streams what the source holds: what is looked for at least, and whatever else is as cheap. Who reads sorts out. Throws `file-unreadable` or `file-invalid`, and where it has to
   * ask somebody, what the cloud or the broker could not be used for.
   */
  read(search: Search, signal: AbortSignal): AsyncIterable<SourceItem>;
}

export type CertificateReading = {
  readonly certificateId: string;
  readonly arn: string;
  readonly status: string;
};

/** Who runs the tool, as the control plane names the caller. */
export type CallerReading = {
  readonly arn: string;
  /** `AROA…:session` or `AIDA…`, as presence events name it. */
  readonly principal: string;
  readonly account: string;
};

/** Reads the control plane. This is all that a dry run is given, so a change from there does not compile. */
export interface CloudReader {
  caller(signal: AbortSignal): Promise<CallerReading>;
  /** Where the account's clients connect, as the URL of its WebSocket, without a query. */
  mqttEndpoint(signal: AbortSignal): Promise<string>;
  /** `undefined`: this account and region do not know the certificate. */
  certificate(certificateId: string, signal: AbortSignal): Promise<CertificateReading | undefined>;
  /** Names of all things that the principal is attached to. */
  thingsOf(principalArn: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Names of all policies attached to the principal. */
  policiesOn(principalArn: string, signal: AbortSignal): Promise<readonly string[]>;
  /** All policies that say what the principal may do, those of its thing's groups included, with their documents. */
  effectivePolicies(subject: EffectiveFor, signal: AbortSignal): Promise<readonly EffectivePolicy[]>;
  /** Whether the principal could connect as the client if it had not the policies that are left out. */
  mayConnect(question: ConnectQuestion, signal: AbortSignal): Promise<boolean>;
  /** The present state of what the change is about, in the words of `change.before` and `change.after`. */
  stateOf(change: Change, signal: AbortSignal): Promise<string>;
  /** The cloud's clock minus ours, in milliseconds, from the newest answer; `undefined` before there is one. */
  clockSkewMs(): number | undefined;
}

/** Without a principal: what the thing has through its groups alone. */
export type EffectiveFor = {
  readonly principalArn?: string | undefined;
  readonly thingName?: string | undefined;
};

export type EffectivePolicy = { readonly name: string; readonly document: string };

export type ConnectQuestion = {
  readonly principalArn: string;
  readonly clientId: string;
  readonly without: readonly string[];
};

/** What the connection API knows of a client. Every one of its answers may be refused, and none names the principal. */
export interface ConnectionReader {
  /** `undefined`: it has never heard of the client (404). */
  connection(clientId: string, signal: AbortSignal): Promise<ConnectionReading | undefined>;
  subscriptions(clientId: string, signal: AbortSignal): Promise<readonly Subscription[]>;
}

/** Drops connections by API. */
export interface ConnectionEnder {
  /** Resolves once DeleteConnection was accepted; `known: false` where there was neither connection nor session (404). */
  disconnect(
    order: DisconnectOrder,
    signal: AbortSignal,
  ): Promise<{ readonly known: boolean; readonly requestId?: string | undefined }>;
}

export type DisconnectOrder = {
  readonly clientId: string;
  readonly cleanSession: boolean;
  readonly preventWill: boolean;
};

/** Where AWS writes down whom it refused before MQTT, if the account has that switched on. Every answer may be refused. */
export interface RefusalLog {
  /** The log group that refused connections are written to; `undefined`: they are not. */
  group(signal: AbortSignal): Promise<string | undefined>;
  /** What can be found by now, oldest first, as far as one look goes. */
  refusals(search: RefusalSearch, signal: AbortSignal): Promise<readonly LoggedRefusal[]>;
}

export type RefusalSearch = {
  readonly group: string;
  readonly certificateId: string;
  /** Epoch milliseconds, by AWS's clock. */
  readonly from: number;
};

/** An entry that says that the certificate was refused for its status. */
export type LoggedRefusal = { readonly id: string; readonly at: number };

/** Whoever agrees to a plan before anything is changed: a person at a prompt, or `--yes`. */
export interface Operator {
  /** Shows the proposal and returns what was decided. Ends with the signal. */
  decide(proposal: Proposal, signal: AbortSignal): Promise<Decision>;
  /** Says whether the client may be kicked once, only to see who it is: nothing else is known of it. Ends with the signal. */
  agreesToKick(facts: Facts, signal: AbortSignal): Promise<boolean>;
}

/** Whoever agrees to an undo before anything is taken back. */
export interface UndoOperator {
  /** Shows what would be taken back, of which incident, and returns whether that is wanted. Ends with the signal. */
  agreesToUndo(plan: UndoPlan, facts: Facts, signal: AbortSignal): Promise<boolean>;
}

/** Changes the control plane. */
export interface CloudWriter {
  /** Carries the change out. That it took effect is for `CloudReader.stateOf` to say. */
  apply(change: Change, signal: AbortSignal): Promise<{ readonly requestId?: string | undefined }>;
}

/** Opens watches on presence events, under a random client ID of their own. */
export interface PresenceChannel {
  /** Resolves once every filter is acknowledged. Throws `broker-unreachable`, `broker-refused` or `broker-denied`. */
  open(watch: WatchOrder, signal: AbortSignal): Promise<PresenceWatch>;
}

export type WatchOrder = {
  /** The client first, then others whose fate is of interest; a hidden one is never put into a filter. */
  readonly clientIds: readonly string[];
  readonly onEvent: (arrival: Arrival) => void;
  /** The watch was cut, and what came meanwhile is not known. */
  readonly onGap: (reason: string) => void;
};

export type Arrival = { readonly event: PresenceEvent; readonly raw: unknown; readonly receivedAt: number };

export interface PresenceWatch extends AsyncDisposable {
  readonly watcherId: string;
  /** Settled here, so that no CONNECT under the client's ID is spent on it. */
  readonly mqttVersion: 4 | 5;
  /** Connects a canary and waits until its `connected` event is heard: the event path works. */
  prove(signal: AbortSignal): Promise<CanarySeen>;
}

export type CanarySeen = {
  readonly delayMs: number;
  /** How AWS names the responder on the MQTT side. */
  readonly principalIdentifier: string;
};

/** Takes a client ID over, so that the broker drops whoever held it. [MQTT-3.1.4-2] */
export interface Takeover {
  /** Resolves at CONNACK. Throws `broker-unreachable`, `broker-refused` or `broker-denied`. Never reconnects by itself. */
  connect(order: TakeoverOrder, signal: AbortSignal): Promise<HeldId>;
}

export type TakeoverOrder = {
  readonly clientId: string;
  readonly mqttVersion: 4 | 5;
  /** Resume the intruder's session instead of ending it. [MQTT-3.1.2-4] */
  readonly keepSession: boolean;
  /**
   * Given what the resumed session brings, one message after the other, from the very first. Each is acknowledged once it was
   * kept (`true`): what was not, and without this everything, stays in the session. Must not reject.
   */
  readonly onMessage?: ((message: ReceivedMessage) => Promise<boolean>) | undefined;
  readonly onLost: (reason: string) => void;
};

/** The held client ID; disposing of it disconnects gracefully. */
export type HeldId = AsyncDisposable & {
  /** Whether the broker has resumed a session. [MQTT-3.2.2-2] */
  readonly sessionPresent: boolean;
};

/** Keeps incident records. */
export interface IncidentRecords {
  create(incident: string): Promise<IncidentStore>;
}

/** Lets one run at a time, of those that share a state directory, act on a client. */
export interface Claims {
  /** Waits a little for another run that is at work on it. `undefined`: it still is, or the signal aborted meanwhile. */
  claim(subject: string, signal: AbortSignal): Promise<Claim | undefined>;
}

/** Aborts `lost`, with `claim-lost`, where another run may have taken it: this one stood still for too long. */
export type Claim = AsyncDisposable & { readonly lost: AbortSignal };

/** One durable, append-only record. */
export interface IncidentStore extends AsyncDisposable {
  readonly file: string;
  /** Resolves once the entry is on disk, with its hash; throws `record-unwritable`. */
  append(entry: IncidentEntry): Promise<{ readonly hash: string }>;
}

export interface Clock {
  /** Epoch milliseconds that never run backwards. */
  now(): number;
  /** Resolves early, without an error, when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /**
   * A signal that aborts with the given one, or after `ms` with a `TimeoutError`. Held by its timer until it is disposed of:
   * an `AbortSignal.timeout()` within `AbortSignal.any()` may be garbage-collected in Node 20, and then never fires.
   */
  within(ms: number, signal?: AbortSignal): TimeLimit;
}

export type TimeLimit = Disposable & {
  readonly signal: AbortSignal;
  /** Starts the limit anew, of `ms` from now. What is over stays over. */
  renew(ms: number): void;
};

export interface Randomness {
  /** Lower-case hex digits. */
  hex(digits: number): string;
  /** From 0 up to, and without, 1. */
  fraction(): number;
}

/** Where, by whom and with what this run happens. */
export type RunContext = {
  readonly toolVersion: string;
  readonly user: string;
  readonly host: string;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  /** An own endpoint, where one is set, and the data plane's own. */
  readonly endpointUrl?: string | undefined;
  readonly dataEndpointUrl?: string | undefined;
  /** Where the MQTT connections go, without a query; undefined where that has to be asked (`CloudReader.mqttEndpoint`). */
  readonly mqttEndpoint?: string | undefined;
  /** The certificate ID of the MQTT connections, where they use one. */
  readonly mqttIdentity?: string | undefined;
  /** The words of the command line with which another run reaches the same place. */
  readonly again?: readonly string[] | undefined;
};

/** What everything that only reads is given. */
export type ReadingPorts = {
  readonly sources: readonly EventSource[];
  readonly cloud: CloudReader;
  readonly connections: ConnectionReader;
  readonly clock: Clock;
  readonly random: Randomness;
  /** SHA-256, hex. */
  readonly digest: (text: string) => string;
  readonly context: RunContext;
  /** Each entry as it happens, for the screen. */
  readonly onEntry: (entry: IncidentEntry) => void;
  /** How far long work is: for the screen alone, which shows the newest. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
};

/** What the real run is given on top. */
export type ActingPorts = ReadingPorts & {
  readonly writer: CloudWriter;
  readonly presence: PresenceChannel;
  readonly takeover: Takeover;
  readonly messages: MessageKeeper;
  readonly ender: ConnectionEnder;
  readonly refusalLog: RefusalLog;
  readonly records: IncidentRecords;
  readonly claims: Claims;
  readonly operator: Operator;
};
