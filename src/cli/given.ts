import { REACH } from './options.ts';
import type { Config } from './config-file.ts';
import type { Variables } from './variables.ts';
import { variableOf } from './variables.ts';

/** What commander made of the command line: by option name in camel case. */
export type Flags = Readonly<Record<string, unknown>>;

/** Where a setting can come from, the strongest first. */
const SOURCES = ['flag', 'variable', 'file'] as const;

/** The value of a setting as the strongest of those who give it has it. */
export type Given = {
  readonly value: unknown;
  readonly by: (typeof SOURCES)[number];
  /** What it is called there, and in which line of the file. */
  readonly called: string;
  readonly line?: number;
};

export type Sources = { readonly flags: Flags; readonly variables: Variables; readonly config: Config };

/** Flag over environment over configuration file; undefined: nobody gives it. */
export function givenBy(name: string, { flags, variables, config }: Sources): Given | undefined {
  const flag = fromFlags(name, flags);
  if (flag !== undefined) return { value: flag, by: 'flag', called: `--${name}` };
  const variable = variables.values.get(name);
  if (variable !== undefined) return { value: variable, by: 'variable', called: variableOf(name) };
  const configured = config.values.get(name);
  return configured && { ...configured, by: 'file', called: name };
}

/** Whether the one comes from a stronger source than the other. */
export function outranks(one: Given, other: Given): boolean {
  return SOURCES.indexOf(one.by) < SOURCES.indexOf(other.by);
}

/** The words of the command line that reach the same place when they are said again; what else is set, stays set. */
export function saidAgain(flags: Flags): readonly string[] {
  return REACH.flatMap(({ name }) => {
    const given = fromFlags(name, flags);
    const values: readonly unknown[] = Array.isArray(given) ? given : [given];
    return values.flatMap((value) => (typeof value === 'string' ? [`--${name}`, value] : []));
  });
}

/** Commander turns `--no-color` into `color: false`. */
function fromFlags(name: string, flags: Flags): unknown {
  if (name === 'no-color') return flags['color'] === false ? true : undefined;
  return flags[name.replaceAll(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase())];
}
