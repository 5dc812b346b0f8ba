import type { EntryOf } from '../domain/incident.ts';
import type { ReadingPorts } from '../domain/ports.ts';
import type { PlanReadings } from '../domain/readings.ts';
import type { EvictionRequest } from '../domain/request.ts';
import type { Incident } from './incident.ts';
import { softly } from './softly.ts';

/** A reading is good for as long as an operator chooses; a resumed run, or a long thought, wants another. */
const FRESH_MS = 30_000;

type Evidence = Pick<PlanReadings, 'connection' | 'subscriptions'>;

/** Asks the connection API, once before anything is changed: it confirms the sighting, and is evidence. */
export async function readConnection(
  request: EvictionRequest,
  ports: ReadingPorts,
  incident: Incident,
  signal: AbortSignal,
): Promise<Evidence> {
  const known = incident.facts.connection;
  if (known !== undefined && isFresh(known, ports)) return evidenceIn(known);
  const { clientId } = request;
  const [connection, subscriptions] = await Promise.all([
    softly(request, ports, signal, (limit) => ports.connections.connection(clientId, limit)),
    softly(request, ports, signal, (limit) => ports.connections.subscriptions(clientId, limit)),
  ]);
  const reading = connection.known ? connection.value : undefined;
  const entry: EntryOf<'connection-read'> = {
    kind: 'connection-read',
    when: 'before',
    ...(reading === undefined ? {} : { reading }),
    unheardOf: connection.known && reading === undefined,
    ...(subscriptions.known
      ? { subscriptions: [...subscriptions.value] }
      : { whyNoSubscriptions: subscriptions.why }),
    ...(connection.known ? {} : { why: connection.why }),
    readAt: ports.clock.now(),
  };
  await incident.record(entry);
  return evidenceIn(entry);
}

/** Whether a reading is still good. */
export function isFresh(
  { readAt }: { readonly readAt: number },
  { clock }: Pick<ReadingPorts, 'clock'>,
): boolean {
  return clock.now() - readAt < FRESH_MS;
}

function evidenceIn({
  why,
  reading,
  subscriptions,
  whyNoSubscriptions,
}: EntryOf<'connection-read'>): Evidence {
  return {
    connection: why === undefined ? { known: true, value: { reading } } : { known: false, why },
    subscriptions:
      whyNoSubscriptions === undefined
        ? { known: true, value: subscriptions ?? [] }
        : { known: false, why: whyNoSubscriptions },
  };
}

/** Asks it again once access is cut: where nobody took the ID over, it says whether somebody is connected. */
export async function readConnectionAfter(
  request: EvictionRequest,
  {
    ports,
    incident,
  }: { readonly ports: Pick<ReadingPorts, 'clock' | 'connections'>; readonly incident: Incident },
  signal: AbortSignal,
): Promise<void> {
  const connection = await softly(request, ports, signal, (limit) =>
    ports.connections.connection(request.clientId, limit),
  );
  const reading = connection.known ? connection.value : undefined;
  await incident.record({
    kind: 'connection-read',
    when: 'after',
    ...(reading === undefined ? {} : { reading }),
    unheardOf: connection.known && reading === undefined,
    // An earlier reading says nothing of now.
    ...(connection.known ? {} : { why: connection.why }),
    readAt: ports.clock.now(),
  });
}
