import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { actionId } from '../domain/action.ts';
import { method } from '../domain/request.ts';
import { configFile, readConfig } from './config-file.ts';
import { parseDuration } from './duration.ts';
import { givenBy, outranks, saidAgain } from './given.ts';
import type { Flags, Given } from './given.ts';
import { misfits } from './misfits.ts';
import { contradictions, flawOf, settingsError } from './setting-flaws.ts';
import type { SettingFlaw } from './setting-flaws.ts';
import { readVariables } from './variables.ts';

/** Longer than any response, and within what a timer can wait. */
const MOST_MS = 24 * 3_600_000;

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms <= MOST_MS) return ms;
  context.addIssue({ code: 'custom', message: 'must be a duration up to 24h such as 500ms, 30s or 5m' });
  return z.NEVER;
});

const MOST_KEPT_MS = 3_650 * 24 * 3_600_000;

/** An hour at least: what is thrown away at once is no history. */
const retention = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 3_600_000 && ms <= MOST_KEPT_MS) return ms;
  context.addIssue({ code: 'custom', message: 'must be a duration from 1h to 3650d such as 30d' });
  return z.NEVER;
});

const wait = duration.refine((ms) => ms > 0, 'must be longer than 0');

const url = (protocols: RegExp, example: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.test(text) && new URL(text).username === '', {
    error: `must be a URL such as ${example}`,
  });

/** Neither user name nor query: what is given on the command line is shown everywhere. */
const BROKER = /^(mqtts:\/\/[^/?#@]+:\d+\/?|wss:\/\/[^/?#@]+(\/(mqtt)?)?)$/u;

/** Said in our words, not in zod's. */
const oneOf = <Words extends string>(words: z.ZodType<Words> & { readonly options: readonly Words[] }) =>
  z.string().transform((word, context) => {
    const parsed = words.safeParse(word);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: `must be one of ${words.options.join(', ')}` });
    return z.NEVER;
  });

const text = z.string().min(1, 'must not be empty');
const yesOrNo = z.union([z.boolean(), z.stringbool()], 'must be true or false').default(false);

/** Every setting, parsed: the one place where words become values. */
const settings = z.object({
  events: z.array(text).default([]),
  principal: text.optional(),
  'identify-by-kick': yesOrNo,
  'lookup-timeout': wait.default(180_000),
  action: z.array(oneOf(actionId)).default([]),
  policy: z.array(text).default([]),
  method: oneOf(method).default('takeover'),
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
  'mqtt-version': oneOf(z.enum(['5', '4'])).default('5'),
  'state-dir': text.optional(),
  retention: retention.default(30 * 24 * 3_600_000),
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

export type Settings = z.infer<typeof settings> & {
  /** What was said on the command line of how to get at the world. */
  readonly again: readonly string[];
};

export type { Flags } from './given.ts';

/** How much is said, and in which form. */
export type Output = Readonly<Pick<Settings, 'json' | 'quiet' | 'verbose' | 'no-color'>>;

/** Flag over environment over configuration file over default. Throws one error for all that is wrong. */
export function readSettings(flags: Flags, env: NodeJS.ProcessEnv): Settings {
  const sources = {
    flags,
    variables: readVariables(env),
    config: readConfig(configFile(flags['config'], env)),
  };
  const given = new Map(Object.keys(settings.shape).map((name) => [name, givenBy(name, sources)]));
  const parsed = settings.safeParse(Object.fromEntries([...given].map(([name, one]) => [name, one?.value])));
  const [quiet, verbose] = ['quiet', 'verbose'].map((name) => onlyIfOn(given.get(name)));
  const flaws: readonly SettingFlaw[] = [
    ...sources.config.flaws,
    ...sources.variables.flaws.map((text) => ({ text })),
    ...(parsed.error?.issues ?? []).map((issue) => flawOf(issue, given.get(String(issue.path[0])))),
    ...contradictions({ quiet, verbose }),
    ...(parsed.success ? misfits(parsed.data) : []).map((text) => ({ text })),
  ];
  if (!parsed.success || flaws.length > 0) throw settingsError(flaws, sources.config.file);
  // Of quiet and verbose, the one from the stronger source.
  const data = { ...parsed.data, again: saidAgain(flags) };
  if (quiet === undefined || verbose === undefined) return data;
  return { ...data, quiet: outranks(quiet, verbose), verbose: outranks(verbose, quiet) };
}

/** What the flags alone say of the output, for commands that are not configured. */
export function outputFrom(flags: Flags): Output {
  const { json, quiet, verbose, color } = flags;
  if (quiet === true && verbose === true)
    throw settingsError([{ text: '--quiet and --verbose contradict each other' }], undefined);
  return {
    json: json === true,
    quiet: quiet === true,
    verbose: verbose === true,
    'no-color': color === false,
  };
}

/** Whether variables or the configuration ask for JSON, as far as they can be read at all: a failure is told in it, too. */
export function isJsonConfigured(words: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const file = words.find((word, index) => words[index - 1] === '--config' || word.startsWith('--config='));
  try {
    const config = readConfig(configFile(file?.replace(/^--config=/u, ''), env));
    return onlyIfOn(givenBy('json', { flags: {}, variables: readVariables(env), config })) !== undefined;
  } catch {
    return false;
  }
}

/** Where incidents and the journal are kept. (XDG Base Directory Specification) */
export function stateDirectory({ 'state-dir': given }: Settings, env: NodeJS.ProcessEnv): string {
  const xdg = env['XDG_STATE_HOME'];
  return given ?? join(xdg === undefined || xdg === '' ? join(homedir(), '.local', 'state') : xdg, 'evict');
}

/** Where `evict watch` records, and `--events journal` looks. */
export function journalFile(given: Settings, env: NodeJS.ProcessEnv): string {
  return join(stateDirectory(given, env), 'journal.db');
}

function onlyIfOn(given: Given | undefined): Given | undefined {
  return given !== undefined && yesOrNo.safeParse(given.value).data === true ? given : undefined;
}
