import { backOffMs } from '../domain/back-off.ts';
import { EvictError, messageOf } from '../domain/errors.ts';
import type { Clock, Randomness } from '../domain/ports.ts';
import type { Happening, Recording } from '../domain/recording.ts';
import type { Batch, Gap, OpenFeed, PresenceFeed, PresenceJournal } from '../domain/recording-ports.ts';
import { following } from '../domain/signals.ts';

/** How often the journal is told that nothing has escaped: so much of a recording may be counted as a gap after a crash. */
const STRIDE_MS = 5_000;

export type RecordingRequest = {
  /** From a connection's beginning until its canary is heard. */
  readonly timeoutMs: number;
  readonly retentionMs: number;
};

export type RecordingPorts = {
  readonly journal: PresenceJournal;
  readonly feed: PresenceFeed;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly onHappening: (happening: Happening) => void;
};

/**
 * Records presence events until the signal aborts, whatever becomes of the connection meanwhile. Throws where it could not
 * even begin, and `journal-unwritable` where the journal can take no more.
 */
export async function recordPresence(
  request: RecordingRequest,
  ports: RecordingPorts,
  recording: Recording,
  signal: AbortSignal,
): Promise<void> {
  const recorder = new Recorder(request, ports, recording);
  for (let failures = 0; !signal.aborted;) {
    const ended = await recorder.listen(signal);
    if (ended === undefined) return;
    failures = ended.listened ? 1 : failures + 1;
    const retryMs = backOffMs(failures, ports.random.fraction());
    ports.onHappening({ kind: 'lost', reason: ended.reason, retryMs });
    await ports.clock.sleep(retryMs, signal);
  }
}

/** Why a connection is no more; `listened`: it was one that heard. */
type Ended = { readonly listened: boolean; readonly reason: string };

class Recorder {
  readonly #request: RecordingRequest;
  readonly #ports: RecordingPorts;
  readonly #recording: Recording;
  #hasListened = false;
  #broken: Error | undefined;
  #outgrown = false;

  constructor(request: RecordingRequest, ports: RecordingPorts, recording: Recording) {
    this.#request = request;
    this.#ports = ports;
    this.#recording = recording;
  }

  /** One connection, from its beginning to its end. `undefined`: the signal ended it. */
  async listen(signal: AbortSignal): Promise<Ended | undefined> {
    using cut = following(signal);
    let reason = '';
    const onLost = (why: string) => {
      reason ||= why;
      cut.stop(undefined);
    };
    try {
      await using feed = await this.#open(onLost, cut.signal);
      this.#begin(feed);
      await this.#stay(feed, cut.signal);
      if (!signal.aborted) this.#recording.lost(feed.heardAt());
    } catch (error) {
      return this.#orEnded(error, reason, signal);
    }
    if (this.#broken !== undefined) throw this.#broken;
    return signal.aborted ? undefined : { listened: true, reason };
  }

  async #open(onLost: (reason: string) => void, signal: AbortSignal): Promise<OpenFeed> {
    const { clock, feed, journal } = this.#ports;
    using limit = clock.within(this.#request.timeoutMs, signal);
    const keep = (batch: Batch) => this.#keep(batch, onLost);
    return await feed.open({ watcherId: journal.watcherId, keep, onLost }, limit.signal);
  }

  #begin({ at, resumed, delayMs }: OpenFeed): void {
    this.#hasListened = true;
    this.#recording.listening();
    const gap = this.#ports.journal.listening({ at, resumed });
    if (gap !== undefined) this.#recording.missed(gap);
    this.#ports.onHappening({ kind: 'listening', resumed, delayMs, ...withGap(gap) });
  }

  /** Until the connection ends. */
  async #stay({ heardAt }: OpenFeed, signal: AbortSignal): Promise<void> {
    const { clock, journal } = this.#ports;
    while (!signal.aborted) {
      journal.prune(clock.now() - this.#request.retentionMs);
      await clock.sleep(STRIDE_MS, signal);
      journal.heard(heardAt());
    }
  }

  /** A journal that took no more is not asked again: what is not acknowledged stays at the broker. */
  #keep({ arrivals, passedOver }: Batch, onLost: (reason: string) => void): boolean {
    if (this.#broken !== undefined) return false;
    const { journal, clock, onHappening } = this.#ports;
    try {
      const stored = journal.keep(arrivals);
      this.#recording.kept(clock.now(), { received: arrivals.length, stored: stored.length, passedOver });
      if (stored.length > 0) onHappening({ kind: 'kept', arrivals: stored });
      this.#tellIfOutgrown();
      return true;
    } catch (error) {
      this.#broken = error instanceof Error ? error : new Error(messageOf(error));
      onLost('the journal can take no more');
      return false;
    }
  }

  #tellIfOutgrown(): void {
    const { rate } = this.#recording;
    if (this.#outgrown || !rate.isTooMuch) return;
    this.#outgrown = true;
    this.#ports.onHappening({ kind: 'outgrown', perSecond: rate.peak });
  }

  /** Who never heard anything is told at once: what is wrong is then rather a mistake than the network's weather. */
  #orEnded(error: unknown, reason: string, signal: AbortSignal): Ended | undefined {
    if (this.#broken !== undefined) throw this.#broken;
    if (signal.aborted) return undefined;
    if (!(error instanceof EvictError) || error.source !== 'cloud') throw error;
    if (this.#hasListened && error.code !== 'journal-unwritable')
      return { listened: false, reason: reason || error.message };
    throw reason === '' ? error : cutOff(reason, error);
  }
}

function withGap(gap: Gap | undefined): { readonly gap?: Gap } {
  return gap === undefined ? {} : { gap };
}

/** What was waited for meanwhile only failed in consequence. */
function cutOff(reason: string, cause: EvictError): EvictError {
  return new EvictError('connection-lost', `the connection was lost before it listened: ${reason}`, {
    hint: cause.hint,
    cause,
  });
}
