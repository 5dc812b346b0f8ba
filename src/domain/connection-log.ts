import { ACTIVITY } from './iot-log-entry.ts';
import { DEFAULT_LOG_GROUP } from './refusal-log.ts';
import type { LoggingOptions } from './refusal-log.ts';

/** Where the account's AWS IoT writes what it logs of connections, and whether it does so now. */
export type ConnectionLog = {
  readonly groups: readonly [string, ...string[]];
  /** Why no connection is logged now, whatever was logged before. */
  readonly off?: string | undefined;
  /** Whether nothing can ever have been logged. */
  readonly never?: true | undefined;
};

/** Where AWS IoT logs, if nobody can tell. */
export const USUAL_LOG: ConnectionLog = { groups: [DEFAULT_LOG_GROUP] };

/** Connections that succeed are logged at INFO. (AWS IoT Developer Guide, "CloudWatch Logs AWS IoT log entries") */
const ENOUGH: ReadonlySet<string | undefined> = new Set(['DEBUG', 'INFO']);

/** Reads the account's logging options; `undefined`: they were never set. */
export function connectionLog(options: LoggingOptions | undefined): ConnectionLog {
  const { disableAllLogs, defaultLogLevel, eventConfigurations = [] } = options ?? {};
  const own = (type: string) => eventConfigurations.find(({ eventType }) => eventType === type);
  const groupOf = (type: string) => own(type)?.logDestination || DEFAULT_LOG_GROUP;
  const groups = new Set(['Disconnect', ...ACTIVITY].map(groupOf));
  const level = own('Connect')?.logLevel ?? defaultLogLevel ?? 'DISABLED';
  return {
    groups: [groupOf('Connect'), ...[...groups].filter((group) => group !== groupOf('Connect'))],
    ...(disableAllLogs !== true && ENOUGH.has(level) ? {} : { off: offBecause(options, level) }),
    ...(options === undefined ? { never: true as const } : {}),
  };
}

function offBecause(options: LoggingOptions | undefined, level: string): string {
  if (options === undefined) return 'AWS IoT logging was never set up in this region';
  if (options.disableAllLogs === true) return 'AWS IoT logging is disabled in this region';
  return `AWS IoT logs connections at the level ${level}, which leaves out those that succeed`;
}
