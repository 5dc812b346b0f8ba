import type { TableDescription } from '../../domain/cloud-answers.ts';
import { EvictError } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { accountIn } from '../../domain/spellings.ts';

/** How a table of presence events is to be asked. */
export type TableKeys = {
  /** The attribute that holds the client ID. */
  readonly client: string;
  /** An index over the principal, where there is one. */
  readonly byPrincipal?: { readonly index: string; readonly attribute: string } | undefined;
  /** Whether it keeps more than one event of a client. */
  readonly keepsAll: boolean;
  /** Whether the sort key begins with the time, as the template's does: then the newest come first. */
  readonly sortedByTime: boolean;
  /** Epoch milliseconds; 0 where it is not known. */
  readonly createdAt: number;
  /** The account that it is in, where that is told. */
  readonly account: string | undefined;
};

type KeySchema = NonNullable<TableDescription['KeySchema']>;

const [CLIENT, PRINCIPAL, TIME_FIRST] = ['clientId', 'principalIdentifier', 'sk'] as const;

/** Finds the keys of the table. Throws `bad-option` for one that cannot be asked for a client. */
export function keysOf(table: string, description: TableDescription): TableKeys {
  const { KeySchema = [], GlobalSecondaryIndexes = [], CreationDateTime, TableArn } = description;
  const [client, sort] = [keyOf(KeySchema, 'HASH'), keyOf(KeySchema, 'RANGE')];
  if (client !== CLIENT) throw wrongKeys(table, KeySchema);
  const index = GlobalSecondaryIndexes.find(
    ({ KeySchema: keys = [], IndexName }) => IndexName !== undefined && keyOf(keys, 'HASH') === PRINCIPAL,
  );
  return {
    client,
    byPrincipal:
      index?.IndexName === undefined ? undefined : { index: index.IndexName, attribute: PRINCIPAL },
    keepsAll: sort !== undefined,
    sortedByTime: sort === TIME_FIRST,
    createdAt: CreationDateTime?.getTime() ?? 0,
    account: accountIn(TableArn),
  };
}

function keyOf(schema: KeySchema, kind: 'HASH' | 'RANGE'): string | undefined {
  return schema.find(({ KeyType }) => KeyType === kind)?.AttributeName;
}

function wrongKeys(table: string, schema: KeySchema): EvictError {
  const keys = schema.map(({ AttributeName = '' }) => printable(AttributeName)).join(', ');
  return new EvictError(
    'bad-option',
    `the table "${printable(table)}" cannot be asked for a client: its keys are ${keys}`,
    { hint: `it needs the partition key "${CLIENT}", as policies/presence-history.yaml has it` },
  );
}
