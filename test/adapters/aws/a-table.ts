import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { parse } from 'yaml';
import * as z from 'zod';

/** Whoever signs anyhow: dynalite does not look at signatures. */
const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };

export type Table = AsyncDisposable & {
  readonly name: string;
  readonly url: string;
  put(items: readonly object[]): Promise<void>;
};

const template = z.object({
  Resources: z.object({
    History: z.object({ Properties: z.looseObject({ KeySchema: z.array(z.unknown()) }) }),
  }),
});

/** What of the template's table DynamoDB's own call takes. */
const tableProperties = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.literal('S') })),
  KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) })),
  GlobalSecondaryIndexes: z.array(
    z.object({
      IndexName: z.string(),
      KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) })),
      Projection: z.object({ ProjectionType: z.literal('INCLUDE'), NonKeyAttributes: z.array(z.string()) }),
    }),
  ),
  BillingMode: z.literal('PAY_PER_REQUEST'),
});

/** The table of `policies/presence-history.yaml`. */
export function historyTable(): Omit<CreateTableCommandInput, 'TableName'> {
  const yaml = readFileSync('policies/presence-history.yaml', 'utf8');
  const customTags = ['!Ref', '!Sub', '!GetAtt'].map((tag) => ({ tag, resolve: (text: string) => text }));
  const { Resources } = template.parse(parse(yaml, { customTags }));
  return tableProperties.parse(Resources.History.Properties);
}

/** A table in a DynamoDB on loopback. */
export async function aTable(definition = historyTable(), name = 'presence'): Promise<Table> {
  const server = dynalite({ createTableMs: 0 }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint: url, credentials: CREDENTIALS });
  await client.send(new CreateTableCommand({ TableName: name, ...definition }));
  return {
    name,
    url,
    async put(items) {
      for (const item of items) await client.send(new PutItemCommand({ TableName: name, Item: typed(item) }));
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As the rule engine writes a document: one attribute for each member. */
function typed(item: object): Record<string, AttributeValue> {
  const members: [string, unknown][] = Object.entries(item);
  return Object.fromEntries(members.map(([name, value]) => [name, attribute(value)]));
}

function attribute(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  return typeof value === 'boolean' ? { BOOL: value } : { S: JSON.stringify(value) };
}
