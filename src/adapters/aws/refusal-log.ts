import type { CloudWatchLogsClient, FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { GetV2LoggingOptionsCommand, IoTClient } from '@aws-sdk/client-iot';
import type { LoggedRefusal, RefusalLog, RefusalSearch } from '../../domain/ports.ts';
import { REFUSAL_EVENT_TYPE, isRefusalOf, refusalGroup } from '../../domain/refusal-log.ts';
import { orAbort } from '../../domain/signals.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { asEvictError, named } from './sdk-error.ts';

/** What one look takes of a storm; the rest is for the next one. A page may be empty, and not be the last. */
const MOST_REFUSALS = 1_000;
const MOST_PAGES = 10;

/** The log that AWS IoT writes to CloudWatch Logs. Throws `EvictError`s of source `cloud`. */
export class AwsRefusalLog implements RefusalLog, Disposable {
  readonly #options: AwsOptions;
  readonly #where: string;
  #iot: IoTClient | undefined;
  #logs: CloudWatchLogsClient | undefined;

  constructor(options: AwsOptions) {
    this.#options = options;
    this.#where = options.endpointUrl ?? `AWS ${options.region ?? 'in the default region'}`;
  }

  async group(signal: AbortSignal): Promise<string | undefined> {
    this.#iot ??= new IoTClient(clientConfig(this.#options));
    const command = new GetV2LoggingOptionsCommand({ verbose: true });
    try {
      return refusalGroup(await orAbort(this.#iot.send(command, { abortSignal: signal }), signal));
    } catch (error) {
      if (named(error, 'NotConfiguredException')) return undefined;
      throw asEvictError(error, { call: 'GetV2LoggingOptions', where: this.#where, signal });
    }
  }

  async refusals(search: RefusalSearch, signal: AbortSignal): Promise<readonly LoggedRefusal[]> {
    try {
      return await orAbort(this.#find(search, signal), signal);
    } catch (error) {
      // The group is made with its first entry: so far nothing was logged.
      if (named(error, 'ResourceNotFoundException')) return [];
      throw asEvictError(error, { call: 'FilterLogEvents', where: this.#where, signal });
    }
  }

  [Symbol.dispose](): void {
    this.#iot?.destroy();
    this.#logs?.destroy();
  }

  async #find({ group, certificateId, from }: RefusalSearch, signal: AbortSignal): Promise<LoggedRefusal[]> {
    // Most runs never need it: loaded here, it costs them nothing.
    const { CloudWatchLogsClient: Client, paginateFilterLogEvents } =
      await import('@aws-sdk/client-cloudwatch-logs');
    const client = (this.#logs ??= new Client(clientConfig(this.#options)));
    const query = { logGroupName: group, startTime: from, filterPattern: patternFor(certificateId) };
    const found: LoggedRefusal[] = [];
    let pages = 0;
    for await (const { events = [] } of paginateFilterLogEvents({ client }, query, { abortSignal: signal })) {
      found.push(...events.flatMap((event) => refusalIn(event, certificateId)));
      pages += 1;
      if (pages === MOST_PAGES || found.length >= MOST_REFUSALS) break;
    }
    return found;
  }
}

/** (CloudWatch Logs user guide, "Filter pattern syntax", JSON) */
function patternFor(certificateId: string): string {
  return `{ $.eventType = "${REFUSAL_EVENT_TYPE}" && $.principalId = ${JSON.stringify(certificateId.toLowerCase())} }`;
}

function refusalIn(
  { eventId, timestamp, message }: FilteredLogEvent,
  certificateId: string,
): LoggedRefusal[] {
  if (eventId === undefined || timestamp === undefined) return [];
  return isRefusalOf(certificateId, parseJson(message ?? '')) ? [{ id: eventId, at: timestamp }] : [];
}

/** What is no JSON is no entry of AWS IoT. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
