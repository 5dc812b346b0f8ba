import type { ReceivedMessage } from './kept-message.ts';
import type { PresenceEvent } from './presence-event.ts';

/** Opens watches on presence events, under a random client ID of their own. */
export interface PresenceChannel {
  /** Resolves once every filter is acknowledged. Throws `broker-unreachable`, `broker-refused` or `broker-denied`. */
  open(watch: WatchOrder, signal: AbortSignal): Promise<PresenceWatch>;
}

export type WatchOrder = {
  /** The client first, then others whose fate is of interest; a hidden one is never put into a filter. */
  readonly clientIds: readonly string[];
  readonly onEvent: (arrival: Arrival) => void;
  /** The watch was cut, and what came meanwhile is not known. */
  readonly onGap: (reason: string) => void;
};

export type Arrival = { readonly event: PresenceEvent; readonly raw: unknown; readonly receivedAt: number };

export interface PresenceWatch extends AsyncDisposable {
  readonly watcherId: string;
  /** Settled here, so that no CONNECT under the client's ID is spent on it. */
  readonly mqttVersion: 4 | 5;
  /** Connects a canary and waits until its `connected` event is heard: the event path works. */
  prove(signal: AbortSignal): Promise<CanarySeen>;
}

export type CanarySeen = {
  readonly delayMs: number;
  /** How AWS names the responder on the MQTT side. */
  readonly principalIdentifier: string;
};

/** Takes a client ID over, so that the broker drops whoever held it. [MQTT-3.1.4-2] */
export interface Takeover {
  /** Resolves at CONNACK. Throws `broker-unreachable`, `broker-refused` or `broker-denied`. Never reconnects by itself. */
  connect(order: TakeoverOrder, signal: AbortSignal): Promise<HeldId>;
}

export type TakeoverOrder = {
  readonly clientId: string;
  readonly mqttVersion: 4 | 5;
  /** Resume the intruder's session instead of ending it. [MQTT-3.1.2-4] */
  readonly keepSession: boolean;
  /**
   * Given what the resumed session brings, one message after the other, from the very first. Each is acknowledged once it was
   * kept (`true`): what was not, and without this everything, stays in the session. Must not reject.
   */
  readonly onMessage?: ((message: ReceivedMessage) => Promise<boolean>) | undefined;
  readonly onLost: (reason: string) => void;
};

/** The held client ID; disposing of it disconnects gracefully. */
export type HeldId = AsyncDisposable & {
  /** Whether the broker has resumed a session. [MQTT-3.2.2-2] */
  readonly sessionPresent: boolean;
};
