import type { IncidentEntry } from './incident.ts';

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
