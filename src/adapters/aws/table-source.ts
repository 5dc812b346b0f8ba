import { DescribeTableCommand, DynamoDBClient, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { answered, describedTable, itemPage } from '../../domain/cloud-answers.ts';
import { eventsIn } from '../../domain/enveloped.ts';
import { EvictError } from '../../domain/errors.ts';
import { isBeyond, WINDOW_MS } from '../../domain/history-window.ts';
import type { EventSource, Search, SourceItem } from '../../domain/source-ports.ts';
import { isSessionEvent } from '../../domain/presence-event.ts';
import { printable } from '../../domain/printable.ts';
import type { Principal } from '../../domain/principal.ts';
import { orAbort } from '../../domain/signals.ts';
import { spellingsOf } from '../../domain/spellings.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { asEvictError, named } from './sdk-error.ts';
import { keysOf } from './table-keys.ts';
import type { TableKeys } from './table-keys.ts';

/** A client with more events than this in 15 days is fighting; its newest ones tell enough. */
const MOST_ITEMS = 50_000;

export type TableOptions = AwsOptions & {
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** The presence history that an IoT rule keeps in DynamoDB, as `policies/presence-history.yaml` sets it up. */
export function tableSource(table: string, options: TableOptions): EventSource {
  return {
    name: `dynamodb:${table}`,
    async *read(search, signal) {
      using reader = new TableReader(table, options, signal);
      yield* reader.read(search);
    },
  };
}

class TableReader implements Disposable {
  readonly #table: string;
  readonly #options: TableOptions;
  readonly #signal: AbortSignal;
  readonly #client: DynamoDBClient;

  constructor(table: string, options: TableOptions, signal: AbortSignal) {
    this.#table = table;
    this.#options = options;
    this.#signal = signal;
    this.#client = new DynamoDBClient(clientConfig(options));
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  async *read(search: Search): AsyncIterable<SourceItem> {
    const keys = await this.#keys();
    const since = Math.max(keys.createdAt, this.#options.now() - WINDOW_MS);
    switch (search.for) {
      case 'client':
        if (!keys.keepsAll) yield { kind: 'flawed', source: `dynamodb:${this.#table}`, why: LAST_WRITER };
        // Read consistently: an event that was kept a moment ago may be the one that matters.
        yield* this.#newestFirst(keys, { ...equal(keys.client, search.clientId), ConsistentRead: true });
        return;
      case 'principal':
        if (keys.byPrincipal === undefined) return;
        yield { kind: 'covers', since };
        yield* this.#ofPrincipal(keys, keys.byPrincipal, search.principal);
        return;
      case 'everybody':
        yield { kind: 'covers', since };
        yield* this.#told(this.#pages('Scan', paginateScan({ client: this.#client }, this.#name())));
    }
  }

  async #keys(): Promise<TableKeys> {
    const command = new DescribeTableCommand(this.#name());
    const { Table } = await this.#ask('DescribeTable', async () =>
      answered(
        describedTable,
        await this.#client.send(command, { abortSignal: this.#signal }),
        this.#call('DescribeTable'),
      ),
    );
    return keysOf(this.#table, Table);
  }

  /** The index compares letter by letter. */
  async *#ofPrincipal(
    keys: TableKeys,
    { index, attribute }: NonNullable<TableKeys['byPrincipal']>,
    principal: Principal,
  ): AsyncIterable<SourceItem> {
    for (const spelling of spellingsOf(principal, keys.account))
      yield* this.#newestFirst(keys, { ...equal(attribute, spelling), IndexName: index });
  }

  async *#newestFirst(keys: TableKeys, asked: Partial<QueryCommandInput>): AsyncIterable<SourceItem> {
    const query = { ...this.#name(), ...asked, ScanIndexForward: false };
    const items = this.#told(this.#pages('Query', paginateQuery({ client: this.#client }, query)));
    let newest = 0;
    for await (const item of items) {
      yield item;
      if (item.kind !== 'event' || !keys.sortedByTime) continue;
      // One that names a time to come does not make the others old.
      newest = Math.max(newest, Math.min(item.found.event.timestamp, this.#options.now()));
      if (isBeyond(item.found.event.timestamp, newest)) return;
    }
  }

  async *#told(items: AsyncIterable<unknown>): AsyncIterable<SourceItem> {
    let count = 0;
    const source = `dynamodb:${this.#table}`;
    for await (const item of items) {
      count += 1;
      const found = [...eventsIn(item)];
      if (found.length === 0) yield { kind: 'passed-over', why: 'not-a-presence-event', line: count };
      for (const { event, raw } of found)
        if (isSessionEvent(event)) yield { kind: 'event', found: { event, raw, source } };
      if (count % 1_000 === 0) yield { kind: 'progress', done: count, unit: 'rows' };
      if (count < MOST_ITEMS) continue;
      yield { kind: 'flawed', source, why: `only ${MOST_ITEMS} of its items were read` };
      return;
    }
  }

  async *#pages(call: string, pages: AsyncIterable<unknown>): AsyncIterable<unknown> {
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

  #name() {
    return { TableName: this.#table };
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
    return { call, where: `DynamoDB at ${endpointUrl ?? `AWS ${region ?? 'in the default region'}`}` };
  }
}

const LAST_WRITER =
  'it has no sort key, so it keeps one event of each client: the last to arrive, not the latest';

function equal(attribute: string, value: string) {
  return {
    KeyConditionExpression: '#key = :value',
    ExpressionAttributeNames: { '#key': attribute },
    ExpressionAttributeValues: { ':value': { S: value } },
  };
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
