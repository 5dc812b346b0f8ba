import * as z from 'zod';
import { EvictError } from './errors.ts';

type Call = { readonly call: string; readonly where: string };

/** Takes an answer for what it should be. What answers otherwise is not AWS: that is its failure, and no bug of this tool. */
export function answered<T>(schema: z.ZodType<T>, answer: unknown, { call, where }: Call): T {
  const { success, data, error } = schema.safeParse(answer);
  if (success) return data;
  const [wrong] = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new EvictError('service-failed', `${call} at ${where}: this is no answer of AWS (${wrong ?? ''})`, {
    hint: 'check --endpoint-url, --region and the network',
    cause: error,
  });
}

const text = z.string().optional();

/** A page of ListObjectsV2; undefined behind the last one. */
export const objectPage = z
  .object({
    Contents: z
      .array(z.object({ Key: text, LastModified: z.date().optional(), Size: z.number().optional() }))
      .optional(),
  })
  .optional();

/** A page of Query or Scan; undefined behind the last one. What an item is, is told by what reads it. */
export const itemPage = z.object({ Items: z.array(z.unknown()).optional() }).optional();

const keySchema = z.array(z.object({ AttributeName: text, KeyType: text })).optional();
const tableDescription = z.object({
  TableArn: text,
  CreationDateTime: z.date().optional(),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z.array(z.object({ IndexName: text, KeySchema: keySchema })).optional(),
});

/** What DescribeTable tells of a table, as far as it matters. */
export type TableDescription = z.infer<typeof tableDescription>;

export const describedTable = z.object({ Table: tableDescription });

export const startedQuery = z.object({ queryId: z.string() });

export const queryResults = z.object({
  status: text,
  results: z.array(z.array(z.object({ field: text, value: text }))).optional(),
  statistics: z.object({ recordsScanned: z.number().optional() }).optional(),
});

/** What GetQueryResults tells of a query, as far as it matters. */
export type QueryResults = z.infer<typeof queryResults>;

export const loggingOptions = z.object({
  disableAllLogs: z.boolean().optional(),
  defaultLogLevel: text,
  eventConfigurations: z
    .array(z.object({ eventType: text, logLevel: text, logDestination: text }))
    .optional(),
});
