import { isHiddenClient, type PresenceEvent } from '../../domain/presence-event.ts';
import type { Faults } from '../faults/faults.ts';

/** A place where events go, with the topic that AWS publishes them on. */
export type EventSink = (event: PresenceEvent, topic: string) => void;

/** What carries events to every sink. */
export type Delivery = Disposable & { readonly deliver: (event: PresenceEvent) => void };

/** For how long an event that is to be overtaken waits for the one that overtakes it. */
const OVERTAKEN_WITHIN_MS = 1000;

/** Delivers events to every sink alike, with the faults that are on; none of a hidden client (LE). What is still under way at the end is lost. */
export function createDelivery(sinks: readonly EventSink[], faults: Faults): Delivery {
  const timers = new Set<NodeJS.Timeout>();
  const overtaken = new Map<() => void, PresenceEvent>();
  const later = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  };
  const hand = (event: PresenceEvent) => {
    const topic = topicOf(event);
    for (const sink of sinks) sink(event, topic);
    for (const release of overtaken.keys()) release();
  };
  const holdBack = (event: PresenceEvent) => {
    // It is the one that overtakes another: were it held back, too, both would come in order.
    if ([...overtaken.values()].some((waiting) => waiting !== event)) return hand(event);
    const release = () => {
      if (overtaken.delete(release)) hand(event);
    };
    overtaken.set(release, event);
    later(OVERTAKEN_WITHIN_MS, release);
  };
  return {
    deliver(event) {
      const { clientId: client, eventType } = event;
      const victim = { client, event: eventType };
      if (isHiddenClient(client) || faults.strike('lose-events', victim) !== undefined) return;
      const copies = faults.strike('duplicate-events', victim) === undefined ? [event] : [event, event];
      const delayMs = faults.strike('event-delay', victim)?.ms ?? 0;
      const isOvertaken = faults.strike('reorder-events', victim) !== undefined;
      for (const copy of copies) {
        const act = () => (isOvertaken ? holdBack(copy) : hand(copy));
        if (delayMs === 0) act();
        else later(delayMs, act);
      }
    },
    [Symbol.dispose]: () => timers.forEach((timer) => clearTimeout(timer)),
  };
}

function topicOf({ eventType, clientId }: PresenceEvent): string {
  const family = eventType === 'subscribed' || eventType === 'unsubscribed' ? 'subscriptions' : 'presence';
  return `$aws/events/${family}/${eventType}/${clientId}`;
}
