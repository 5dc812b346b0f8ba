import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SETTINGS, type OptionSpec } from '../../src/cli/options.ts';
import { type Flags, readSettings } from '../../src/cli/settings.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const HTTPS = ['https://a.example', 'https://b.example'];
const ANY = ['a', 'b'];

/** Two words that an option takes, by its name or by what stands for its value in the help. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  duration: ['1s', '2s'],
  retention: ['1h', '2d'],
  action: ['deactivate', 'detach'],
  'mqtt-url': ['mqtts://a.example:8883', 'mqtts://b.example:8883'],
  url: HTTPS,
  source: ANY,
  text: ANY,
  id: ANY,
  name: ANY,
  region: ANY,
  file: ANY,
  dir: ANY,
};

/** What an option asks to be given beside it. */
const BESIDE: Readonly<Record<string, Flags>> = {
  policy: { action: ['detach'] },
  'publish-will': { method: 'api' },
};

/** Two different values, as words; the first is not the default. A switch is never given by a flag to be off. */
function wordsFor({ name, value }: OptionSpec): readonly [string, string] {
  if (value === undefined) return ['true', 'false'];
  const words = WORDS[name] ?? WORDS[value] ?? (value.includes('|') ? value.split('|').toReversed() : []);
  const [one, other] = words;
  if (one === undefined || other === undefined)
    throw new Error(`say in WORDS what --${name} <${value}> takes`);
  return [one, other];
}

const isConfigOnly = ({ only }: OptionSpec) => only === 'config';
const named = (specs: readonly OptionSpec[]) => specs.map((spec) => [spec.name, spec] as const);

describe('every setting', () => {
  it.each(named(SETTINGS.filter((spec) => !isConfigOnly(spec))))(
    '%s comes from the flag before the variable, and from the variable before the file',
    async (name, spec) => {
      const [one, other] = wordsFor(spec);
      const variable = `EVICT_${name.toUpperCase().replaceAll('-', '_')}`;
      const [byFlag, byVariable, byOther] = [
        await setting(spec, { flag: one }),
        await setting(spec, { env: { [variable]: one } }),
        await setting(spec, { env: { [variable]: other } }),
      ];
      expect(byFlag).toEqual(byVariable);
      expect(byVariable).not.toEqual(byOther);
      expect(await setting(spec, { flag: one, env: { [variable]: other }, yaml: other })).toEqual(byFlag);
      expect(await setting(spec, { env: { [variable]: one }, yaml: other })).toEqual(byVariable);
      expect(await setting(spec, { env: { [variable]: other }, yaml: one })).toEqual(byOther);
    },
  );

  it.each(named(SETTINGS))('%s comes from the file before the default', async (_, spec) => {
    const [one, other] = wordsFor(spec);
    const [byDefault, byFile, byOther] = [
      await setting(spec, {}),
      await setting(spec, { yaml: one }),
      await setting(spec, { yaml: other }),
    ];
    expect(byFile).not.toEqual(byOther);
    expect(byFile).not.toEqual(byDefault);
  });

  it.each(named(SETTINGS.filter(({ path }) => path)))('%s in a file is relative to it', async (_, spec) => {
    const values = [await setting(spec, { yaml: 'below/it' }), await setting(spec, { yaml: '/elsewhere' })];
    expect(values.flat()).toEqual([expect.stringMatching(/^\/.+\/below\/it$/u), '/elsewhere']);
  });

  it.each(named(SETTINGS.filter(({ repeatable }) => repeatable)))(
    '%s is a list in a file',
    async (_, spec) => {
      const words = wordsFor(spec).map((word) => (spec.path ? `/${word}` : word));
      expect(await setting(spec, { yaml: `[${words.join(', ')}]` })).toEqual(words);
    },
  );
});

type Givers = {
  readonly flag?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly yaml?: string;
};

/** What a setting becomes where these give it. */
async function setting(spec: OptionSpec, { flag, env = {}, yaml }: Givers): Promise<unknown> {
  await using directory = await temporaryDirectory();
  const config = join(directory.path, 'config.yaml');
  await writeFile(config, yaml === undefined ? '' : `${spec.name}: ${yaml}\n`);
  const flags = flag === undefined ? {} : flagOf(spec, flag);
  const settings = readSettings({ ...BESIDE[spec.name], ...flags, config }, env);
  const value: unknown = Reflect.get(settings, spec.name);
  return value;
}

/** A flag as commander hands it on. */
function flagOf({ name, value, repeatable }: OptionSpec, word: string): Flags {
  if (name.startsWith('no-')) return { [name.slice('no-'.length)]: false };
  const camelCase = name.replaceAll(/-./gu, ([, letter = '']) => letter.toUpperCase());
  return { [camelCase]: value === undefined ? true : repeatable ? [word] : word };
}
