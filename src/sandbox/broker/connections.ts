import type { DisconnectReason } from '../faults/fault.ts';

/** A client ID as GetConnection knows it. Times in epoch milliseconds, durations in seconds. */
export type ConnectionState = {
  readonly clientId: string;
  readonly connected: boolean;
  readonly cleanSession: boolean;
  readonly keepAliveSeconds: number;
  readonly sessionExpirySeconds: number;
  /** Only where the principal's thing is known. */
  readonly thingName?: string | undefined;
  readonly connectedSince?: number | undefined;
  /** Kept for half an hour. */
  readonly disconnectedSince?: number | undefined;
  readonly disconnectReason?: DisconnectReason | undefined;
  readonly socket?:
    | { sourceIp: string; sourcePort: number; targetIp: string; targetPort: number }
    | undefined;
};

/** The broker as the data plane sees it. */
export type Connections = {
  /** `undefined`: neither connected, nor a persistent session, nor gone for less than half an hour. */
  find(clientId: string): ConnectionState | undefined;
  /** `undefined`: there is no session, live or offline. */
  subscriptions(clientId: string): Promise<readonly Subscription[] | undefined>;
  /** Drops the connection, and the session where asked to. Whether there was any. */
  end(clientId: string, how: { cleanSession: boolean; preventWillMessage: boolean }): Promise<boolean>;
};

export type Subscription = { readonly topicFilter: string; readonly qos: number };
