import type { IClientOptions } from 'mqtt';
import type { EvictError } from '../../domain/errors.ts';

/** The way in for one connection. */
export type Door = {
  /** Fit to be shown. */
  readonly url: string;
  readonly options: IClientOptions;
  /** What was heard before MQTT began, where that says why nobody was let in. */
  readonly refusal: () => EvictError | undefined;
  /** What to look at where the broker says nothing and closes. */
  readonly hint: string;
};
