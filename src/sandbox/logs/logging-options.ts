import type { LoggingOptions } from '../registry/registry.ts';

/** A kind of entry of AWS IoT's log. */
export type EntryKind = {
  readonly eventType: string;
  readonly level: 'INFO' | 'ERROR';
  /** Logged only where it is switched on by its name. */
  readonly optIn?: true;
};

const DEFAULT_GROUP = 'AWSIotLogsV2';

/** From the most that is said to nothing. */
const LEVELS: readonly string[] = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'DISABLED'];

/** The group that the account's options send such an entry to; `undefined`: none. (SDK, LogEventConfiguration) */
export function groupFor(
  { eventType, level, optIn }: EntryKind,
  options: LoggingOptions | undefined,
): string | undefined {
  if (options === undefined || options.disableAllLogs) return undefined;
  const own = options.eventConfigurations?.find((one) => one.eventType === eventType);
  if (own === undefined && optIn === true) return undefined;
  const set = own?.logLevel ?? options.defaultLogLevel ?? 'DISABLED';
  return LEVELS.indexOf(level) >= LEVELS.indexOf(set) ? (own?.logDestination ?? DEFAULT_GROUP) : undefined;
}

/** UTC, as AWS IoT's log writes it: `2023-12-14 15:06:31.861`. */
export function logTime(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').replace('Z', '');
}
