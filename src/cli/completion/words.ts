import type { OptionSpec } from '../options.ts';
import type { CommandSpec } from '../program.ts';
import { SOURCE_WORDS } from '../source-words.ts';

/** What can stand in a place of the command line, as far as a shell can know it. */
export type Values =
  | { readonly kind: 'none' | 'files' | 'directories' | 'incidents' }
  /** Words that stand for a source alone, and those that want a name behind them. */
  | { readonly kind: 'sources'; readonly whole: readonly string[]; readonly begun: readonly string[] }
  | { readonly kind: 'choices'; readonly choices: readonly string[] };

export type OptionWords = {
  readonly flag: string;
  readonly short: string | undefined;
  readonly about: string;
  readonly repeatable: boolean;
  /** What its value is called, and may be; undefined: it is a switch. */
  readonly value: { readonly name: string; readonly values: Values } | undefined;
};

export type CommandWords = {
  readonly name: string;
  readonly about: string;
  readonly operand: Values;
  readonly options: readonly OptionWords[];
};

/** Everything that the three scripts are made of. A client's ID is never completed: it is whatever a stranger chose. */
export function wordsOf(surface: readonly CommandSpec[]): readonly CommandWords[] {
  const commands = surface.map(({ name, about, operands, options }) => ({
    name,
    about,
    operand: operandValues(operands),
    options: [...options.map(optionWords), HELP],
  }));
  const names = commands.map(({ name }) => name);
  const help = { name: 'help', about: HELP.about, operand: choices(names), options: [HELP] };
  return [...commands, help];
}

const HELP: OptionWords = {
  flag: '--help',
  short: 'h',
  about: 'this help',
  repeatable: false,
  value: undefined,
};

/** An incident's ID as the tool makes it, for the regular expressions of three shells: nothing else is ever taken for one. */
export const INCIDENT_PATTERN = '[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}';

/** Options that take a value, wherever they are: whoever looks for the command has to step over it. */
export function valuedOptions(commands: readonly CommandWords[]): readonly OptionWords[] {
  return [...optionsByFlag(commands).values()].filter(({ value }) => value !== undefined);
}

/** All options by their flag: the same name means the same everywhere. */
export function optionsByFlag(commands: readonly CommandWords[]): ReadonlyMap<string, OptionWords> {
  return new Map(commands.flatMap(({ options }) => options).map((option) => [option.flag, option]));
}

/** Whatever is not a word that needs no quoting in any shell has no place in a script. */
function plain(word: string): string {
  if (/^[\w-]+$/u.test(word)) return word;
  throw new Error(`"${word}" cannot be completed by a shell`);
}

function optionWords(spec: OptionSpec): OptionWords {
  const { name, short, about, repeatable, value, choices: known } = spec;
  const values = known === undefined ? valuesOf(spec) : choices(known);
  return {
    flag: `--${plain(name)}`,
    short,
    about,
    repeatable: repeatable === true,
    value: value === undefined ? undefined : { name: value, values },
  };
}

/** By what stands for the value in the help. */
function valuesOf({ value, keptOnly }: OptionSpec): Values {
  if (value === 'dir') return { kind: 'directories' };
  if (value === 'source') return sources(keptOnly === true);
  return { kind: FILES.has(value ?? '') ? 'files' : 'none' };
}

function sources(keptOnly: boolean): Values {
  const { whole, begun } = SOURCE_WORDS;
  return { kind: 'sources', whole: whole.filter((word) => !keptOnly || word !== WAITING), begun };
}

const WAITING = 'live';

const FILES: ReadonlySet<string> = new Set(['file', 'template']);

/** `<incident>`, `<bash|zsh|fish>`, `<plan.json>`; a client ID is none of them. */
function operandValues(operands = ''): Values {
  const name = operands.replaceAll(/[<>[\]]/gu, '');
  if (name === 'incident') return { kind: 'incidents' };
  if (name.includes('|')) return choices(name.split('|'));
  return { kind: /\.\w+$/u.test(name) ? 'files' : 'none' };
}

function choices(words: readonly string[]): Values {
  return { kind: 'choices', choices: words.map(plain) };
}
