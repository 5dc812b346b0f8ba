import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { INCIDENT_ID } from '../../src/domain/incident.ts';

const LOOK_EVERY_MS = 10;

const line = z.looseObject({
  kind: z.string(),
  step: z.string().optional(),
  watcherId: z.string().optional(),
});
export type RecordedEntry = z.infer<typeof line>;

/**
 * Reads the record of a run while it is written. What is on disk has just happened: so an intruder can strike in the middle
 * of a step.
 */
export async function untilRecorded(
  stateDirectory: string,
  fits: (entry: RecordedEntry) => boolean,
  signal: AbortSignal,
): Promise<RecordedEntry> {
  for (;;) {
    const entry = (await recordedSoFar(stateDirectory)).find(fits);
    if (entry !== undefined) return entry;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

export async function recordedSoFar(stateDirectory: string): Promise<RecordedEntry[]> {
  const file = await recordIn(stateDirectory);
  if (file === undefined) return [];
  const whole = (await readFile(file, 'utf8')).split('\n').slice(0, -1); // the last one may be half written
  return whole.map((text) => line.parse(JSON.parse(text)));
}

/** The file of the one record in a state directory. */
export async function recordIn(stateDirectory: string): Promise<string | undefined> {
  const directory = join(stateDirectory, 'incidents');
  const names = await readdir(directory).catch(() => []);
  const name = names.find((one) => INCIDENT_ID.test(basename(one, '.jsonl'))); // evidence may lie beside it
  return name === undefined ? undefined : join(directory, name);
}
