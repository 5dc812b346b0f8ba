import * as z from 'zod';

/** Where AWS IoT writes its log, unless an event type has a group of its own. */
export const DEFAULT_LOG_GROUP = 'AWSIotLogsV2';

/** What AWS IoT logs of a connection that failed before MQTT. It is off until it is switched on by this name. */
export const REFUSAL_EVENT_TYPE = 'Connection.AuthNError';

/** One event type of the account's logging options. (AWS IoT API reference, LogEventConfiguration) */
type LoggedEventType = {
  readonly eventType?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly logDestination?: string | undefined;
};

export type LoggingOptions = {
  readonly disableAllLogs?: boolean | undefined;
  readonly eventConfigurations?: readonly LoggedEventType[] | undefined;
};

/** The log group that refused connections are written to; `undefined`: they are not. */
export function refusalGroup({ disableAllLogs, eventConfigurations }: LoggingOptions): string | undefined {
  const own = eventConfigurations?.find(({ eventType }) => eventType === REFUSAL_EVENT_TYPE);
  if (disableAllLogs || own === undefined || own.logLevel === 'DISABLED') return undefined;
  return own.logDestination ?? DEFAULT_LOG_GROUP;
}

/** Why a certificate that this tool has contained is refused; any other reason says nothing of the containment. */
const REFUSED_FOR_ITS_STATUS = new Set(['DEVICE_CERTIFICATE_INACTIVE', 'DEVICE_CERTIFICATE_REVOKED']);

const entry = z.object({
  eventType: z.literal(REFUSAL_EVENT_TYPE),
  status: z.literal('Failure'),
  reason: z.string(),
  principalId: z.string(),
});

/**
 * Whether a log entry says that this certificate was refused for its status. An entry without a principal proves nothing:
 * whose connection it was is not guessed from an address, nor read from what a device says of itself.
 */
export function isRefusalOf(certificateId: string, logged: unknown): boolean {
  const { success, data } = entry.safeParse(logged);
  return (
    success &&
    REFUSED_FOR_ITS_STATUS.has(data.reason) &&
    data.principalId.toLowerCase() === certificateId.toLowerCase()
  );
}
