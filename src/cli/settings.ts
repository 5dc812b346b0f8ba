import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { actionId } from '../domain/action.ts';
import { method } from '../domain/request.ts';
import { EvictError } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';
import { configFile, readConfig } from './config-file.ts';
import { parseDuration } from './duration.ts';
import { misfits } from './misfits.ts';
import { RESPONSE, SETTINGS, UNDO } from './options.ts';

/** Longer than any response, and within what a timer can wait. */
const MOST_MS = 24 * 3_600_000;

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms <= MOST_MS) return ms;
  context.addIssue({ code: 'custom', message: 'must be a duration up to 24h such as 500ms, 30s or 5m' });
  return z.NEVER;
});

const wait = duration.refine((ms) => ms > 0, 'must be longer than 0');

const url = (protocols: RegExp, example: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.test(text), {
    error: `must be a URL such as ${example}`,
  });

/** Neither user name nor query: what is given on the command line is shown everywhere. */
const BROKER = /^(mqtts:\/\/[^/?#@]+:\d+\/?|wss:\/\/[^/?#@]+(\/(mqtt)?)?)$/u;

const text = z.string().min(1, 'must not be empty');
const yesOrNo = z.union([z.boolean(), z.stringbool()]).default(false);

/** Every setting, parsed: the one place where words become values. */
const settings = z.object({
  events: z.array(text).default([]),
  principal: text.optional(),
  'lookup-timeout': wait.default(180_000),
  action: z.array(actionId).default([]),
  policy: z.array(text).default([]),
  method: method.default('takeover'),
  'keep-session': yesOrNo,
  'publish-will': yesOrNo,
  'confirm-revoke': text.optional(),
  hold: duration.optional(),
  deadline: wait.default(900_000),
  timeout: wait.default(30_000),
  reason: text.optional(),
  case: text.optional(),
  'allow-shared': yesOrNo,
  'allow-own': yesOrNo,
  'require-proof': yesOrNo,
  profile: text.optional(),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/u, 'must be a region such as eu-west-1')
    .optional(),
  'endpoint-url': url(/^https?:/u, 'https://iot.eu-west-1.amazonaws.com').optional(),
  'data-endpoint-url': url(/^https?:/u, 'https://abc123-ats.iot.eu-west-1.amazonaws.com').optional(),
  'mqtt-url': url(BROKER, 'wss://host or mqtts://host:8883').optional(),
  cert: text.optional(),
  key: text.optional(),
  ca: text.optional(),
  'mqtt-version': z.enum(['4', '5']).default('5'),
  'state-dir': text.optional(),
  protect: z.array(text).default([]),
  responders: z.array(text).default([]),
  'aws-config-file': text.optional(),
  'aws-credentials-file': text.optional(),
  'dry-run': yesOrNo,
  json: yesOrNo,
  quiet: yesOrNo,
  verbose: yesOrNo,
  'no-color': yesOrNo,
});

export type Settings = z.infer<typeof settings>;

/** What commander made of the command line: by option name in camel case. */
export type Flags = Readonly<Record<string, unknown>>;

/** How much is said, and in which form. */
export type Output = Readonly<Pick<Settings, 'json' | 'quiet' | 'verbose' | 'no-color'>>;

/** Flag over environment over configuration file over default. Throws `bad-option` with all that is wrong at once. */
export function readSettings(flags: Flags, env: NodeJS.ProcessEnv): Settings {
  const config = readConfig(configFile(flags['config'], env));
  const raw: Record<string, unknown> = {};
  for (const name of Object.keys(settings.shape))
    raw[name] = fromFlags(name, flags) ?? fromEnvironment(name, env) ?? config.values.get(name);
  const parsed = settings.safeParse(raw);
  const problems = [
    ...config.problems,
    ...flagsInEnvironment(env),
    ...(parsed.error?.issues ?? []).map(told(raw)),
  ];
  if (parsed.success) problems.push(...misfits(parsed.data));
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new EvictError('bad-option', problems.join('; '), {
    hint: 'see evict --help; settings also come from EVICT_… variables and the configuration file',
  });
}

/** What the flags alone say of the output, for commands that are not configured. */
export function outputFrom(flags: Flags): Output {
  return {
    json: flags['json'] === true,
    quiet: flags['quiet'] === true,
    verbose: flags['verbose'] === true,
    'no-color': flags['color'] === false,
  };
}

/** Where incidents are kept. (XDG Base Directory Specification) */
export function stateDirectory({ 'state-dir': given }: Settings, env: NodeJS.ProcessEnv): string {
  const xdg = env['XDG_STATE_HOME'];
  return given ?? join(xdg === undefined || xdg === '' ? join(homedir(), '.local', 'state') : xdg, 'evict');
}

/** Commander turns `--no-color` into `color: false`. */
function fromFlags(name: string, flags: Flags): unknown {
  if (name === 'no-color') return flags['color'] === false ? true : undefined;
  return flags[name.replaceAll(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase())];
}

/** `EVICT_LOOKUP_TIMEOUT` for `lookup-timeout`. What only the configuration or only a flag may say is not read here. */
function fromEnvironment(name: string, env: NodeJS.ProcessEnv): string | string[] | undefined {
  const spec = SETTINGS.find((one) => one.name === name);
  const value = env[variable(name)];
  if (spec === undefined || spec.only !== undefined || value === undefined || value === '') return undefined;
  return spec.repeatable ? [value] : value;
}

/** What speaks for one run only must not lie about in an environment; ignored in silence, it would be believed to work. */
function flagsInEnvironment(env: NodeJS.ProcessEnv): string[] {
  const flags = [...RESPONSE, ...UNDO].filter(({ name, only }) => only === 'flag' && name !== 'config');
  return [...new Set(flags.map(({ name }) => name))]
    .filter((name) => env[variable(name)])
    .map((name) => `${variable(name)} is set, but --${name} speaks for one run only and is a flag only`);
}

function variable(name: string): string {
  return `EVICT_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The value that was refused goes along, so that it can be found among flags, variables and files. */
function told(raw: Readonly<Record<string, unknown>>) {
  return ({ path, message }: { readonly path: readonly PropertyKey[]; readonly message: string }): string => {
    const name = String(path[0]);
    const value = raw[name];
    return `--${name} "${printable(Array.isArray(value) ? value.join(', ') : String(value))}": ${message}`;
  };
}
