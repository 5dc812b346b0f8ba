import * as z from 'zod';
import { logGroupArn } from '../identity/account.ts';
import { denialOf } from '../rest/denial.ts';
import { page, pageToken } from '../rest/paging.ts';
import { readFilter } from './filter-pattern.ts';
import { answered, failed, operation } from './json-reply.ts';
import { groupName, NO_GROUP, STREAM } from './log-groups.ts';

const filtering = z.strictObject({
  logGroupName: groupName,
  startTime: z.number().int().min(0).default(0),
  endTime: z.number().int().min(0).default(Number.MAX_SAFE_INTEGER),
  filterPattern: z.string().max(1024).default(''),
  limit: z.number().int().min(1).max(10_000).default(10_000),
  nextToken: pageToken,
});

export const filterLogEvents = operation(filtering, (input, { identity, context }) => {
  const { logGroupName, startTime, endTime, filterPattern, limit, nextToken } = input;
  const access = { action: 'logs:FilterLogEvents', resource: logGroupArn(logGroupName) };
  const denied = denialOf(identity, access);
  if (denied !== undefined) return failed('AccessDeniedException', denied);
  const isWanted = readFilter(filterPattern);
  if (isWanted === undefined)
    return failed('InvalidParameterException', `the sandbox cannot evaluate the pattern ${filterPattern}`);
  const all = context.logs.events(logGroupName);
  if (all === undefined) return failed('ResourceNotFoundException', NO_GROUP);
  const found = all.filter(
    ({ timestamp, message }) => startTime <= timestamp && timestamp <= endTime && isWanted(message),
  );
  const { items, next } = page(found, { size: limit, from: nextToken });
  const events = items.map((event) => ({ ...event, logStreamName: STREAM }));
  return answered({ events, searchedLogStreams: [], ...(next === undefined ? {} : { nextToken: next }) });
});
