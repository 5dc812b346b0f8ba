import type { EvictionPlan } from '../domain/plan.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import type { SiblingsReading } from '../domain/readings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import { mayHaveMore, siblingNames } from '../domain/siblings.ts';
import type { SiblingReading } from '../domain/siblings.ts';
import type { Incident } from './incident.ts';
import { isFresh } from './read-connection.ts';
import { softly } from './softly.ts';

type Reach = { readonly ports: ReadingPorts; readonly incident: Incident };

/**
 * Asks the connection API for the further connections of a Greengrass core, once before anything is changed. Where it did
 * not answer for the client itself, it is not asked.
 */
export async function readSiblings(
  request: EvictionRequest,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<SiblingsReading> {
  const known = incident.facts.siblings;
  if (known !== undefined && isFresh(known, ports)) return { ...known, found: known.siblings };
  const names = incident.facts.connection?.why === undefined ? siblingNames(request.clientId) : [];
  const goesOn = (asked: readonly string[], inUse: number) => mayHaveMore(asked, inUse, request.clientId);
  const reading = await ask({ names, goesOn }, request, ports, signal);
  const found = reading.found.filter((sibling) => sibling.reading !== undefined);
  return record(incident, 'before', { ...reading, found });
}

/** Asks once more, at the end, for those that are in the plan: what is left of them. */
export async function readSiblingsAfter(
  request: EvictionRequest,
  { neighbours }: EvictionPlan,
  { ports, incident }: Reach,
  signal: AbortSignal,
): Promise<void> {
  const inPlan = new Set(neighbours.map(({ clientId }) => clientId));
  const names = siblingNames(request.clientId).map((some) => some.filter((name) => inPlan.has(name)));
  if (names.flat().length === 0) return;
  await record(incident, 'after', await ask({ names, goesOn: () => true }, request, ports, signal));
}

type Question = {
  readonly names: ReturnType<typeof siblingNames>;
  /** Whether to ask for the next names, too, after so many of these were in use. */
  readonly goesOn: (asked: readonly string[], inUse: number) => boolean;
};

/** Asks for a few at a time, until it is refused. */
async function ask(
  { names, goesOn }: Question,
  request: EvictionRequest,
  ports: ReadingPorts,
  signal: AbortSignal,
): Promise<SiblingsReading> {
  const found: SiblingReading[] = [];
  let why: string | undefined;
  for (const some of names) {
    const answers = await Promise.all(
      some.map((name) =>
        softly(request, ports, signal, (limit) => ports.connections.connection(name, limit)),
      ),
    );
    for (const [index, answer] of answers.entries()) {
      if (answer.known) found.push({ clientId: some[index] ?? '', reading: answer.value });
      else why ??= answer.why;
    }
    const inUse = answers.filter((answer) => answer.known && answer.value !== undefined).length;
    if (why !== undefined || !goesOn(some, inUse)) break;
  }
  return { found, why, readAt: ports.clock.now() };
}

async function record(
  incident: Incident,
  when: 'before' | 'after',
  reading: SiblingsReading,
): Promise<SiblingsReading> {
  const { found, why, readAt } = reading;
  const siblings = found.map(({ clientId, reading: said }) =>
    said === undefined ? { clientId } : { clientId, reading: said },
  );
  const refusal = why === undefined ? {} : { why };
  await incident.record({ kind: 'siblings-read', when, siblings, ...refusal, readAt });
  return reading;
}
