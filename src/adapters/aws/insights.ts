import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { answered, queryResults, startedQuery } from '../../domain/cloud-answers.ts';
import type { QueryResults } from '../../domain/cloud-answers.ts';
import { EvictError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { SourceItem } from '../../domain/source-ports.ts';
import { printable } from '../../domain/printable.ts';
import { orAbort } from '../../domain/signals.ts';
import { awsPlace } from './aws-place.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { asEvictError, named } from './sdk-error.ts';

/** A query over a log group. Times in seconds since 1970, both ends included. */
export type InsightsQuery = {
  readonly group: string;
  readonly text: string;
  readonly from: number;
  readonly to: number;
};

/** The fields of a row by their names. */
export type InsightsRow = ReadonlyMap<string, string>;

/** How long to wait between two looks: a query of a small log is over in a second, that of a large one takes minutes. */
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [200, 2_000];
/** How often it is tried to get one of the queries that may run at a time, with waits that double. */
const MOST_STARTS = 5;
const START_WAIT_MS = 500;
/** Stopping is a courtesy, and must not hold the run up. */
const STOP_MS = 2_000;

/** Runs queries of CloudWatch Logs Insights. Throws `EvictError`s. */
export class Insights implements Disposable {
  readonly #client: CloudWatchLogsClient;
  readonly #clock: Clock;
  readonly #where: string;
  readonly #network: AwsOptions['network'];

  constructor(options: AwsOptions, clock: Clock) {
    this.#network = options.network;
    this.#client = new CloudWatchLogsClient(clientConfig(options));
    this.#clock = clock;
    this.#where = `CloudWatch Logs at ${awsPlace(options, 'CLOUDWATCH_LOGS')}`;
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  /** Returns the rows, and yields how far it is meanwhile. A query that nobody waits for any more is stopped. */
  async *run(query: InsightsQuery, signal: AbortSignal): AsyncGenerator<SourceItem, InsightsRow[]> {
    const queryId = await this.#start(query, signal);
    let isOver = false;
    try {
      for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
        await this.#clock.sleep(wait, signal);
        const { status, results = [], statistics } = await this.#look(queryId, query, signal);
        isOver = status !== undefined && ENDS.has(status);
        if (status === 'Complete') return results.map(rowOf);
        if (isOver) throw endedAs(status ?? '', query);
        yield { kind: 'progress', done: statistics?.recordsScanned ?? 0, unit: 'rows' };
      }
    } finally {
      if (!isOver) await this.#stop(queryId);
    }
  }

  async #start({ group, text, from, to }: InsightsQuery, signal: AbortSignal): Promise<string> {
    const input = { logGroupName: group, queryString: text, startTime: from, endTime: to };
    for (let start = 1; ; start += 1) {
      try {
        const command = new StartQueryCommand(input);
        const answer = await orAbort(this.#client.send(command, { abortSignal: signal }), signal);
        return answered(startedQuery, answer, { call: 'StartQuery', where: this.#where }).queryId;
      } catch (error) {
        if (named(error, 'ResourceNotFoundException')) throw noGroup(group);
        if (!named(error, 'LimitExceededException') || start === MOST_STARTS)
          throw this.#explained(error, { call: 'StartQuery', group, signal });
        await this.#clock.sleep(START_WAIT_MS * 2 ** (start - 1), signal);
      }
    }
  }

  async #look(queryId: string, { group }: InsightsQuery, signal: AbortSignal) {
    try {
      const command = new GetQueryResultsCommand({ queryId });
      const answer = await orAbort(this.#client.send(command, { abortSignal: signal }), signal);
      return answered(queryResults, answer, { call: 'GetQueryResults', where: this.#where });
    } catch (error) {
      throw this.#explained(error, { call: 'GetQueryResults', group, signal });
    }
  }

  async #stop(queryId: string): Promise<void> {
    using limit = this.#clock.within(STOP_MS);
    const command = new StopQueryCommand({ queryId });
    // It may be over by now, or we may not be allowed to: then it ends by itself within the hour, and changes nothing.
    await orAbort(this.#client.send(command, { abortSignal: limit.signal }), limit.signal).catch(
      () => undefined,
    );
  }

  #explained(
    error: unknown,
    { call, group, signal }: { readonly call: string; readonly group: string; readonly signal: AbortSignal },
  ): EvictError {
    const explained = asEvictError(error, { call, where: this.#where, signal, network: this.#network });
    const hint = named(error, 'LimitExceededException')
      ? 'the account runs as many queries as it may: wait for some to end, and run again'
      : explained.code === 'access-denied'
        ? `allow logs:StartQuery and logs:GetQueryResults on log-group:${printable(group)}:*, as policies/look-up-in-logs.json does`
        : explained.hint;
    return new EvictError(explained.code, explained.message, { hint, cause: error, tries: explained.tries });
  }
}

const ENDS: ReadonlySet<string> = new Set(['Complete', 'Failed', 'Cancelled', 'Timeout']);

function endedAs(status: string, { group }: InsightsQuery): EvictError {
  return new EvictError(
    status === 'Timeout' ? 'timed-out' : 'service-failed',
    `the query over log group "${printable(group)}" ended as ${status}`,
    { hint: 'run the same command again, or look in another source' },
  );
}

function noGroup(group: string): EvictError {
  return new EvictError(
    'bad-option',
    `there is no log group "${printable(group)}" in this account and region`,
    { hint: 'check the name, the region and the profile' },
  );
}

function rowOf(fields: NonNullable<QueryResults['results']>[number]): InsightsRow {
  return new Map(fields.map(({ field = '', value = '' }) => [field, value]));
}
