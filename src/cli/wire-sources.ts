import type { AwsOptions } from '../adapters/aws/credentials.ts';
import { EvictError } from '../domain/errors.ts';
import type { CloudReader, ConnectionReader } from '../domain/cloud-ports.ts';
import type { EventSource } from '../domain/source-ports.ts';
import type { Settings } from './settings.ts';
import { sourceMeant } from './source-meant.ts';
import { systemClock } from './system.ts';
import { wireLive } from './wire-broker.ts';
import type { BrokerSide } from './wire-broker.ts';
import { wireJournalSource } from './wire-journal.ts';

/** What sources are made with. */
export type Wiring = {
  readonly settings: Settings;
  readonly side: BrokerSide;
  /** Whether what is found goes into a record, and with it the hash of its file. */
  readonly isRecorded: boolean;
  readonly aws: {
    readonly options: AwsOptions;
    readonly cloud: CloudReader;
    readonly connections: ConnectionReader;
  };
};

/** A kind of source: the words after `--events` that stand for it, and how it is made. What it takes is loaded only then. */
type Kind = {
  readonly words: RegExp;
  readonly make: (words: string, wiring: Wiring) => Promise<EventSource>;
};

const KINDS: readonly Kind[] = [
  { words: /^-$/u, make: makeStdin },
  { words: /^journal$/u, make: makeJournal },
  { words: /^live$/u, make: (_words, { side, settings }) => wireLive(side, settings) },
  { words: /^thing$/u, make: makeThing },
  { words: /^cloudwatch(?::|$)/u, make: makeLog },
  { words: /^dynamodb:/u, make: makeTable },
  { words: /^s3:\/\//u, make: makeBucket },
];

/** Where nobody has named a source. What an account does not have of these is said, and is no failure. */
const BY_DEFAULT: readonly string[] = ['journal', 'cloudwatch', 'thing', 'rules'];

/** So many objects of a bucket that nobody has named take seconds, and all of them might take all the time there is. */
const NEWEST_BY_DEFAULT = 2_000;

/** Kinds that nobody can name: what the rules of AWS IoT lead to has words of its own. */
const UNNAMED: readonly Kind[] = [{ words: /^rules$/u, make: makeRules }];

/** The words for a source, and whether somebody has said them. */
export type AskedSource = { readonly words: string; readonly byDefault?: true };

/** Those that are named, or else those that may be there. */
export function askedSources({ events }: Settings): readonly AskedSource[] {
  if (events.length > 0) return [...new Set(events)].map((words) => ({ words }));
  return BY_DEFAULT.map((words) => ({ words, byDefault: true }));
}

/** All of them, or why one of them is none. */
export async function eventSources(wiring: Wiring): Promise<readonly EventSource[]> {
  return Promise.all(askedSources(wiring.settings).map((asked) => wireSource(asked, wiring)));
}

export async function wireSource({ words, byDefault }: AskedSource, wiring: Wiring): Promise<EventSource> {
  const kinds = byDefault ? [...KINDS, ...UNNAMED] : KINDS;
  const kind = kinds.find((one) => one.words.test(words));
  const source = await (kind === undefined ? makeFile(words, wiring) : kind.make(words, wiring));
  return byDefault ? { ...source, byDefault } : source;
}

async function makeFile(path: string, { isRecorded: hashes }: Wiring): Promise<EventSource> {
  const { eventFile } = await import('../adapters/disk/event-source.ts');
  return eventFile(path, { hashes, meant: sourceMeant(path) });
}

async function makeStdin(_words: string, { isRecorded: hashes }: Wiring): Promise<EventSource> {
  const { eventsFromStdin } = await import('../adapters/disk/event-source.ts');
  return eventsFromStdin(process.stdin, { hashes });
}

async function makeJournal(
  _words: string,
  { settings, side, aws: { cloud, options } }: Wiring,
): Promise<EventSource> {
  // Where there is no region at all, the first call says so, and what to do.
  const settled = () => options.identity?.region().catch(() => undefined);
  return wireJournalSource(settings, { side, cloud, region: options.region ?? (await settled()) });
}

async function makeThing(_words: string, { aws: { options, connections } }: Wiring): Promise<EventSource> {
  const { thingSource } = await import('../adapters/aws/thing-source.ts');
  return thingSource({ ...options, connections });
}

async function makeLog(words: string, { aws: { options: iot } }: Wiring): Promise<EventSource> {
  const { logSource } = await import('../adapters/aws/log-source.ts');
  const [, group] = /^cloudwatch:(.*)$/su.exec(words) ?? [];
  return logSource(group === undefined ? undefined : named(words, group, 'cloudwatch:GROUP'), {
    logs: at('AWS_ENDPOINT_URL_CLOUDWATCH_LOGS', iot),
    iot,
    clock: systemClock,
  });
}

async function makeTable(words: string, { aws: { options } }: Wiring): Promise<EventSource> {
  const { tableSource } = await import('../adapters/aws/table-source.ts');
  const table = named(words, words.slice('dynamodb:'.length), 'dynamodb:TABLE');
  return tableSource(table, { ...at('AWS_ENDPOINT_URL_DYNAMODB', options), now: () => systemClock.now() });
}

async function makeBucket(
  words: string,
  { aws: { options } }: Wiring,
  newest?: number,
): Promise<EventSource> {
  const { bucketSource } = await import('../adapters/aws/bucket-source.ts');
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/su.exec(words) ?? [];
  const place = { bucket: named(words, bucket, 's3://BUCKET/PREFIX'), prefix };
  return bucketSource(place, { ...at('AWS_ENDPOINT_URL_S3', options), now: () => systemClock.now(), newest });
}

async function makeRules(_words: string, wiring: Wiring): Promise<EventSource> {
  const { ruleSource } = await import('../adapters/aws/rule-source.ts');
  const open = async (words: string): Promise<EventSource> =>
    words.startsWith('s3://')
      ? { ...(await makeBucket(words, wiring, NEWEST_BY_DEFAULT)), byDefault: true }
      : wireSource({ words, byDefault: true }, wiring);
  return ruleSource({ ...wiring.aws.options, open });
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
