import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { RESPONSE, SHOW, UNDO } from '../../src/cli/options.ts';
import { readSettings, type Settings } from '../../src/cli/settings.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

/** What is made of a configuration: settings, or the message of the one error. */
async function read(yaml: string): Promise<Settings | string> {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'config.yaml');
  await writeFile(file, yaml);
  try {
    return readSettings({ config: file }, {});
  } catch (error) {
    return error instanceof Error ? error.message.replace(file, 'FILE') : String(error);
  }
}

const FLAGS_ONLY = [...RESPONSE, ...UNDO, ...SHOW].filter(({ only }) => only === 'flag');

describe('a configuration file', () => {
  it.each([
    ['a key that is no setting', 'hodl: 3m', 'line 1: "hodl" is no setting (did you mean "hold"?)'],
    ['a key in another spelling', 'lookupTimeout: 3m', '(did you mean "lookup-timeout"?)'],
    ['a key with underscores', 'lookup_timeout: 3m', '(did you mean "lookup-timeout"?)'],
    ['a key that is near to nothing', 'nonsense: 3m', 'line 1: "nonsense" is no setting'],
    ['a prototype key', '__proto__: a', '"__proto__" is no setting'],
    ['a key that is a number', '12: a', '"12" is no setting'],
    ['a key that is no word', '? [a, b]\n: c', '"" is no setting'],
    ['a merge key', '<<: {hold: 3m}', '"<<" is no setting'],
    ['a mapping for a value', 'region:\n  name: a', 'line 1: "region" takes a value, not a mapping'],
    ['a list for a value', 'region: [a, b]', 'line 1: "region" takes one value, not a list'],
    ['a list of one for a value', 'region: [a]', 'line 1: "region" takes one value, not a list'],
    ['nothing for a value', '\nhold:', 'line 2: "hold" has no value'],
    ['null for a value', 'hold: null', 'line 1: "hold" has no value'],
    [
      'a mapping in a list',
      'events:\n- a\n- b: c',
      'line 3: an item of "events" takes a value, not a mapping',
    ],
    ['a list in a list', 'events: [[a]]', 'line 1: an item of "events" takes a value, not a list'],
    ['nothing in a list', 'protect:\n- a\n-', 'line 3: an item of "protect" has no value'],
    ['an alias', 'events: &e [a]\nprotect: *e', 'line 2: "protect" is an alias: write the value itself'],
    ['an alias of nothing', 'events: *e', 'line 1: "events" is an alias'],
    ['the same key twice', 'hold: 1s\n\nhold: 2s', 'line 3: "hold" is there already, in line 1'],
    ['a value that is none', '# why\nhold: banana', 'line 2: hold "banana": must be a duration'],
    ['a switch that is neither', 'json: perhaps', 'line 1: json "perhaps": must be true or false'],
    ['a place that is empty', 'cert: ""', 'line 1: cert "": must not be empty'],
    ['an item that is empty', 'protect: x\nevents: [a, ""]', 'line 2: events "": must not be empty'],
    ['an unknown tag', 'hold: !later 3m', 'line 1: Unresolved tag: !later'],
    ['a list for the whole', '- a\n- b', 'line 1: it must be a mapping'],
    ['a word for the whole', 'hold', 'line 1: it must be a mapping'],
    ['two documents', 'hold: 1s\n---\nhold: 2s', 'line 2: Source contains multiple documents'],
    ['a bracket that is not closed', 'hold: 1s\nevents: [a', 'line 3: Flow sequence'],
  ])('is refused with %s, and the line is named', async (_, yaml, said) => {
    expect(await read(`${yaml}\n`)).toContain(said);
  });

  it.each(FLAGS_ONLY.map(({ name }) => [name]))(
    'is no place for %s: it speaks for one run only',
    async (name) => {
      expect(await read(`${name}: true\n`)).toContain(
        `line 1: "${name}" speaks for one run only: it is a flag, --${name}, and no setting`,
      );
    },
  );

  it('is told all that is wrong at once, in the order of its lines', async () => {
    const yaml = ['hodl: 1s', 'region: {}', 'timeout: never', 'timeout: 1s', 'yes: true', 'deadline: 0', ''];
    const message = await read(yaml.join('\n'));
    expect(message).toMatch(
      /^the configuration "FILE" is not valid: line 1: .*line 2: .*line 3: .*line 4: .*line 5: .*line 6: /u,
    );
  });

  it('is told every error of syntax, and what is wrong before the first', async () => {
    const message = await read('hodl: 1s\nevents: [a\nregion: }\nregions: x\n');
    expect(message).toMatch(/line 1: "hodl" is no setting .*line 3: .*line 3: /u);
    expect(message).not.toContain('"regions" is no setting');
  });

  it('that is no YAML at all is told so within a screen', async () => {
    const message = await read('}: ]\n'.repeat(1000));
    expect(message).toMatch(/^.{1,2500} and \d+ more$/u);
  });

  it('may be empty', async () => {
    for (const yaml of ['', '# nothing yet\n', '---\n', 'null\n'])
      expect(await read(yaml)).toMatchObject({ deadline: 900_000 });
  });

  it('is taken by its words: a case 0123 keeps its zero, a certificate ID its digits', async () => {
    const id = '1'.repeat(64);
    expect(await read(`case: 0123\nprotect: [${id}, 1e3, yes]\nreason: 2026-11-22\n`)).toMatchObject({
      case: '0123',
      protect: [id, '1e3', 'yes'],
      reason: '2026-11-22',
    });
  });

  it.each(['true', 'True', 'TRUE', 'yes', 'on', '"true"'])('may say %s for yes', async (yes) => {
    expect(await read(`json: ${yes}\n`)).toMatchObject({ json: true });
  });

  it('takes one value for a list of one', async () => {
    expect(await read('protect: pump-1\n')).toMatchObject({ protect: ['pump-1'] });
  });

  it('is read or refused with words, whatever it holds, and never shown raw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (yaml) => {
        const made = await read(yaml);
        if (typeof made === 'string')
          expect(made).toMatch(/^the configuration "FILE" is not valid: [^\p{Cc}]+$/u);
      }),
      { numRuns: 300 },
    );
  });
});
