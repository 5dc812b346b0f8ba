import { IoTClient } from '@aws-sdk/client-iot';
import { connectionLog, USUAL_LOG } from '../../domain/connection-log.ts';
import type { ConnectionLog } from '../../domain/connection-log.ts';
import { EvictError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { EventSource, SourceItem } from '../../domain/source-ports.ts';
import { awsPlace } from './aws-place.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { Insights } from './insights.ts';
import { LogGroupReader } from './log-group-reader.ts';
import type { GroupSearch } from './log-group-reader.ts';
import { readLoggingOptions } from './logging-options.ts';

export type LogOptions = {
  readonly logs: AwsOptions;
  /** Where AWS IoT is asked for its log's name. */
  readonly iot: AwsOptions;
  readonly clock: Clock;
};

/** A log group in CloudWatch Logs: the one that AWS IoT writes its own log to, or one that a rule fills with lifecycle events. */
export function logSource(group: string | undefined, { logs, iot, clock }: LogOptions): EventSource {
  let iotLog: ConnectionLog | undefined;
  const findOnce = async (signal: AbortSignal) => (iotLog ??= await iotLogOf(iot, signal));
  return {
    name: group === undefined ? 'cloudwatch' : `cloudwatch:${group}`,
    async *read(search, signal) {
      using insights = new Insights(logs, clock);
      const asked = { search, insights, clock, signal };
      yield* group === undefined
        ? readIotLog(await findOnce(signal), asked)
        : new LogGroupReader(group, asked).read();
    },
  };
}

/** What was logged before counts, although nothing is logged now. */
async function* readIotLog(
  { groups, off, never }: ConnectionLog,
  asked: GroupSearch,
): AsyncIterable<SourceItem> {
  if (off !== undefined) yield { kind: 'flawed', source: 'cloudwatch', why: off };
  let absent = 0;
  for (const group of groups)
    try {
      yield* new LogGroupReader(group, asked).read();
    } catch (error) {
      if (!(error instanceof EvictError)) throw error;
      // Who may not read a log that was never there has missed nothing.
      if (error.code !== 'bad-option' && !(never && error.code === 'access-denied')) throw error;
      absent += 1;
      if (absent === groups.length) throw notLogged(error, { off, never });
      yield { kind: 'flawed', source: `cloudwatch:${group}`, why: error.message };
    }
}

/** Where AWS IoT logs. Whoever may not ask for the log's name looks where it usually is. */
export async function iotLogOf(options: AwsOptions, signal: AbortSignal): Promise<ConnectionLog> {
  const iot = new IoTClient(clientConfig(options));
  const where = awsPlace(options);
  try {
    return connectionLog(await readLoggingOptions(iot, { where, signal, network: options.network }));
  } catch (error) {
    if (!(error instanceof EvictError) || error.code !== 'access-denied') throw error;
    return { ...USUAL_LOG, off: `where AWS IoT logs to could not be asked: ${error.message}` };
  } finally {
    iot.destroy();
  }
}

/** What nobody has set up has no group to speak of. */
function notLogged(error: EvictError, { off, never }: Pick<ConnectionLog, 'off' | 'never'>): EvictError {
  const about = off === undefined ? error.message : never ? off : `${error.message} (${off})`;
  return new EvictError('no-history', about, {
    hint: 'to have one for the next time: aws iot set-v2-logging-options --default-log-level INFO --role-arn ROLE',
    cause: error,
  });
}
