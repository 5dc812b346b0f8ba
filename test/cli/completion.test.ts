import { describe, expect, it } from '@jest/globals';
import { bashScript } from '../../src/cli/completion/bash.ts';
import { fishScript } from '../../src/cli/completion/fish.ts';
import { INCIDENT_PATTERN, optionsByFlag, wordsOf } from '../../src/cli/completion/words.ts';
import { zshScript } from '../../src/cli/completion/zsh.ts';
import { SURFACE } from '../../src/cli/program.ts';
import { COMMANDS } from '../../src/cli/route.ts';
import { actionId } from '../../src/domain/action.ts';
import { INCIDENT_ID, incidentId } from '../../src/domain/incident.ts';
import { SOURCE_WORD, SOURCE_WORDS } from '../../src/cli/source-words.ts';
import { method } from '../../src/domain/request.ts';

const commands = wordsOf(SURFACE);
const flags = optionsByFlag(commands);
const choicesOf = (flag: string) => {
  const values = flags.get(flag)?.value?.values;
  return values?.kind === 'choices' ? values.choices.toSorted() : undefined;
};

describe('the words that shells complete', () => {
  it('are those of the help: every command, and every option', () => {
    expect(commands.map(({ name }) => name).toSorted()).toEqual([...COMMANDS].toSorted());
    for (const { name, options } of SURFACE) {
      const completed = commands.find((one) => one.name === name)?.options.map(({ flag }) => flag);
      expect(completed).toEqual([...options.map((option) => `--${option.name}`), '--help']);
    }
  });

  it('have the values that are known, all of them', () => {
    expect(choicesOf('--action')).toEqual(actionId.options.toSorted());
    expect(choicesOf('--method')).toEqual(method.options.toSorted());
    expect(choicesOf('--mqtt-version')).toEqual(['4', '5']);
    const completion = commands.find(({ name }) => name === 'completion');
    expect(completion?.operand).toEqual({ kind: 'choices', choices: ['bash', 'zsh', 'fish'] });
  });

  it('take every option that names a path for one', () => {
    for (const { name } of SURFACE.flatMap(({ options }) => options).filter(({ path }) => path))
      expect(['files', 'directories', 'sources']).toContain(flags.get(`--${name}`)?.value?.values.kind);
  });

  it('are words for a source, each of which is one', () => {
    for (const word of [...SOURCE_WORDS.whole, ...SOURCE_WORDS.begun.map((begun) => `${begun}name`)])
      expect(word).toMatch(SOURCE_WORD);
    const wordsFor = (name: string) =>
      commands.find((one) => one.name === name)?.options.find(({ flag }) => flag === '--events')?.value
        ?.values;
    expect(wordsFor('client')).toEqual({ kind: 'sources', ...SOURCE_WORDS });
    expect(wordsFor('audit')).toEqual({
      kind: 'sources',
      ...SOURCE_WORDS,
      whole: ['journal', 'thing', 'cloudwatch'],
    });
  });

  it('mean the same in every command: an option takes a value everywhere or nowhere', () => {
    for (const { options } of commands)
      for (const { flag, value } of options)
        expect([flag, value?.values.kind]).toEqual([flag, flags.get(flag)?.value?.values.kind]);
  });

  it('know an incident by the form that its ID has', () => {
    const id = incidentId(Date.UTC(2026, 0, 1), 'abcdef');
    expect(id).toMatch(new RegExp(`^${INCIDENT_PATTERN}$`, 'u'));
    expect(id).toMatch(INCIDENT_ID);
  });

  it.each([
    ['bash', bashScript],
    ['zsh', zshScript],
    ['fish', fishScript],
  ])('are all in the script for %s', (_, script) => {
    const text = script(commands);
    for (const { name } of commands) expect(text).toContain(name);
    for (const flag of flags.keys()) expect(text).toContain(flag.slice(2));
    expect(text).not.toMatch(/\beval\b/u);
  });
});
