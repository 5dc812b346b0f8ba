import { randomUUID } from 'node:crypto';
import type { Activity } from '../broker/follow-activity.ts';
import { ACCOUNT_ID } from '../identity/account.ts';
import type { Registry } from '../registry/registry.ts';
import type { LogGroups } from './log-groups.ts';
import { groupFor, logTime } from './logging-options.ts';

type Logging = { readonly registry: Registry; readonly logs: LogGroups; readonly now: () => number };

/** Writes what a client did into the account's log, where that is switched on. A takeover is a failure of the one that it displaced. */
export function writeActivity(
  { eventType, session: { session, identity }, reason }: Activity,
  { registry, logs, now }: Logging,
): void {
  const isDisplaced = reason === 'DUPLICATE_CLIENTID';
  const level = isDisplaced ? 'ERROR' : 'INFO';
  const group = groupFor(
    { eventType, level, ...(eventType === 'Ping' ? { optIn: true } : {}) },
    registry.logging,
  );
  if (group === undefined) return;
  logs.write(group, {
    timestamp: logTime(now()),
    logLevel: level,
    traceId: randomUUID(),
    accountId: ACCOUNT_ID,
    status: isDisplaced ? 'Failure' : 'Success',
    eventType,
    protocol: 'MQTT',
    clientId: session.clientId,
    principalId: session.principal,
    sourceIp: identity.peer.sourceIp,
    sourcePort: identity.peer.sourcePort,
    ...(reason === undefined ? {} : endOf(reason)),
  });
}

/** Log and events spell this one in two ways. (SBP) */
function endOf(reason: string) {
  return reason === 'DUPLICATE_CLIENTID'
    ? {
        reason: 'DUPLICATE_CLIENT_ID',
        details: 'A new connection was established with the same client ID',
        disconnectReason: reason,
      }
    : { disconnectReason: reason };
}
