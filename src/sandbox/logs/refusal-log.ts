import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID } from '../identity/account.ts';
import type { Peer } from '../identity/identity.ts';
import type { LoggingOptions, Registry } from '../registry/registry.ts';
import type { LogGroups } from './log-groups.ts';

/** Why a certificate was not let in, in the words of AWS's log. (NEWS, 2026-06-03) */
export type RefusalReason =
  | 'DEVICE_CERTIFICATE_INACTIVE'
  | 'DEVICE_CERTIFICATE_REVOKED'
  | 'DEVICE_CERTIFICATE_NOT_REGISTERED'
  | 'NOT_AUTHENTICATED';

/** A connection that failed by its certificate. */
export type Refusal = {
  readonly certificateId: string;
  readonly reason: RefusalReason;
  readonly peer: Peer;
  readonly at: number;
};

const EVENT_TYPE = 'Connection.AuthNError';
const DEFAULT_GROUP = 'AWSIotLogsV2';

/** Writes refused connections into the account's log, where `Connection.AuthNError` is switched on: at AWS it is off by default. */
export function writeRefusal(
  { certificateId, reason, peer, at }: Refusal,
  { registry, logs }: { registry: Registry; logs: LogGroups },
): void {
  const group = groupFor(registry.logging);
  if (group === undefined) return;
  logs.write(group, {
    timestamp: new Date(at).toISOString().replace('T', ' ').replace('Z', ''),
    logLevel: 'ERROR',
    traceId: randomUUID(),
    accountId: ACCOUNT_ID,
    status: 'Failure',
    eventType: EVENT_TYPE,
    authenticationType: 'AWS_X509',
    reason,
    principalId: certificateId,
    sourceIp: peer.sourceIp,
    sourcePort: peer.sourcePort,
  });
}

function groupFor(options: LoggingOptions | undefined): string | undefined {
  if (options === undefined || options.disableAllLogs) return undefined;
  const own = options.eventConfigurations?.find(({ eventType }) => eventType === EVENT_TYPE);
  const level = own?.logLevel ?? options.defaultLogLevel ?? 'DISABLED';
  return own === undefined || level === 'DISABLED' ? undefined : (own.logDestination ?? DEFAULT_GROUP);
}
