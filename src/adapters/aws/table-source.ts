import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { eventsIn } from '../../domain/enveloped.ts';
import { isBeyond, newer, WINDOW_MS } from '../../domain/history-window.ts';
import type { EventSource, Search, SourceItem } from '../../domain/source-ports.ts';
import { isSessionEvent } from '../../domain/presence-event.ts';
import type { Principal } from '../../domain/principal.ts';
import { spellingsOf } from '../../domain/spellings.ts';
import type { AwsOptions } from './credentials.ts';
import { TableClient } from './table-client.ts';
import type { TableKeys } from './table-keys.ts';

/** A client with more events than this in 15 days is fighting; its newest ones tell enough. */
const MOST_ITEMS = 50_000;

export type TableOptions = AwsOptions & {
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** The presence history that an IoT rule keeps in DynamoDB, as `policies/presence-history.yaml` sets it up. */
export function tableSource(table: string, options: TableOptions): EventSource {
  const name = `dynamodb:${table}`;
  return {
    name,
    async *read(search, signal) {
      using client = new TableClient(table, options, signal);
      yield* new TableReader(name, client, options.now()).read(search);
    },
  };
}

class TableReader {
  readonly #name: string;
  readonly #client: TableClient;
  readonly #now: number;

  constructor(name: string, client: TableClient, now: number) {
    this.#name = name;
    this.#client = client;
    this.#now = now;
  }

  async *read(search: Search): AsyncIterable<SourceItem> {
    const keys = await this.#client.keys();
    const since = Math.max(keys.createdAt, this.#now - WINDOW_MS);
    switch (search.for) {
      case 'client':
        if (!keys.keepsAll) yield { kind: 'flawed', source: this.#name, why: LAST_WRITER };
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
        yield* this.#told(this.#client.scan());
    }
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
    let newest = 0;
    for await (const item of this.#told(this.#client.query(asked))) {
      yield item;
      if (item.kind !== 'event' || !keys.sortedByTime) continue;
      newest = newer(newest, item.found.event.timestamp, this.#now);
      if (isBeyond(item.found.event.timestamp, newest)) return;
    }
  }

  async *#told(items: AsyncIterable<unknown>): AsyncIterable<SourceItem> {
    let count = 0;
    const source = this.#name;
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
