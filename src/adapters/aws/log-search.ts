import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import type { FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import type { LoggedRefusal, RefusalSearch } from '../../domain/cloud-ports.ts';
import { REFUSAL_EVENT_TYPE, isRefusalOf } from '../../domain/refusal-log.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';

/** What one look takes of a storm: thousands of entries a page. A page may also be empty, and not be the last. */
const MOST_PAGES = 10;

/** Searches a log group by FilterLogEvents: Logs Insights would be minutes behind. Throws the SDK's errors. */
export class LogSearch implements Disposable {
  readonly #client: CloudWatchLogsClient;

  constructor(options: AwsOptions) {
    this.#client = new CloudWatchLogsClient(clientConfig(options));
  }

  async refusals(
    { group, certificateId, from }: RefusalSearch,
    signal: AbortSignal,
  ): Promise<LoggedRefusal[]> {
    const query = { logGroupName: group, startTime: from, filterPattern: patternFor(certificateId) };
    const answers = paginateFilterLogEvents({ client: this.#client }, query, { abortSignal: signal });
    const found: LoggedRefusal[] = [];
    let pages = 0;
    for await (const { events = [] } of answers) {
      found.push(...events.flatMap((event) => refusalIn(event, certificateId)));
      pages += 1;
      if (pages === MOST_PAGES) break;
    }
    return found;
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
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
