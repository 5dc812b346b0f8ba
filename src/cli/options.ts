/** One option, as the command line, the environment, the configuration and the help know it. Plain data: cheap to load. */
export type OptionSpec = {
  readonly name: string;
  /** What stands for its value; without one it is a switch. */
  readonly value?: string;
  /** All that its value can be, where that is known: the shells complete it. */
  readonly choices?: readonly string[];
  readonly short?: string;
  readonly repeatable?: true;
  /** `flag`: speaks for one run only. `config`: for the configuration file only. */
  readonly only?: 'flag' | 'config';
  /** A path in the configuration file is relative to that file. */
  readonly path?: true;
  /** Of sources: none that waits for what is to come. */
  readonly keptOnly?: true;
  readonly about: string;
};

const LOOK_UP: readonly OptionSpec[] = [
  {
    name: 'events',
    value: 'source',
    repeatable: true,
    path: true,
    about:
      'where to look: a file or directory of lifecycle events (JSON, exports of logs and tables, gzip), - for stdin, journal: what evict watch has recorded, cloudwatch[:GROUP], dynamodb:TABLE, s3://BUCKET/PREFIX, thing: candidates, or live: wait for the next connection',
  },
  { name: 'principal', value: 'id|arn', only: 'flag', about: 'the principal to act on' },
  {
    name: 'identify-by-kick',
    about: 'where no source has seen it: kick it once, to read whose it is, before anything else is done',
  },
  {
    name: 'lookup-timeout',
    value: 'duration',
    about: 'each of the two searches over all sources (default 3m)',
  },
];

const ACT: readonly OptionSpec[] = [
  {
    name: 'action',
    value: 'action',
    choices: ['deactivate', 'revoke', 'detach', 'none'],
    repeatable: true,
    about: 'deactivate (default for certificates), detach, revoke, or none: kick only',
  },
  {
    name: 'policy',
    value: 'name',
    repeatable: true,
    about: 'which policies detach detaches (default: all that are attached)',
  },
  {
    name: 'method',
    value: 'takeover|api|both|none',
    choices: ['takeover', 'api', 'both', 'none'],
    about: 'how to drop the connection (default takeover; api: DeleteConnection; none: contain only)',
  },
  {
    name: 'keep-session',
    about: "do not end the client's session with the kick; a takeover keeps its messages as evidence",
  },
  { name: 'publish-will', about: 'let the API publish the Last Will (a takeover always does)' },
  {
    name: 'hold',
    value: 'duration',
    about: 'unbroken quiet required after the kick (default 3m after deactivate); 0 to skip',
  },
  { name: 'deadline', value: 'duration', about: 'end of the whole run, whatever happens (default 15m)' },
  { name: 'timeout', value: 'duration', about: 'one wait on the network (default 30s)' },
  { name: 'reason', value: 'text', about: 'why; goes into the record' },
  { name: 'case', value: 'id', about: 'the ticket; goes into the record' },
  { name: 'allow-shared', only: 'flag', about: 'go on although others use the same principal' },
  { name: 'allow-own', only: 'flag', about: "go on although the principal is a responder's" },
  {
    name: 'confirm-revoke',
    value: 'certificateId',
    only: 'flag',
    about: 'say which certificate may be revoked for good',
  },
  { name: 'require-proof', about: 'refuse to start where the effect could not be proved' },
  { name: 'yes', short: 'y', only: 'flag', about: 'do not ask' },
  { name: 'dry-run', short: 'n', about: 'read everything, change nothing, show the plan' },
];

const AWS: readonly OptionSpec[] = [
  { name: 'profile', value: 'name', about: 'AWS profile' },
  { name: 'region', value: 'region', about: 'AWS region' },
  { name: 'endpoint-url', value: 'url', about: 'AWS endpoint, for every service without one of its own' },
  { name: 'data-endpoint-url', value: 'url', about: "AWS endpoint of AWS IoT's data plane" },
];

const MQTT: readonly OptionSpec[] = [
  {
    name: 'mqtt-url',
    value: 'url',
    about:
      "broker, as wss://host, or by certificate as mqtts://host:8883 (default wss at the account's endpoint, with the AWS credentials)",
  },
  { name: 'cert', value: 'file', path: true, about: "the responder's certificate (PEM), for mqtts" },
  { name: 'key', value: 'file', path: true, about: 'its private key (PEM), for mqtts' },
  { name: 'ca', value: 'file', path: true, about: "authority that signed the broker's certificate (PEM)" },
  {
    name: 'mqtt-version',
    value: '5|4',
    choices: ['5', '4'],
    about: '5 (default), falls back to 3.1.1 when the broker refuses it',
  },
];

