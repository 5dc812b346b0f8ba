import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { actionId } from '../domain/action.ts';
import { EvictError } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';
import { configFile, readConfig } from './config-file.ts';
import { parseDuration } from './duration.ts';
import { SETTINGS } from './options.ts';
import type { OptionSpec } from './options.ts';

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

const text = z.string().min(1, 'must not be empty');
const yesOrNo = z.union([z.boolean(), z.stringbool()]).default(false);

/** Every setting, parsed: the one place where words become values. */
const settings = z.object({
  events: z.array(text).default([]),
  principal: text.optional(),
  'lookup-timeout': wait.default(180_000),
  action: actionId.optional(),
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
  'mqtt-url': url(/^mqtts:\/\/[^/]+:\d+\/?$/u, 'mqtts://host:8883').optional(),
  cert: text.optional(),
  key: text.optional(),
  ca: text.optional(),
  'mqtt-version': z.enum(['4', '5']).default('5'),
  'state-dir': text.optional(),
  protect: z.array(text).default([]),
  responders: z.array(text).default([]),
  'aws-config-file': text.optional(),
  'aws-credentials-file': text.optional(),
});

export type Settings = z.infer<typeof settings>;

/** What commander made of the command line: by option name in camel case. */
export type Flags = Readonly<Record<string, unknown>>;

/** Flag over environment over configuration file over default. Throws `bad-option` with all that is wrong at once. */
export function readSettings(flags: Flags, env: NodeJS.ProcessEnv): Settings {
  const config = readConfig(configFile(flags['config'], env));
  const elsewhere = SETTINGS.map(
    (spec) => [spec.name, fromEnvironment(spec, env) ?? config.get(spec.name)] as const,
  );
  const fromFlags = Object.keys(settings.shape).map((name) => [name, flags[camelCase(name)]] as const);
  const raw: Readonly<Record<string, unknown>> = Object.fromEntries(
    [...elsewhere, ...fromFlags].filter(([, value]) => value !== undefined),
  );
  const parsed = settings.safeParse(raw);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `--${name} ${given(raw[name])}: ${message}`;
  });
  throw new EvictError('bad-option', problems.join('; '), {
    hint: 'see evict --help; settings also come from EVICT_… variables and the configuration file',
  });
}

/** Where incidents are kept. (XDG Base Directory Specification) */
export function stateDirectory({ 'state-dir': given }: Settings, env: NodeJS.ProcessEnv): string {
  const xdg = env['XDG_STATE_HOME'];
  return given ?? join(xdg === undefined || xdg === '' ? join(homedir(), '.local', 'state') : xdg, 'evict');
}

/** `EVICT_LOOKUP_TIMEOUT` for `lookup-timeout`. What only the configuration or only a flag may say is not read here. */
function fromEnvironment(
  { name, only, repeatable }: OptionSpec,
  env: NodeJS.ProcessEnv,
): string | string[] | undefined {
  if (only !== undefined) return undefined;
  const value = env[`EVICT_${name.toUpperCase().replaceAll('-', '_')}`];
  if (value === undefined || value === '') return undefined;
  return repeatable ? [value] : value;
}

/** The value that was refused, so that it can be found again among flags, variables and files. */
function given(value: unknown): string {
  return `"${printable(Array.isArray(value) ? value.join(', ') : String(value))}"`;
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}
