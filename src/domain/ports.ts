import type { PresenceChannel, Takeover } from './broker-ports.ts';
import type {
  CloudReader,
  CloudWriter,
  ConnectionEnder,
  ConnectionReader,
  RefusalLog,
} from './cloud-ports.ts';
import type { Facts } from './facts.ts';
import type { IncidentEntry } from './incident.ts';
import type { MessageKeeper } from './message-keeper.ts';
import type { Decision, Proposal } from './proposal.ts';
import type { Claims, IncidentRecords } from './record-ports.ts';
import type { EventSource, Progress } from './source-ports.ts';
import type { UndoPlan } from './undo.ts';

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
