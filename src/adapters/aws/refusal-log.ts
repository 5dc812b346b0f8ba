import { IoTClient } from '@aws-sdk/client-iot';
import type { LoggedRefusal, RefusalLog, RefusalSearch } from '../../domain/cloud-ports.ts';
import { refusalGroup } from '../../domain/refusal-log.ts';
import { orAbort } from '../../domain/signals.ts';
import { awsPlace } from './aws-place.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import type { LogSearch } from './log-search.ts';
import { readLoggingOptions } from './logging-options.ts';
import { asEvictError, named } from './sdk-error.ts';

/** The log that AWS IoT writes to CloudWatch Logs. Throws `EvictError`s of source `cloud`. */
export class AwsRefusalLog implements RefusalLog, Disposable {
  readonly #options: AwsOptions;
  readonly #where: string;
  #iot: IoTClient | undefined;
  #search: LogSearch | undefined;

  constructor(options: AwsOptions) {
    this.#options = options;
    this.#where = awsPlace(options);
  }

  async group(signal: AbortSignal): Promise<string | undefined> {
    this.#iot ??= new IoTClient(clientConfig(this.#options));
    const options = await readLoggingOptions(this.#iot, {
      where: this.#where,
      signal,
      network: this.#options.network,
    });
    return options && refusalGroup(options);
  }

  async refusals(search: RefusalSearch, signal: AbortSignal): Promise<readonly LoggedRefusal[]> {
    try {
      return await orAbort(this.#find(search, signal), signal);
    } catch (error) {
      // The group is made with its first entry: so far nothing was logged.
      if (named(error, 'ResourceNotFoundException')) return [];
      throw asEvictError(error, {
        call: 'FilterLogEvents',
        where: this.#where,
        signal,
        network: this.#options.network,
      });
    }
  }

  [Symbol.dispose](): void {
    this.#iot?.destroy();
    this.#search?.[Symbol.dispose]();
  }

  /** Most runs never need it: loaded here, it costs them nothing. */
  async #find(search: RefusalSearch, signal: AbortSignal): Promise<readonly LoggedRefusal[]> {
    const { LogSearch } = await import('./log-search.ts');
    this.#search ??= new LogSearch(this.#options);
    return this.#search.refusals(search, signal);
  }
}
