import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID } from '../identity/account.ts';
import type { Peer } from '../identity/identity.ts';
import type { Registry } from '../registry/registry.ts';
import type { LogGroups } from './log-groups.ts';
import { groupFor, logTime } from './logging-options.ts';

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

const KIND = { eventType: 'Connection.AuthNError', level: 'ERROR', optIn: true } as const;

/** Writes refused connections into the account's log, where `Connection.AuthNError` is switched on: at AWS it is off by default. */
export function writeRefusal(
  { certificateId, reason, peer, at }: Refusal,
  { registry, logs }: { registry: Registry; logs: LogGroups },
): void {
  const group = groupFor(KIND, registry.logging);
  if (group === undefined) return;
  logs.write(group, {
    timestamp: logTime(at),
    logLevel: KIND.level,
    traceId: randomUUID(),
    accountId: ACCOUNT_ID,
    status: 'Failure',
    eventType: KIND.eventType,
    authenticationType: 'AWS_X509',
    reason,
    principalId: certificateId,
    sourceIp: peer.sourceIp,
    sourcePort: peer.sourcePort,
  });
}
