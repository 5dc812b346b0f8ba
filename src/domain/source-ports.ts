import type { FoundEvent } from './found-event.ts';
import type { Principal } from './principal.ts';

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
      /** So many, from that line on; otherwise it is one. */
      readonly count?: number;
    };

type ProgressUnit = 'bytes' | 'rows' | 'objects';

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
