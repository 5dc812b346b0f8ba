import type { AwsOptions } from '../adapters/aws/credentials.ts';
import { EvictError } from '../domain/errors.ts';
import type { EventSource } from '../domain/ports.ts';
import type { Settings } from './settings.ts';
import { systemClock } from './system.ts';
import { wireLive } from './wire-broker.ts';
import type { BrokerSide } from './wire-broker.ts';

/** Sources that the contract names and that this version does not have yet. */
const LATER_SOURCES = /^(journal|thing|cloudwatch(:.*)?)$/u;

/** Histories that are kept in AWS, by the words after `--events`. */
const KEPT_AT_AWS = /^(dynamodb:|s3:\/\/)/u;

/** Those that are named, or why one of them is none. */
export async function eventSources(
  settings: Settings,
  side: BrokerSide,
  { options }: { readonly options: AwsOptions },
): Promise<readonly EventSource[]> {
  const { events } = settings;
  const later = events.find((source) => LATER_SOURCES.test(source));
  if (later !== undefined)
    throw new EvictError('bad-option', `--events ${later}: this version does not look there yet`, {
      hint: `give a file of lifecycle events, - or live; a file of that name as ./${later}`,
    });
  if (events.length === 0)
    throw new EvictError('bad-option', 'there is no source to look in', {
      hint: 'give --events FILE (- for stdin, or live), or events: in the configuration',
    });
  const { eventFile, eventsFromStdin } = await import('../adapters/disk/event-source.ts');
  return Promise.all(
    [...new Set(events)].map(async (source) => {
      if (source === 'live') return wireLive(side, settings);
      if (KEPT_AT_AWS.test(source)) return wireKept(source, options);
      return source === '-' ? eventsFromStdin(process.stdin) : eventFile(source);
    }),
  );
}

/** The source that the words stand for; its part of the SDK is loaded only now. */
async function wireKept(words: string, options: AwsOptions): Promise<EventSource> {
  if (words.startsWith('dynamodb:')) {
    const { tableSource } = await import('../adapters/aws/table-source.ts');
    const table = named(words, words.slice('dynamodb:'.length), 'dynamodb:TABLE');
    return tableSource(table, { ...at('AWS_ENDPOINT_URL_DYNAMODB', options), now: () => systemClock.now() });
  }
  const { bucketSource } = await import('../adapters/aws/bucket-source.ts');
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/su.exec(words) ?? [];
  return bucketSource(
    { bucket: named(words, bucket, 's3://BUCKET/PREFIX'), prefix },
    at('AWS_ENDPOINT_URL_S3', options),
  );
}

/** `--endpoint-url` stands for every service that has no endpoint of its own. */
function at(variable: string, options: AwsOptions): AwsOptions {
  const { AWS_ENDPOINT_URL: everywhere } = process.env;
  return {
    ...options,
    endpointUrl: process.env[variable] || (options.endpointUrl ?? (everywhere || undefined)),
  };
}

function named(words: string, name: string, form: string): string {
  if (name !== '') return name;
  throw new EvictError('bad-option', `--events ${words}: it names nothing to look in`, {
    hint: `give --events ${form}`,
  });
}
