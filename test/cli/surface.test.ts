import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { RESPONSE, SETTINGS } from '../../src/cli/options.ts';
import { SURFACE } from '../../src/cli/program.ts';
import { meaningOf } from '../../src/cli/setting-names.ts';
import { VERSION } from '../../src/cli/version.ts';
import { EXIT_CODES } from '../../src/domain/exit-codes.ts';
import { verdictWord } from '../../src/domain/verdict-words.ts';

describe('what is said in two places', () => {
  it('is one version', async () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile('package.json', 'utf8')));
    expect(VERSION).toBe(version);
  });

  it('is one list of verdicts', () => {
    expect(verdictWord.options.toSorted()).toEqual(Object.keys(EXIT_CODES).toSorted());
  });

  it('is one set of options: no name twice', () => {
    const names = RESPONSE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(SETTINGS.some(({ only }) => only === 'flag')).toBe(false);
  });

  it('is known where settings are kept: no option of any command is taken for a misspelt one', () => {
    for (const { name } of SURFACE.flatMap(({ options }) => options))
      expect([name, meaningOf(name).kind]).not.toEqual([name, 'unknown']);
  });

  it('is in the README: every option of a response, and every verdict', async () => {
    const readme = await readFile('README.md', 'utf8');
    for (const { name } of RESPONSE) expect(readme).toContain(`--${name}`);
    for (const verdict of Object.keys(EXIT_CODES)) expect(readme).toContain(`\`${verdict}\``);
  });
});
