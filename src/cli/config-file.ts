import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { EvictError } from '../domain/errors.ts';
import { printable } from '../domain/printable.ts';
import type { OptionSpec } from './options.ts';
import { meaningOf } from './setting-names.ts';
import { SOURCE_WORD } from './source-words.ts';
import { parseEntries } from './yaml-entries.ts';
import type { Entry, EntryValue, Flaw } from './yaml-entries.ts';

/** Which file is to be read; undefined where none was named and there is none in the usual place. */
export function configFile(flag: unknown, env: NodeJS.ProcessEnv): string | undefined {
  if (typeof flag === 'string') return flag;
  if (env['EVICT_CONFIG']) return env['EVICT_CONFIG'];
  const usual = join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'evict', 'config.yaml');
  return existsSync(usual) ? usual : undefined;
}

/** A setting in words, and the line that has it. */
type Configured = { readonly value: string | readonly string[]; readonly line: number };

/** What a configuration file says, by the names of the settings, with all that is wrong in it. */
export type Config = {
  readonly file?: string;
  readonly values: ReadonlyMap<string, Configured>;
  readonly flaws: readonly Flaw[];
};

/** Reads the settings of a YAML file; paths made absolute from where the file lies. Throws `file-unreadable`. */
export function readConfig(file: string | undefined): Config {
  if (file === undefined) return { values: new Map(), flaws: [] };
  const { entries, flaws: malformed } = parseEntries(readText(file));
  const values = new Map<string, Configured>();
  const flaws = [...malformed];
  for (const entry of entries) {
    const wrong = flawsOf(entry, values.get(entry.name));
    const meaning = meaningOf(entry.name);
    if (wrong.length > 0 || meaning.kind !== 'setting') flaws.push(...wrong);
    else
      values.set(entry.name, { value: valueOf(entry.value, meaning.spec, dirname(file)), line: entry.line });
  }
  return { file, values, flaws };
}

function flawsOf({ name, line, value }: Entry, before: Configured | undefined): readonly Flaw[] {
  const flaw = (text: string) => [{ line, text: `"${name}" ${text}` }];
  const meaning = meaningOf(name);
  switch (meaning.kind) {
    case 'flag-only':
      return flaw(`speaks for one run only: it is a flag, --${name}, and no setting`);
    case 'unknown':
      return flaw(`is no setting${meaning.near === undefined ? '' : ` (did you mean "${meaning.near}"?)`}`);
    case 'setting':
      if (before !== undefined) return flaw(`is there already, in line ${before.line}`);
      if (value.kind !== 'list') return value.kind === 'word' ? [] : flaw(MISTAKEN[value.kind]);
      if (!meaning.spec.repeatable) return flaw('takes one value, not a list');
      return value.items.flatMap((item) =>
        item.value.kind === 'word'
          ? []
          : [{ line: item.line, text: `an item of "${name}" ${MISTAKEN[item.value.kind]}` }],
      );
  }
}

/** Aliases are refused: a few lines of them can name a billion values, and no setting needs one. */
const MISTAKEN = {
  mapping: 'takes a value, not a mapping',
  list: 'takes a value, not a list',
  alias: 'is an alias: write the value itself',
  nothing: 'has no value',
} as const;

function valueOf(value: EntryValue, spec: OptionSpec, directory: string): string | readonly string[] {
  const isWord = (word: string) => word === '' || (spec.name === 'events' && SOURCE_WORD.test(word));
  const words = wordsIn(value).map((word) => (spec.path && !isWord(word) ? resolve(directory, word) : word));
  return spec.repeatable ? words : (words[0] ?? '');
}

function wordsIn(value: EntryValue): readonly string[] {
  if (value.kind === 'word') return [value.text];
  return value.kind === 'list' ? value.items.flatMap((item) => wordsIn(item.value)) : [];
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
