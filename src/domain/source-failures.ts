import type { EvictError } from './errors.ts';
import type { EntryOf } from './incident.ts';
import type { Warning } from './plan.ts';

/** A source that could not be read, or not to its end, where the response goes on without it. */
export function sourceFailed(source: string, { message, hint }: EvictError): Warning {
  return {
    code: 'source-failed',
    message: `${source} could not be read, or not in whole, and may know more: ${message} (${hint})`,
  };
}

/** What of a source could not be read, where the rest of it counts. What is not there at all, or is told as a failure, is no flaw. */
export function sourceFlaws({
  source,
  malformed,
  flaws = [],
  missing,
  failed,
}: EntryOf<'sources-read'>['passedOver'][number]): readonly Warning[] {
  if (missing !== undefined) return [];
  const lines = malformed === 1 ? '1 malformed line was' : `${malformed} malformed lines were`;
  return [...flaws, ...(malformed === 0 || failed ? [] : [`${source}: ${lines} passed over`])].map(flawed);
}

function flawed(message: string): Warning {
  return { code: 'source-flawed', message };
}

const OF_THE_LOOK_UP: ReadonlySet<string> = new Set([
  'source-failed',
  'source-flawed',
  'future-event',
  'many-clients',
]);

/** Whether it is said of what was looked in: that stands, whoever goes on with the incident. */
export function isOfTheLookUp({ code }: Warning): boolean {
  return OF_THE_LOOK_UP.has(code);
}
