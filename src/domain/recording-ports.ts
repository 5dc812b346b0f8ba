import type { Arrival } from './broker-ports.ts';

/** Keeps presence events on disk, for later look-ups. */
export interface PresenceJournal extends Disposable {
  readonly file: string;
  /** The client ID under which the broker keeps a session for this journal. */
  readonly watcherId: string;
  /** Returns once all of them are on disk, those that were new. Throws `journal-unwritable`, and then none of them is. */
  keep(arrivals: readonly Arrival[]): readonly Arrival[];
  /** From here on nothing escapes, until the next gap. Returns the gap that ends here, if there is one. */
  listening(from: Listening): Gap | undefined;
  /** Still listening: until here nothing has escaped. */
  heard(at: number): void;
  /** Removes some of what was received before; it is to be called again and again. Returns how many events. */
  prune(before: number): number;
}

/** `resumed`: the broker kept what came while nobody listened. */
export type Listening = { readonly at: number; readonly resumed: boolean };

/** Time in which events may have passed unheard; epoch milliseconds. */
export type Gap = { readonly from: number; readonly to: number };

/** Where all presence events of an account come from. */
export interface PresenceFeed {
  /** Resolves once it listens, and a canary was heard. Throws `broker-unreachable`, `broker-refused`, `timed-out`, … */
  open(order: FeedOrder, signal: AbortSignal): Promise<OpenFeed>;
}

export type Batch = {
  readonly arrivals: readonly Arrival[];
  /** How much else came that was no presence event. */
  readonly passedOver: number;
};

export type FeedOrder = {
  readonly watcherId: string;
  /** Given what came, in batches. What was kept (`true`) is acknowledged; all else comes again. Must not throw. */
  readonly keep: (batch: Batch) => boolean;
  readonly onLost: (reason: string) => void;
};

/** Disposing of it disconnects, and leaves the session at the broker. */
export type OpenFeed = AsyncDisposable &
  Listening & {
    /** From the canary's CONNACK to its event. */
    readonly delayMs: number;
    /** When something was last received, be it the answer to a ping: until then it did hear. */
    readonly heardAt: () => number;
  };
