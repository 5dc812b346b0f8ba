import { whyNoClientId } from './client-id.ts';
import type { ConnectionReading } from './connection-reading.ts';
import type { Neighbour } from './plan.ts';
import { printable } from './printable.ts';

/** A core with more would have more than 800 subscriptions. (AWS IoT Core quotas: 50 a connection) */
const MOST = 16;
/** Few at a time; and as many that nobody knows are the end, since a core closes one in the middle when it is not used. */
const AT_ONCE = 3;

/** What GetConnection said of a sibling; no reading: it has never heard of it. */
export type SiblingReading = {
  readonly clientId: string;
  readonly reading?: ConnectionReading | undefined;
};

/** A Greengrass core opens `core#2`, `core#3`, … beside `core`: one device, not several. (Greengrass V2 guide, "Device authentication") */
export function areSiblings(one: string, other: string): boolean {
  return coreOf(one) === coreOf(other);
}

/** The name of the core whose further connection this is; of any other client, its own. */
export function coreOf(clientId: string): string {
  return clientId.replace(NUMBER, '');
}

/** The names that its siblings can have, a few at a time, in the order in which a core opens them. */
export function siblingNames(clientId: string): readonly (readonly string[])[] {
  const core = coreOf(clientId);
  const further = Array.from({ length: MOST - 1 }, (_, index) => `${core}#${index + 2}`);
  const possible = (core === '' ? [] : [core, ...further]).filter(
    (name) => name !== clientId && whyNoClientId(name) === undefined,
  );
  return Array.from({ length: Math.ceil(possible.length / AT_ONCE) }, (_, index) =>
    possible.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
}

/** Whether names beyond these may be in use: one of these is, or the client itself has a higher number. */
export function mayHaveMore(names: readonly string[], inUse: number, clientId: string): boolean {
  return inUse > 0 || names.every((name) => numberOf(name) < numberOf(clientId));
}

/**
 * The siblings as neighbours. GetConnection names no principal, so one is taken by its name for what it is by design: a
 * connection with the core's own certificate. What it says belongs to a thing that the principal has not is none.
 */
export function siblingNeighbours(
  siblings: readonly SiblingReading[],
  { things, readAt }: { readonly things: readonly string[] | undefined; readonly readAt: number },
): Neighbour[] {
  return siblings
    .filter(({ reading }) => reading !== undefined)
    .filter(({ reading: { thingName } = {} }) => isOneOf(things, thingName))
    .map((sibling) => siblingNeighbour(sibling, readAt));
}

/** One sibling as the reading has it. */
export function siblingNeighbour({ clientId, reading }: SiblingReading, readAt: number): Neighbour {
  return { clientId, state: reading?.connected ? 'connected' : 'disconnected', last: readAt };
}

/** Names with the state of each, for people. */
export function namedWithState(neighbours: readonly Neighbour[]): string {
  return neighbours.map(({ clientId, state }) => `"${printable(clientId)}" (${state})`).join(', ');
}

const NUMBER = /#(?<number>[2-9]|[1-9]\d+)$/u;

function numberOf(clientId: string): number {
  return Number(NUMBER.exec(clientId)?.groups?.['number'] ?? 1);
}

function isOneOf(things: readonly string[] | undefined, thingName: string | undefined): boolean {
  return things === undefined || thingName === undefined || things.includes(thingName);
}
