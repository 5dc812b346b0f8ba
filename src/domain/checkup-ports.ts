import type { ActionId } from './action.ts';
import type { ResponseWay, Trial, Way } from './checkup.ts';
import type { ProxyName } from './check-proxy.ts';
import type { Nothing } from './nothing.ts';
import type { ProbeAnswer, ProbedPermission } from './permissions.ts';
import type { PresenceChannel, Takeover } from './broker-ports.ts';
import type { CloudReader } from './cloud-ports.ts';
import type { Clock, Randomness } from './ports.ts';
import type { EventSource } from './source-ports.ts';

/** Finds out what the credentials allow without changing anything: each call is made on something that cannot exist. */
export interface PermissionProbe {
  /** As the SDK settled on it. Throws `bad-option` where there is none. */
  region(): Promise<string>;
  describeEndpoint(signal: AbortSignal): Promise<ProbeAnswer>;
  /** Throws what is neither an answer nor a refusal: a throttle, a time-out, a failure of the service. */
  attempt(name: ProbedPermission, on: Nothing, signal: AbortSignal): Promise<ProbeAnswer>;
  /** Where the control plane was asked; `undefined` before it was. */
  controlUrl(): string | undefined;
}

/** The proxies on the way. */
interface ProxyProbe {
  /** By which an address is reached; `undefined`: directly. */
  proxyFor(url: string): ProxyName | undefined;
  /** Resolves when something listens where the proxy for the address should be. Throws `endpoint-unreachable`. */
  reachProxyFor(url: string, signal: AbortSignal): Promise<void>;
}

/** Whether records could be kept. */
export interface StateProbe {
  /** Resolves with the directory, in which nothing is left behind. Throws `state-dir-unusable`. */
  proveWritable(): Promise<string>;
}

/** The two things that a response does on the broker, and as whom. */
export type BrokerPorts = {
  readonly presence: PresenceChannel;
  readonly takeover: Takeover;
  /** In words. */
  readonly identity: string;
};

/** What a checkup is given. Nothing in it can change anything of the account. */
export type CheckupPorts = {
  readonly cloud: Pick<CloudReader, 'caller' | 'clockSkewMs'>;
  readonly probe: PermissionProbe;
  readonly proxies: ProxyProbe;
  readonly sources: readonly { readonly name: string; readonly source: Trial<EventSource> }[];
  readonly broker: Trial<BrokerPorts>;
  readonly state: StateProbe;
  readonly clock: Clock;
  readonly random: Randomness;
};

/** What the parts of a checkup work with. */
export type Checkup = {
  readonly request: CheckupRequest;
  readonly ports: CheckupPorts;
  readonly signal: AbortSignal;
};

/** What a checkup is asked for, and what is known of the settings. */
export type CheckupRequest = {
  readonly toolVersion: string;
  /** How the broker is reached. */
  readonly responding: ResponseWay;
  /** What a response would be. */
  readonly configured: readonly Way[];
  readonly actions: readonly ActionId[];
  readonly timeoutMs: number;
  readonly requireProof: boolean;
  readonly profile: string | undefined;
  /** Where the region comes from, in words. */
  readonly regionFrom: string;
  readonly mqttUrl: string | undefined;
};
