import { isHiddenClient, type SessionEvent } from '../../domain/presence-event.ts';

/** A place where presence events go, with the topic that AWS publishes them on. */
export type EventSink = (event: SessionEvent, topic: string) => void;

/** What carries events to every sink. */
export type Delivery = Disposable & { readonly deliver: (event: SessionEvent) => void };

/** Delivers events, late if asked to; none of a hidden client (LE). What is still under way at the end is lost. */
export function createDelivery(sinks: readonly EventSink[], delayMs: number): Delivery {
  const underWay = new Set<NodeJS.Timeout>();
  const hand = (event: SessionEvent) => {
    const topic = `$aws/events/presence/${event.eventType}/${event.clientId}`;
    for (const sink of sinks) sink(event, topic);
  };
  return {
    deliver(event) {
      if (isHiddenClient(event.clientId)) return;
      if (delayMs === 0) return hand(event);
      const timer = setTimeout(() => {
        underWay.delete(timer);
        hand(event);
      }, delayMs);
      underWay.add(timer);
    },
    [Symbol.dispose]: () => underWay.forEach((timer) => clearTimeout(timer)),
  };
}
