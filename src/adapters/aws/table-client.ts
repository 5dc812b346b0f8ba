import { DescribeTableCommand, DynamoDBClient, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { answered, describedTable, itemPage } from '../../domain/cloud-answers.ts';
import { EvictError } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { orAbort } from '../../domain/signals.ts';
import { awsPlace } from './aws-place.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { asEvictError, named } from './sdk-error.ts';
import { keysOf } from './table-keys.ts';
import type { TableKeys } from './table-keys.ts';

/** What is asked of DynamoDB about one table. Throws `EvictError`s. */
export class TableClient implements Disposable {
  readonly #table: string;
  readonly #options: AwsOptions;
  readonly #signal: AbortSignal;
  readonly #client: DynamoDBClient;

  constructor(table: string, options: AwsOptions, signal: AbortSignal) {
    this.#table = table;
    this.#options = options;
    this.#signal = signal;
    this.#client = new DynamoDBClient(clientConfig(options));
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  async keys(): Promise<TableKeys> {
    const command = new DescribeTableCommand({ TableName: this.#table });
    const { Table } = await this.#ask('DescribeTable', async () =>
      answered(
        describedTable,
        await this.#client.send(command, { abortSignal: this.#signal }),
        this.#call('DescribeTable'),
      ),
    );
    return keysOf(this.#table, Table);
  }

  /** The items that a query finds, the newest first where the table is sorted by time. */
  query(asked: Partial<QueryCommandInput>): AsyncIterable<unknown> {
    const query = { ...asked, TableName: this.#table, ScanIndexForward: false };
    return this.#items('Query', paginateQuery({ client: this.#client }, query));
  }

  /** All items. */
  scan(): AsyncIterable<unknown> {
    return this.#items('Scan', paginateScan({ client: this.#client }, { TableName: this.#table }));
  }

  async *#items(call: string, pages: AsyncIterable<unknown>): AsyncIterable<unknown> {
    const iterator = pages[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.#ask(call, async () => {
        const next = await iterator.next();
        const answer: unknown = next.done === true ? undefined : next.value;
        return answered(itemPage, answer, this.#call(call));
      });
      if (page === undefined || this.#signal.aborted) return;
      yield* page.Items ?? [];
    }
  }

  async #ask<T>(call: string, act: () => Promise<T>): Promise<T> {
    try {
      return await orAbort(act(), this.#signal);
    } catch (error) {
      if (named(error, 'ResourceNotFoundException')) throw notHere(this.#table);
      const { network } = this.#options;
      throw asEvictError(error, { ...this.#call(call), signal: this.#signal, network });
    }
  }

  #call(call: string) {
    const { region, endpointUrl } = this.#options;
    return { call, where: `DynamoDB at ${awsPlace({ endpointUrl, region }, 'DYNAMODB')}` };
  }
}

function notHere(table: string): EvictError {
  return new EvictError(
    'bad-option',
    `there is no DynamoDB table "${printable(table)}" in this account and region`,
    {
      hint: 'check the name (output HistoryTable of the stack), the region and the profile',
    },
  );
}
