import type { Verdict } from '../../src/domain/exit-codes.ts';
import type { Scene } from './scene.ts';
import type { Way } from './way.ts';

/** One kind of intruder, and how a round against it may end. */
export type Intruder = {
  readonly name: string;
  /** Takes its place before the run begins, and keeps what it goes on doing. */
  readonly arrive: (scene: Scene) => Promise<Arrived | void>;
  /** How a round ends that loses nothing on the way. */
  readonly ends: (way: Way) => readonly Verdict[];
  /** How it may end besides, where something was lost: of these words, too, each must be true. */
  readonly endsInStorm?: readonly Verdict[];
  /** Makes of any way one that fits it. */
  readonly fits?: (way: Way) => Way;
  /** It comes back while the door is open. */
  readonly returns?: true;
  /** The longest that it stays away, in milliseconds: the hold must be longer, as at AWS. */
  readonly longestPauseMs?: number;
  /** The end of the whole run, where it is to come sooner. */
  readonly deadlineMs?: number;
  /** Its client ID is one of which AWS publishes no events. */
  readonly hidden?: true;
};

/** What an intruder has for the run that is to evict it. */
export type Arrived = {
  readonly words?: readonly string[];
  /** Principals of colleagues, which stay connected rightly. */
  readonly responders?: readonly string[];
  /** The intruder is an IAM user, and has no certificate. */
  readonly isUser?: true;
};
