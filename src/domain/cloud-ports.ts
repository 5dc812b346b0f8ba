import type { Change } from './change.ts';
import type { ConnectionReading, Subscription } from './connection-reading.ts';

export type CertificateReading = {
  readonly certificateId: string;
  readonly arn: string;
  readonly status: string;
};

/** Who runs the tool, as the control plane names the caller. */
export type CallerReading = {
  readonly arn: string;
  /** `AROA…:session` or `AIDA…`, as presence events name it. */
  readonly principal: string;
  readonly account: string;
};

/** Reads the control plane. This is all that a dry run is given, so a change from there does not compile. */
export interface CloudReader {
  caller(signal: AbortSignal): Promise<CallerReading>;
  /** Where the account's clients connect, as the URL of its WebSocket, without a query. */
  mqttEndpoint(signal: AbortSignal): Promise<string>;
  /** `undefined`: this account and region do not know the certificate. */
  certificate(certificateId: string, signal: AbortSignal): Promise<CertificateReading | undefined>;
  /** Names of all things that the principal is attached to. */
  thingsOf(principalArn: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Names of all policies attached to the principal. */
  policiesOn(principalArn: string, signal: AbortSignal): Promise<readonly string[]>;
  /** All policies that say what the principal may do, those of its thing's groups included, with their documents. */
  effectivePolicies(subject: EffectiveFor, signal: AbortSignal): Promise<readonly EffectivePolicy[]>;
  /** Whether the principal could connect as the client if it had not the policies that are left out. */
  mayConnect(question: ConnectQuestion, signal: AbortSignal): Promise<boolean>;
  /** The present state of what the change is about, in the words of `change.before` and `change.after`. */
  stateOf(change: Change, signal: AbortSignal): Promise<string>;
  /** The cloud's clock minus ours, in milliseconds, from the newest answer; `undefined` before there is one. */
  clockSkewMs(): number | undefined;
}

/** Without a principal: what the thing has through its groups alone. */
export type EffectiveFor = {
  readonly principalArn?: string | undefined;
  readonly thingName?: string | undefined;
};

export type EffectivePolicy = { readonly name: string; readonly document: string };

export type ConnectQuestion = {
  readonly principalArn: string;
  readonly clientId: string;
  readonly without: readonly string[];
};

/** What the connection API knows of a client. Every one of its answers may be refused, and none names the principal. */
export interface ConnectionReader {
  /** `undefined`: it has never heard of the client (404). */
  connection(clientId: string, signal: AbortSignal): Promise<ConnectionReading | undefined>;
  subscriptions(clientId: string, signal: AbortSignal): Promise<readonly Subscription[]>;
}

/** Drops connections by API. */
export interface ConnectionEnder {
  /** Resolves once DeleteConnection was accepted; `known: false` where there was neither connection nor session (404). */
  disconnect(
    order: DisconnectOrder,
    signal: AbortSignal,
  ): Promise<{ readonly known: boolean; readonly requestId?: string | undefined }>;
}

export type DisconnectOrder = {
  readonly clientId: string;
  readonly cleanSession: boolean;
  readonly preventWill: boolean;
};

/** Where AWS writes down whom it refused before MQTT, if the account has that switched on. Every answer may be refused. */
export interface RefusalLog {
  /** The log group that refused connections are written to; `undefined`: they are not. */
  group(signal: AbortSignal): Promise<string | undefined>;
  /** What can be found by now, oldest first, as far as one look goes. */
  refusals(search: RefusalSearch, signal: AbortSignal): Promise<readonly LoggedRefusal[]>;
}

export type RefusalSearch = {
  readonly group: string;
  readonly certificateId: string;
  /** Epoch milliseconds, by AWS's clock. */
  readonly from: number;
};

/** An entry that says that the certificate was refused for its status. */
export type LoggedRefusal = { readonly id: string; readonly at: number };

/** Changes the control plane. */
export interface CloudWriter {
  /** Carries the change out. That it took effect is for `CloudReader.stateOf` to say. */
  apply(change: Change, signal: AbortSignal): Promise<{ readonly requestId?: string | undefined }>;
}
