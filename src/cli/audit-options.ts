import { RESPONSE } from './options.ts';
import type { OptionSpec } from './options.ts';

/** What is looked at. */
const WHO: readonly OptionSpec[] = [
  {
    name: 'from',
    value: 'file',
    only: 'flag',
    about: 'the clients in a list, - for stdin: a client ID in each line, or JSON lines that name one',
  },
  { name: 'all', only: 'flag', about: 'every client that the sources know, the latest seen first' },
];

/** Of a response's options, those that speak for no one client and that make a difference to a dry run. */
const SHARED = new Set([
  'events',
  'identify-by-kick',
  'lookup-timeout',
  'action',
  'policy',
  'method',
  'keep-session',
  'publish-will',
  'deadline',
  'timeout',
  'require-proof',
  'profile',
  'region',
  'endpoint-url',
  'data-endpoint-url',
  'mqtt-url',
  'cert',
  'key',
  'ca',
  'state-dir',
  'config',
  'json',
  'no-color',
  'quiet',
  'verbose',
]);

export const AUDIT: readonly OptionSpec[] = [
  ...WHO,
  ...RESPONSE.filter(({ name }) => SHARED.has(name)).map(forAudit),
];

function forAudit(spec: OptionSpec): OptionSpec {
  const about = {
    events:
      'where to look: a file or directory of lifecycle events, - for stdin, journal, cloudwatch[:GROUP], dynamodb:TABLE, s3://BUCKET/PREFIX, or thing: candidates',
    deadline: 'end of the whole audit, whatever happens (default 15m)',
    'identify-by-kick': 'plan a kick that tells whose it is, for those that no source has seen',
    json: 'JSON lines on stdout: the plan of each client, then a summary',
    verbose: 'every entry of every dry run on stderr',
  }[spec.name];
  const words = about === undefined ? spec : { ...spec, about };
  return spec.name === 'events' ? { ...words, keptOnly: true } : words;
}
