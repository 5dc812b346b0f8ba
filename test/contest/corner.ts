import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dice } from './dice.ts';
import type { Intruder } from './intruder.ts';
import { recordedSoFar, untilRecorded } from './record-tail.ts';
import { type Ring, strikesOf } from './ring.ts';
import type { Scene } from './scene.ts';

const SHORTEST_HOLD_MS = 1_500;
/** How much longer the hold is than the door stays open, and than anybody stays away: as the default is at AWS. */
const HOLD_MARGIN_MS = 700;

/** What is drawn for a round before it begins. */
export type Draw = { readonly index: number; readonly intruder: Intruder; readonly dice: Dice };

/** A client ID, a stolen certificate and a state directory of a round's own. */
export type Corner = AsyncDisposable & {
  readonly scene: Scene;
  readonly stateDirectory: string;
  /** How often each fault of this round struck. */
  struck(): Promise<Readonly<Record<string, number>>>;
};

/** Opens a corner. Leaving it ends all that the intruder does, and takes the faults off; what went wrong there is thrown. */
export async function openCorner(ring: Ring, home: string, { index, intruder, dice }: Draw): Promise<Corner> {
  const over = new AbortController();
  const kept: Promise<void>[] = [];
  const failures: unknown[] = [];
  const faults: number[] = [];
  const clientId = `contest-${index}${intruder.hidden === true ? '#' : ''}`;
  const stateDirectory = join(home, `state-${index}`);
  await mkdir(stateDirectory);
  const propagationMs = intruder.returns === true && dice.chance(0.7) ? dice.between(300, 1_800) : 0;
  const fault = async (one: object) => void faults.push((await ring.putOn(one)).id);
  for (const name of ['deactivation-delay', 'detach-delay'])
    await fault({ fault: name, ms: propagationMs, client: clientId });
  const scene: Scene = {
    ring,
    dice,
    clientId,
    identity: await ring.device(),
    holdMs: HOLD_MARGIN_MS + Math.max(SHORTEST_HOLD_MS, propagationMs, intruder.longestPauseMs ?? 0),
    signal: over.signal,
    keep: (act) => {
      const done = act.then(
        () => undefined,
        (error: unknown) => void (over.signal.aborted || failures.push(error)),
      );
      kept.push(done);
    },
    fault,
    recorded: (fits) => untilRecorded(stateDirectory, fits, over.signal),
    hasRecorded: async (fits) => (await recordedSoFar(stateDirectory)).some(fits),
  };
  return {
    scene,
    stateDirectory,
    async struck() {
      return strikesOf((await ring.faults()).filter(({ id }) => faults.includes(id)));
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await Promise.all(kept);
      for (const id of faults) await ring.takeOff(id);
      if (failures.length > 0) throw new AggregateError(failures, `what ${intruder.name} does went wrong`);
    },
  };
}
