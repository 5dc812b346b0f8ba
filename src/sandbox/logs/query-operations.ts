import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { logGroupArn } from '../identity/account.ts';
import { denialOf } from '../rest/denial.ts';
import { readQuery, type Row } from './insights-query.ts';
import { answered, failed, operation } from './json-reply.ts';
import { groupName, NO_GROUP } from './log-groups.ts';

/** A query of Logs Insights: what it found when it was started, and when it is over. */
export type QueryRun = {
  readonly group: string;
  readonly rows: readonly Row[];
  readonly scanned: number;
  readonly doneAt: number;
  readonly stopped?: true;
};

/** Times in seconds, both ends included. (CWL, StartQuery) */
const starting = z.strictObject({
  logGroupName: groupName,
  startTime: z.number().int().nonnegative(),
  endTime: z.number().int().nonnegative(),
  queryString: z.string().min(1).max(10_000),
});

/** How many may run at a time in an account. (CWL, StartQuery) */
const MOST_RUNNING = 100;

export const startQuery = operation(starting, (input, { identity, context: { logs, clock, faults } }) => {
  const { logGroupName: group, startTime, endTime, queryString } = input;
  const denied = denialOf(identity, { action: 'logs:StartQuery', resource: logGroupArn(group) });
  if (denied !== undefined) return failed('AccessDeniedException', denied);
  const query = readQuery(queryString);
  if ('problem' in query) return failed('MalformedQueryException', query.problem);
  const events = logs.events(group);
  if (events === undefined) return failed('ResourceNotFoundException', NO_GROUP);
  const running = [...logs.queries.values()].filter((one) => statusOf(one, clock.now()) === 'Running');
  if (running.length >= MOST_RUNNING)
    return failed('LimitExceededException', 'Account maximum query concurrency limit reached.');
  const within = events.filter(
    ({ timestamp }) => startTime * 1_000 <= timestamp && timestamp < (endTime + 1) * 1_000,
  );
  const queryId = randomUUID();
  const doneAt = clock.now() + faults.delayMs('query-delay', {});
  logs.queries.set(queryId, { group, rows: query.run(within), scanned: within.length, doneAt });
  return answered({ queryId });
});

const naming = z.strictObject({ queryId: z.string() });

export const getQueryResults = operation(naming, ({ queryId }, { identity, context: { logs, clock } }) => {
  const run = logs.queries.get(queryId);
  if (run === undefined) return failed('ResourceNotFoundException', NO_QUERY);
  const denied = denialOf(identity, { action: 'logs:GetQueryResults', resource: logGroupArn(run.group) });
  if (denied !== undefined) return failed('AccessDeniedException', denied);
  const status = statusOf(run, clock.now());
  const results = status === 'Complete' ? run.rows.map(fieldsOf) : [];
  return answered({ status, results, statistics: { recordsScanned: run.scanned } });
});

/** IAM knows no narrower resource for it than all. (SAR) */
export const stopQuery = operation(naming, ({ queryId }, { identity, context: { logs, clock } }) => {
  const denied = denialOf(identity, { action: 'logs:StopQuery', resource: '*' });
  if (denied !== undefined) return failed('AccessDeniedException', denied);
  const run = logs.queries.get(queryId);
  if (run === undefined) return failed('ResourceNotFoundException', NO_QUERY);
  if (statusOf(run, clock.now()) !== 'Running')
    return failed('InvalidParameterException', 'Query is not running');
  logs.queries.set(queryId, { ...run, stopped: true });
  return answered({ success: true });
});

const NO_QUERY = 'The specified query does not exist.';

function statusOf({ doneAt, stopped }: QueryRun, now: number): 'Cancelled' | 'Running' | 'Complete' {
  if (stopped === true) return 'Cancelled';
  return now < doneAt ? 'Running' : 'Complete';
}

function fieldsOf(row: Row) {
  return [...row].map(([field, value]) => ({ field, value }));
}