const STATE: readonly OptionSpec[] = [
  {
    name: 'state-dir',
    value: 'dir',
    path: true,
    about: 'incidents and journal (default $XDG_STATE_HOME/evict, else ~/.local/state/evict)',
  },
  {
    name: 'config',
    value: 'file',
    only: 'flag',
    about: 'configuration (default $EVICT_CONFIG, else $XDG_CONFIG_HOME/evict/config.yaml)',
  },
];

export const OUTPUT: readonly OptionSpec[] = [
  { name: 'json', about: 'one JSON document on stdout' },
  { name: 'no-color', about: 'no colour' },
  { name: 'quiet', short: 'q', about: 'no progress on stderr' },
  { name: 'verbose', short: 'v', about: 'every entry of the record on stderr' },
];

const CONFIG_ONLY: readonly OptionSpec[] = [
  {
    name: 'protect',
    value: 'name',
    repeatable: true,
    only: 'config',
    about: 'clients and principals never to touch',
  },
  { name: 'responders', value: 'id', repeatable: true, only: 'config', about: 'principals of colleagues' },
  { name: 'aws-config-file', value: 'file', path: true, only: 'config', about: 'instead of ~/.aws/config' },
  {
    name: 'aws-credentials-file',
    value: 'file',
    path: true,
    only: 'config',
    about: 'instead of ~/.aws/credentials',
  },
];

export const RESPONSE: readonly OptionSpec[] = [...LOOK_UP, ...ACT, ...AWS, ...MQTT, ...STATE, ...OUTPUT];

export const INCIDENT: readonly OptionSpec[] = [...STATE, ...OUTPUT];

export const UNDO: readonly OptionSpec[] = [
  ...ACT.filter(({ name }) => ['timeout', 'deadline', 'reason', 'yes', 'dry-run'].includes(name)),
  {
    name: 'force',
    only: 'flag',
    about: 'go on in spite of drift, or of another incident on the same target',
  },
  ...AWS,
  ...INCIDENT,
];

/** What to do is in the record; the options say how to get at the world. */
export const RESUME: readonly OptionSpec[] = [
  ...LOOK_UP.filter(({ name }) => name === 'events'),
  ...ACT.filter(({ name }) => ['deadline', 'yes', 'dry-run'].includes(name)),
  ...AWS,
  ...MQTT,
  ...INCIDENT,
];

const PICKED = new Set(['events', 'action', 'method', 'timeout', 'deadline', 'require-proof']);

/** The same settings as a response's, as far as anything can be found out about them. */
export const DOCTOR: readonly OptionSpec[] = [
  ...[...LOOK_UP, ...ACT].filter(({ name }) => PICKED.has(name)).map(forCheckup),
  ...AWS,
  ...MQTT,
  ...STATE,
  ...OUTPUT.map(forCheckup),
];

export const RETENTION: OptionSpec = {
  name: 'retention',
  value: 'duration',
  about: 'for how long events are kept in the journal (default 30d)',
};

/** What a later run needs to reach the same place, and to look in the same sources. */
export const REACH: readonly OptionSpec[] = [
  ...LOOK_UP.filter(({ name }) => name === 'events'),
  ...AWS,
  ...MQTT,
  ...STATE,
];

/** Everything that a configuration file or the environment may hold. */
export const SETTINGS: readonly OptionSpec[] = [...RESPONSE, RETENTION, ...CONFIG_ONLY].filter(
  ({ only }) => only !== 'flag',
);

export const SHOW: readonly OptionSpec[] = [
  { name: 'verify', only: 'flag', about: 'check the hash chain; exit 1 when it is broken' },
  { name: 'hash', value: 'sha256', only: 'flag', about: 'a hash kept elsewhere that must be in the chain' },
  ...INCIDENT,
];

/** What means something else where nothing is done. */
function forCheckup(spec: OptionSpec): OptionSpec {
  const about = {
    deadline: 'end of the whole checkup, whatever happens (default 15m)',
    timeout: 'one check (default 30s)',
    'require-proof': 'a canary that is not heard is a failure',
    verbose: 'also what each check is needed for',
  }[spec.name];
  return about === undefined ? spec : { ...spec, about };
}
