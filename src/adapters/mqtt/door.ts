import type { IClientOptions } from 'mqtt';
import type { Agent } from 'node:https';
import type { EvictError } from '../../domain/errors.ts';

/** The way in for one connection. */
export type Door = {
  /** Fit to be shown. */
  readonly url: string;
  readonly options: IClientOptions;
  /** What was heard before MQTT began, where that says why nobody was let in. */
  readonly refusal: () => EvictError | undefined;
  /** What to look at where nobody is reached. */
  readonly unreached: string;
  /** What to look at where the broker says nothing and closes. */
  readonly hint: string;
};

/** The way through a proxy. */
export type Tunnel = {
  readonly agent: Agent;
  /** What to look at where nothing is reached through it. */
  readonly hint: string;
  /** What the proxy said, where it is the proxy that refused. */
  readonly refusal: (error: unknown) => EvictError | undefined;
};

/** What to look at first of all where nobody is reached. */
export const UNREACHED = 'check --mqtt-url, --ca and the network';
