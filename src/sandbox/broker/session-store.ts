import type { Aedes } from 'aedes';
import * as z from 'zod';

type ById = { readonly id: string };
type StoredSubscription = { readonly topic: string; readonly qos: number };
type StoredPacket = { readonly topic: string; readonly messageId?: number };

/** What the sandbox needs of the store behind aedes, of which aedes' own types say nothing. */
export type SessionStore = {
  subscriptionsByClient(client: ById): Promise<readonly StoredSubscription[]>;
  removeSubscriptions(client: ById, filters: readonly string[]): Promise<void>;
  cleanSubscriptions(client: ById): Promise<void>;
  outgoingStream(client: ById): AsyncIterable<StoredPacket>;
  outgoingClearMessageId(client: ById, packet: StoredPacket): Promise<unknown>;
  createRetainedStream(pattern: string): AsyncIterable<StoredPacket>;
};

const METHODS = [
  'subscriptionsByClient',
  'removeSubscriptions',
  'cleanSubscriptions',
  'outgoingStream',
  'outgoingClearMessageId',
  'createRetainedStream',
];

const sessionStore = z.custom<SessionStore>(
  (value) => METHODS.every((name) => typeof Reflect.get(Object(value), name) === 'function'),
  'aedes has no such store any more',
);

export function storeOf(aedes: Aedes): SessionStore {
  return sessionStore.parse(Reflect.get(aedes, 'persistence'));
}

/** Takes out all that is kept for a client ID: the store has no expiry of its own. */
export async function wipeSession(store: SessionStore, id: string): Promise<void> {
  const client = { id };
  await store.cleanSubscriptions(client);
  for await (const packet of store.outgoingStream(client)) {
    await store.outgoingClearMessageId(client, packet);
  }
}
