import { GetV2LoggingOptionsCommand } from '@aws-sdk/client-iot';
import type { IoTClient } from '@aws-sdk/client-iot';
import { answered, loggingOptions } from '../../domain/cloud-answers.ts';
import type { LoggingOptions } from '../../domain/refusal-log.ts';
import { orAbort } from '../../domain/signals.ts';
import type { AwsOptions } from './credentials.ts';
import { asEvictError, named } from './sdk-error.ts';

type Asked = {
  readonly where: string;
  readonly signal: AbortSignal;
  readonly network: AwsOptions['network'];
};

/** What AWS IoT logs, and where to; `undefined`: that was never set. Throws `EvictError`s of source `cloud`. */
export async function readLoggingOptions(iot: IoTClient, asked: Asked): Promise<LoggingOptions | undefined> {
  const { signal } = asked;
  const command = new GetV2LoggingOptionsCommand({ verbose: true });
  try {
    const answer = await orAbort(iot.send(command, { abortSignal: signal }), signal);
    return answered(loggingOptions, answer, { call: 'GetV2LoggingOptions', where: asked.where });
  } catch (error) {
    if (named(error, 'NotConfiguredException')) return undefined;
    throw asEvictError(error, { call: 'GetV2LoggingOptions', ...asked });
  }
}
