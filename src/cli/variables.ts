import { meaningOf } from './setting-names.ts';

const PREFIX = 'EVICT_';

/** What the environment says, by the names of the settings, with all that is wrong in it. */
export type Variables = {
  readonly values: ReadonlyMap<string, string | readonly string[]>;
  readonly flaws: readonly string[];
};

/** Reads `EVICT_LOOKUP_TIMEOUT` as `lookup-timeout`. Ignored in silence, a misspelt one would be believed to work. */
export function readVariables(env: NodeJS.ProcessEnv): Variables {
  const values = new Map<string, string | readonly string[]>();
  const flaws: string[] = [];
  for (const [variable, value = ''] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || variable === 'EVICT_CONFIG' || value === '') continue;
    const name = variable.slice(PREFIX.length).toLowerCase().replaceAll('_', '-');
    const flaw = flawOf(variable, name);
    const meaning = meaningOf(name);
    if (flaw !== undefined) flaws.push(`${variable} ${flaw}`);
    else if (meaning.kind === 'setting') values.set(name, meaning.spec.repeatable ? [value] : value);
  }
  return { values, flaws };
}

/** `EVICT_LOOKUP_TIMEOUT` for `lookup-timeout`. */
export function variableOf(name: string): string {
  return `${PREFIX}${name.toUpperCase().replaceAll('-', '_')}`;
}

function flawOf(variable: string, name: string): string | undefined {
  const meaning = meaningOf(name);
  switch (meaning.kind) {
    case 'flag-only':
      return `is set, but --${name} speaks for one run only and is a flag only`;
    case 'unknown':
      return noSetting(meaning.near);
    case 'setting':
      if (meaning.spec.only === 'config') return `is set, but ${name}: is for the configuration file only`;
      return variable === variableOf(name) ? undefined : noSetting(name);
  }
}

function noSetting(near: string | undefined): string {
  return `is no setting${near === undefined ? '' : ` (did you mean ${variableOf(near)}?)`}`;
}
