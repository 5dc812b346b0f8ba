import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { EvictError, messageOf } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';
import { SETTINGS } from './options.ts';
import type { OptionSpec } from './options.ts';
import { SOURCE_WORD } from './source-words.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const contents = z.map(z.string(), z.union([scalar, z.array(scalar)])).nullable();

/** Which file is to be read; undefined where none was named and there is none in the usual place. */
export function configFile(flag: unknown, env: NodeJS.ProcessEnv): string | undefined {
  if (typeof flag === 'string') return flag;
  if (env['EVICT_CONFIG']) return env['EVICT_CONFIG'];
  const usual = join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'evict', 'config.yaml');
  return existsSync(usual) ? usual : undefined;
}

/** What a configuration file says, with what is wrong in it. */
export type Config = { readonly values: ReadonlyMap<string, unknown>; readonly problems: readonly string[] };

/** The settings of a YAML file, by name; paths made absolute from where the file lies. */
export function readConfig(file: string | undefined): Config {
  if (file === undefined) return { values: new Map(), problems: [] };
  const parsed = contents.safeParse(parseYaml(file));
  if (!parsed.success) throw invalid(file, 'it must be a mapping of option names to values');
  const entries = [...(parsed.data ?? [])];
  const problems = entries
    .filter(([name]) => !SETTINGS.some((spec) => spec.name === name))
    .map(([name]) => `the configuration "${printable(file)}" has "${printable(name)}", which is no setting`);
  return { values: new Map(SETTINGS.flatMap((spec) => settingOf(spec, entries, dirname(file)))), problems };
}

function settingOf(
  spec: OptionSpec,
  entries: readonly [string, unknown][],
  directory: string,
): [string, unknown][] {
  const found = entries.find(([name]) => name === spec.name);
  if (found === undefined) return [];
  const values = (Array.isArray(found[1]) ? found[1] : [found[1]]).map(String);
  const isWord = (value: string) => spec.name === 'events' && SOURCE_WORD.test(value);
  const placed = spec.path
    ? values.map((value) => (isWord(value) ? value : resolve(directory, value)))
    : values;
  return [[spec.name, spec.repeatable ? placed : placed.length === 1 ? placed[0] : placed]];
}

/** Aliases are refused: a few lines of them can name a billion values, and no setting needs one. */
function parseYaml(file: string): unknown {
  const document = parseDocument(readText(file));
  const [problem] = document.errors;
  if (problem !== undefined) throw invalid(file, problem.message.split('\n')[0] ?? 'it is no YAML');
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0, mapAsMap: true });
    return value;
  } catch (error) {
    throw invalid(file, messageOf(error));
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EvictError('file-unreadable', `the configuration "${printable(file)}" cannot be read`, {
      hint: 'check --config and $EVICT_CONFIG',
      cause: error,
    });
  }
}

function invalid(file: string, why: string): EvictError {
  return new EvictError(
    'file-invalid',
    `the configuration "${printable(file)}" is not valid: ${printable(why)}`,
    {
      hint: 'its keys are the long option names, as in evict --help',
    },
  );
}
