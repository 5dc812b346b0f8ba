import type { Arrival } from './broker-ports.ts';
import { Rate } from './rate.ts';
import type { Gap } from './recording-ports.ts';

/** What happens while presence events are recorded. */
export type Happening =
  | { readonly kind: 'listening'; readonly resumed: boolean; readonly delayMs: number; readonly gap?: Gap }
  | { readonly kind: 'kept'; readonly arrivals: readonly Arrival[] }
  | { readonly kind: 'lost'; readonly reason: string; readonly retryMs: number }
  /** More events come than one connection is sure to deliver. */
  | { readonly kind: 'outgrown'; readonly perSecond: number };

/** Of more gaps, the newest are told. */
const MOST_GAPS = 100;

type Kept = { readonly received: number; readonly stored: number; readonly passedOver: number };

/** What was recorded so far. */
export class Recording {
  readonly startedAt: number;
  readonly rate = new Rate();
  readonly gaps: Gap[] = [];
  stored = 0;
  passedOver = 0;
  gapCount = 0;
  /** When something was last heard, as long as nothing is: what happens meanwhile may be missing. Epoch milliseconds. */
  unheardSince: number | undefined;

  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  kept(at: number, { received, stored, passedOver }: Kept): void {
    this.rate.count(at, received);
    this.stored += stored;
    this.passedOver += passedOver;
  }

  lost(heardAt: number): void {
    this.unheardSince = heardAt;
  }

  /** Whether the broker kept what came meanwhile, or there was a gap, is then known. */
  listening(): void {
    this.unheardSince = undefined;
  }

  /** Who goes while nothing is heard never learns what the broker kept: it may be a gap. */
  ended(at: number): void {
    if (this.unheardSince !== undefined) this.missed({ from: this.unheardSince, to: at });
  }

  missed(gap: Gap): void {
    this.gapCount += 1;
    this.gaps.push(gap);
    if (this.gaps.length > MOST_GAPS) this.gaps.shift();
  }
}
