import * as z from 'zod';
import { logGroupArn } from '../identity/account.ts';
import { denialOf } from '../rest/denial.ts';
import { answered, failed, operation } from './json-reply.ts';
import { groupName, NO_GROUP } from './log-groups.ts';

const creating = z.strictObject({ logGroupName: groupName });

export const createLogGroup = operation(creating, ({ logGroupName }, { identity, context: { logs } }) => {
  const denied = denialOf(identity, { action: 'logs:CreateLogGroup', resource: logGroupArn(logGroupName) });
  if (denied !== undefined) return failed('AccessDeniedException', denied);
  if (!logs.create(logGroupName))
    return failed('ResourceAlreadyExistsException', 'The specified log group already exists');
  return answered({});
});

/** The stream is not kept: each group has one, and any name is taken for it. */
const putting = z.strictObject({
  logGroupName: groupName,
  logStreamName: z.string().min(1).max(512),
  logEvents: z
    .array(z.strictObject({ timestamp: z.number().int().nonnegative(), message: z.string().min(1) }))
    .min(1)
    .max(10_000),
});

/** What a rule's CloudWatch Logs action does. */
export const putLogEvents = operation(putting, ({ logGroupName, logEvents }, { identity, context }) => {
  const denied = denialOf(identity, { action: 'logs:PutLogEvents', resource: logGroupArn(logGroupName) });
  if (denied !== undefined) return failed('AccessDeniedException', denied);
  if (context.logs.events(logGroupName) === undefined) return failed('ResourceNotFoundException', NO_GROUP);
  for (const { timestamp, message } of logEvents) context.logs.put(logGroupName, { timestamp, message });
  return answered({});
});
